#include "middleware/directory/topic_status.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "middleware/directory/directory_writer.hpp"
#include "middleware/pool/pool_file.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::TopicStatus;
using tarn::test::must;
using namespace tarn::directory;
namespace pool = tarn::pool;
namespace ring = tarn::ring;

namespace {

constexpr std::uint32_t kDepth = 4;

template <std::size_t N>
void set_text(char (&field)[N], const std::string& text) {
  REQUIRE(text.size() < N);
  std::memcpy(field, text.c_str(), text.size() + 1);
}

// A pool in which a test writes the records itself, as a broker would.
class Directory {
 public:
  [[nodiscard]] std::vector<TopicStatus> read() const { return read_topic_status(file_.view()); }

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
  [[nodiscard]] DirectoryWriter& writer() { return writer_; }

 private:
  template <typename Record>
  std::uint32_t add(const Record& record) {
    const auto index = writer_.find_free<Record>();
    REQUIRE(index.has_value());
    writer_.reserve(*index, record);
    writer_.set_state<Record>(*index, RecordState::Active);
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

  tarn::test::TemporaryDirectory home_;
  pool::PoolFile file_ = must(pool::PoolFile::build(
      must(pool::domain_paths(home_.path())), "default",
      must(pool::plan_geometry({}, 4 << 20,
                               static_cast<std::uint32_t>(tarn::platform::page_bytes())))));
  DirectoryWriter writer_{file_.view()};
  std::uint32_t rings_ = 0;
  std::uint32_t subscribers_ = 0;
};

}  // namespace

TEST_CASE("an empty domain has no topics", "[directory]") {
  const Directory directory;
  CHECK(directory.read().empty());
}

TEST_CASE("topics are listed by name with their types", "[directory]") {
  Directory directory;
  directory.add_topic("sensor/imu", "Imu");
  directory.add_topic("camera/front", "Frame");
  directory.add_topic("sensor/gnss", "Fix");
  const auto topics = directory.read();
  REQUIRE(topics.size() == 3);
  CHECK(topics[0].name == "camera/front");
  CHECK(topics[0].type == "Frame");
  CHECK(topics[1].name == "sensor/gnss");
  CHECK(topics[2].name == "sensor/imu");
}

TEST_CASE("a topic counts the messages of all its rings", "[directory]") {
  Directory directory;
  const std::uint32_t imu = directory.add_topic("imu", "Imu");
  const std::uint32_t other = directory.add_topic("other", "Other");
  directory.add_ring(imu, 3);
  const std::uint32_t second = directory.add_ring(imu, 10);
  directory.add_ring(other, 0);
  CHECK(directory.read()[0].published == 13);
  CHECK(directory.read()[0].publishers == 2);
  CHECK(directory.read()[1].published == 0);
  CHECK(directory.read()[1].publishers == 1);
  SECTION("those of a publisher that left them behind too, which is no publisher any more") {
    directory.writer().set_state<RingRecordLayout>(second, RecordState::Orphan);
    CHECK(directory.read()[0].published == 13);
    CHECK(directory.read()[0].publishers == 1);
  }
  SECTION("but not of a ring that is gone") {
    directory.writer().free<RingRecordLayout>(second);
    CHECK(directory.read()[0].published == 3);
    CHECK(directory.read()[0].publishers == 1);
  }
}

TEST_CASE("a topic sums what its subscriptions lost for whatever reason", "[directory]") {
  Directory directory;
  const std::uint32_t imu = directory.add_topic("imu", "Imu");
  ring::SubscriptionCountersLayout counts{};
  counts.received = 100000;
  counts.lost_overwritten = 1;
  counts.lost_evicted = 20;
  counts.lost_refused = 300;
  counts.lost_publisher_gone = 4000;
  counts.lost_upstream = 50000;  // before it came here
  counts.history_missed = 600000;
  counts.skipped = 7000000;
  const std::uint32_t first = directory.add_subscriber(imu, counts);
  CHECK(directory.read()[0].subscribers == 1);
  CHECK(directory.read()[0].lost == 5321);  // the record's 1000 included
  directory.add_subscriber(imu, {});
  CHECK(directory.read()[0].subscribers == 2);
  CHECK(directory.read()[0].lost == 6321);
  SECTION("and forgets those that have closed") {
    directory.writer().set_state<SubscriberRecordLayout>(first, RecordState::Closing);
    CHECK(directory.read()[0].subscribers == 1);
    CHECK(directory.read()[0].lost == 1000);
  }
}

TEST_CASE("records that do not hold are passed over", "[directory]") {
  Directory directory;
  const std::uint32_t imu = directory.add_topic("imu", "Imu");
  const std::uint32_t ring = directory.add_ring(imu, 5);
  SECTION("a ring of a topic that is none") {
    directory.writer().at<RingRecordLayout>(ring).topic = 77;
    CHECK(directory.read()[0].published == 0);
  }
  SECTION("a ring outside the pool") {
    directory.writer().at<RingRecordLayout>(ring).area_offset = ~std::uint64_t{0};
    CHECK(directory.read()[0].published == 0);
  }
  SECTION("a topic whose name has no end") {
    auto& name = directory.writer().at<TopicRecordLayout>(imu).name;
    std::memset(name, 'x', sizeof name);
    CHECK(directory.read().empty());
  }
}
