// A directory whose records a test writes itself, as a broker would. Main thread of the test.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "middleware/directory/directory_writer.hpp"
#include "middleware/pool/pool_file.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

class WrittenDirectory {
 public:
  using TopicRecordLayout = directory::TopicRecordLayout;
  using RingRecordLayout = directory::RingRecordLayout;
  using SubscriberRecordLayout = directory::SubscriberRecordLayout;
  [[nodiscard]] pool::PoolView view() const { return file_.view(); }

  std::uint32_t add_topic(const std::string& name, const std::string& type) {
    TopicRecordLayout topic{};
    set_text(topic.name, name);
    set_text(topic.type_name, type);
    topic.depth = kDepth;
    topic.held = 2;
    topic.subscribers = 8;
    topic.slot_bytes = 64;
    topic.alignment = 8;
    return add(topic);
  }
  // A ring with `published` messages in the next pages.
  std::uint32_t add_ring(std::uint32_t topic, std::uint64_t published) {
    const pool::PoolGeometry& geometry = file_.view().geometry();
    RingRecordLayout record{};
    record.topic = topic;
    record.area_offset = geometry.areas.offset + std::uint64_t{rings_} * geometry.page_bytes;
    record.area_bytes = geometry.page_bytes;
    record.ring_generation = ++rings_;
    record.depth = kDepth;
    record.slot_bytes = 64;
    record.slots_offset = sizeof(ring::RingHeaderLayout);
    record.chunks_offset = record.slots_offset + kDepth * 64;
    record.gid_base = static_cast<std::uint32_t>(record.area_offset / 64);
    publish(record, published);
    return add(record);
  }
  std::uint32_t add_subscriber(std::uint32_t topic,
                               const ring::SubscriptionCountersLayout& counts) {
    SubscriberRecordLayout subscriber{};
    subscriber.topic = topic;
    subscriber.held = 2;
    subscriber.counters_line = 8 + 2 * subscribers_;
    subscriber.pins_line = 24;
    subscriber.publisher_gone = 1000;
    ++subscribers_;
    *file_.view().line<ring::SubscriptionCountersLayout>(subscriber.counters_line) = counts;
    return add(subscriber);
  }
  [[nodiscard]] directory::DirectoryWriter& writer() { return writer_; }

 private:
  static constexpr std::uint32_t kDepth = 4;

  template <std::size_t N>
  static void set_text(char (&field)[N], const std::string& text) {
    REQUIRE(text.size() < N);
    std::memcpy(field, text.c_str(), text.size() + 1);
  }
  template <typename Record>
  std::uint32_t add(const Record& record) {
    const auto index = writer_.find_free<Record>();
    REQUIRE(index.has_value());
    writer_.reserve(*index, record);
    writer_.set_state<Record>(*index, directory::RecordState::Active);
    return *index;
  }
  void publish(const RingRecordLayout& record, std::uint64_t count) {
    std::byte* const area = file_.view().base() + record.area_offset;
    auto* const header = reinterpret_cast<ring::RingHeaderLayout*>(area);
    auto* const slots = reinterpret_cast<std::byte*>(area + record.slots_offset);
    for (std::uint32_t i = 0; i < kDepth; ++i) {
      reinterpret_cast<ring::SlotLayout*>(slots + i * 64)->ctl = tarn_ctl(0, TARN_CHUNK_NONE);
    }
    for (std::uint64_t n = 1; n <= count; ++n) {
      auto* const slot = reinterpret_cast<ring::SlotLayout*>(slots + n % kDepth * 64);
      tarn_slot_commit(&slot->ctl, n, TARN_CHUNK_INLINE);
      tarn_tail_publish(&header->tail, n);
    }
  }

  TemporaryDirectory home_;
  pool::PoolFile file_ = must(pool::PoolFile::build(
      must(pool::domain_paths(home_.path())), "default",
      must(pool::plan_geometry({}, 4 << 20, static_cast<std::uint32_t>(platform::page_bytes())))));
  directory::DirectoryWriter writer_{file_.view()};
  std::uint32_t rings_ = 0;
  std::uint32_t subscribers_ = 0;
};

}  // namespace tarn::test
