// The directory as everybody but the broker reads it: whole records of one moment, checked against the
// geometry, and the words by which one notices that something changed. It never waits and never
// believes an index. It knows the records, not what is done with them.
//
// A value over a mapped pool, which outlives it. Any thread may use it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "middleware/directory/record_checks.hpp"
#include "middleware/directory/record_state.hpp"
#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/ring_view.hpp"

namespace tarn::directory {

// A ring's record as it was when it was read; `record.state` is the state it had.
struct RingSnapshot {
  std::uint32_t index = kNone;
  RingRecordLayout record{};
};

// One place in a ring's range of the member table. The place is also the member's summary bit.
struct MemberSnapshot {
  std::uint32_t place = 0;
  bool active = false;
  std::uint64_t generation = 0;
  MemberFields fields;
};

class DirectoryReader {
 public:
  explicit DirectoryReader(const pool::PoolView& view) noexcept : view_(view) {}

  // The record if it is in use (neither Free nor Reserved), holds against the geometry, and could be
  // copied while nobody changed its state.
  template <typename Record>
  [[nodiscard]] std::optional<Record> read(std::uint32_t index) const noexcept {
    const Record* record = view_.record<Record>(table_of<Record>(view_.geometry()), index);
    if (record == nullptr) return std::nullopt;
    std::array<std::uint64_t, sizeof(Record) / sizeof(std::uint64_t)> words;
    if (!copy_record(&record->state, words.data(), words.size())) return std::nullopt;
    Record copy;
    std::memcpy(static_cast<void*>(&copy), words.data(), sizeof copy);
    const RecordState state = record_state(copy.state);
    if (state == RecordState::Free || state == RecordState::Reserved) return std::nullopt;
    return holds(copy, view_.geometry()) ? std::optional<Record>(copy) : std::nullopt;
  }

  // The Active topic of that name.
  [[nodiscard]] std::optional<std::uint32_t> find_topic(std::string_view name) const noexcept;
  // Changes whenever a ring of the topic came, went or was orphaned. 0 for no such topic.
  [[nodiscard]] std::uint32_t topic_version(std::uint32_t topic) const noexcept;
  // How a topic's type describes its fields; a view into the pool, good while the record is.
  [[nodiscard]] std::string_view type_text(const TopicRecordLayout& topic) const noexcept;

  // The topic's ring with the lowest index from `from` on, in whatever state it is.
  [[nodiscard]] std::optional<RingSnapshot> next_ring(std::uint32_t topic,
                                                      std::uint32_t from) const noexcept;
  // Where the ring's header, slots and chunks lie in this mapping.
  [[nodiscard]] ring::RingView ring_view(const RingRecordLayout& record) const noexcept;

  // What has become of a ring: true while it may be read. A reader asks after it has announced its
  // cursor; if the answer is no it leaves at once, and the messages it did not read are gone.
  [[nodiscard]] bool may_read(std::uint32_t ring, std::uint32_t ring_generation) const noexcept;

  // Changes after every change to the ring's entries. Publishers load it after each publish fence.
  [[nodiscard]] std::uint32_t members_version(std::uint32_t ring) const noexcept;
  // The entry at `place` of the ring's range; inactive beyond it.
  [[nodiscard]] MemberSnapshot member(const RingRecordLayout& ring,
                                      std::uint32_t place) const noexcept;
  // This subscriber's entry with the ring; empty when it has none.
  [[nodiscard]] std::optional<MemberSnapshot> find_member(const RingRecordLayout& ring,
                                                          std::uint32_t subscriber) const noexcept;

  // The client that a subscriber block belongs to; kNone when it is free or there is no such block.
  [[nodiscard]] std::uint32_t block_owner(std::uint32_t block) const noexcept;

 private:
  pool::PoolView view_;
};

}  // namespace tarn::directory
