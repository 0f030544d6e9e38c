// The directory as everybody but the broker reads it: whole records of one moment, checked against the
// geometry, and the word by which one notices that a topic's rings changed. It never waits and never
// believes an index. What a publisher or subscriber needs of one ring is in ring_facts.hpp.
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

namespace tarn::directory {

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

 private:
  pool::PoolView view_;
};

}  // namespace tarn::directory
