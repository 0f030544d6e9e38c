// How a record of the directory is published and read: the state word decides. Its writer hides a
// record behind Reserved before it changes a field and shows it by a later state; a reader copies the
// fields and believes the copy only if the state is still what it was. Knows words, no fields.
//
// The broker is the one writer; any thread of any process reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_geometry.hpp"

namespace tarn::directory {

// Which table of the pool holds records of a type.
template <typename Record>
const pool::TablePlace& table_of(const pool::PoolGeometry& geometry) noexcept;
template <>
inline const pool::TablePlace& table_of<ClientRecordLayout>(const pool::PoolGeometry& g) noexcept {
  return g.clients;
}
template <>
inline const pool::TablePlace& table_of<TopicRecordLayout>(const pool::PoolGeometry& g) noexcept {
  return g.topics;
}
template <>
inline const pool::TablePlace& table_of<RingRecordLayout>(const pool::PoolGeometry& g) noexcept {
  return g.rings;
}
template <>
inline const pool::TablePlace& table_of<SubscriberRecordLayout>(
    const pool::PoolGeometry& g) noexcept {
  return g.subscribers;
}
template <>
inline const pool::TablePlace& table_of<WaiterRecordLayout>(const pool::PoolGeometry& g) noexcept {
  return g.waiters;
}
template <>
inline const pool::TablePlace& table_of<PatternRecordLayout>(const pool::PoolGeometry& g) noexcept {
  return g.patterns;
}
template <>
inline const pool::TablePlace& table_of<MemberEntryLayout>(const pool::PoolGeometry& g) noexcept {
  return g.members;
}

// The state word, for a reader that looks at the fields next.
[[nodiscard]] std::uint64_t load_state(const std::uint64_t* state) noexcept;

// Copies `words` words from a record whose first word is its state. True: the copy is of one moment.
[[nodiscard]] bool copy_record(const std::uint64_t* record, std::uint64_t* copy,
                               std::size_t words) noexcept;

// Hides the record behind Reserved, then fills in every word but the state.
void fill_record(std::uint64_t* record, const std::uint64_t* fields, std::size_t words) noexcept;

// Moves a record to another state of the same generation.
void store_state(std::uint64_t* state, RecordState next) noexcept;
// The next generation in the same state: who knew the record before does not know it any more.
void renew_state(std::uint64_t* state) noexcept;
// Free, with the generation that its next user gets.
void free_state(std::uint64_t* state) noexcept;

// The text in a fixed field, up to its NUL or its end.
template <std::size_t N>
[[nodiscard]] std::string_view text_in(const char (&field)[N]) noexcept {
  const std::string_view whole(field, N);
  const std::size_t end = whole.find('\0');
  return whole.substr(0, end == std::string_view::npos ? N : end);
}

// Puts a text into a field, cut so that a NUL follows.
template <std::size_t N>
void put_text(char (&field)[N], std::string_view text) noexcept {
  const std::size_t length = text.size() < N ? text.size() : N - 1;
  for (std::size_t i = 0; i < N; ++i) field[i] = i < length ? text[i] : '\0';
}

}  // namespace tarn::directory
