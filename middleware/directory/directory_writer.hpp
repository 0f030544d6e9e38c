// The broker's pen in the directory: fills, shows and frees records, enters and clears members, and
// rings the bells of those who must look again. Every change is visible to readers that never stop
// reading, in the order that lets them trust what they see. It knows the records, not the rules by
// which the broker grants them. One owner, the holder of the role; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include <tarn/detail/assert.hpp>

#include "middleware/directory/beds.hpp"
#include "middleware/directory/record_state.hpp"
#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_view.hpp"

namespace tarn::directory {

// What a member entry says.
struct MemberFields {
  std::uint32_t subscriber = kNone;
  bool reliable = false;
  std::uint32_t join_line = kNone;
  std::uint32_t waiter = kNone;
};

class DirectoryWriter {
 public:
  explicit DirectoryWriter(const pool::PoolView& view) noexcept : view_(view) {}

  // Those who sleep on sockets are rung by `sender`, which outlives this.
  void ring_sockets_with(const platform::DatagramSender* sender) noexcept { sender_ = sender; }

  // The record itself, for its one writer. Requires: index < count of the table.
  template <typename Record>
  [[nodiscard]] Record& at(std::uint32_t index) const noexcept {
    Record* const record = view_.record<Record>(table_of<Record>(view_.geometry()), index);
    TARN_ASSERT(record != nullptr);
    return *record;
  }
  template <typename Record>
  [[nodiscard]] std::uint32_t count() const noexcept {
    return table_of<Record>(view_.geometry()).count;
  }
  template <typename Record>
  [[nodiscard]] RecordState state(std::uint32_t index) const noexcept {
    return record_state(at<Record>(index).state);
  }
  template <typename Record>
  [[nodiscard]] std::uint32_t generation(std::uint32_t index) const noexcept {
    return record_generation(at<Record>(index).state);
  }

  // The first Free record.
  template <typename Record>
  [[nodiscard]] std::optional<std::uint32_t> find_free() const noexcept {
    for (std::uint32_t i = 0; i < count<Record>(); ++i) {
      if (state<Record>(i) == RecordState::Free) return i;
    }
    return std::nullopt;
  }

  // Free -> Reserved with these fields; their state word is ignored.
  template <typename Record>
  void reserve(std::uint32_t index, const Record& fields) noexcept {
    static_assert(sizeof(Record) % sizeof(std::uint64_t) == 0);
    std::array<std::uint64_t, sizeof(Record) / sizeof(std::uint64_t)> words;
    std::memcpy(words.data(), &fields, sizeof fields);
    fill_record(&at<Record>(index).state, words.data(), words.size());
  }
  template <typename Record>
  void set_state(std::uint32_t index, RecordState state) noexcept {
    store_state(&at<Record>(index).state, state);
  }
  // Generation + 1, all else as it is.
  template <typename Record>
  void renew(std::uint32_t index) noexcept {
    renew_state(&at<Record>(index).state);
  }
  // -> Free, generation + 1.
  template <typename Record>
  void free(std::uint32_t index) noexcept {
    free_state(&at<Record>(index).state);
  }

  // Tells the topic's subscribers that a ring came, went or was orphaned. Kick them afterwards.
  void topic_changed(std::uint32_t topic) noexcept;

  // Tells a pattern's reader that subscriptions came for it. Kick its waiter afterwards.
  void pattern_changed(std::uint32_t pattern) noexcept;

  // Fills an entry of the member table: first what it points at, then that it is there.
  // Requires: entry < count of the table, and nobody is entered there.
  void enter_member(std::uint32_t entry, const MemberFields& fields) noexcept;
  void clear_member(std::uint32_t entry) noexcept;
  // Tells the ring's publisher to read its members again; after the entries have changed. Kick it
  // afterwards.
  void members_changed(std::uint32_t ring) noexcept;

  // Ends the sleep of a waiter, wherever it lies, or makes its next one return at once, whoever could
  // have wanted to wake it. Unconditional, so it needs no look at sleep words.
  void kick_waiter(std::uint32_t waiter) noexcept;
  // The same for everybody who sleeps at a ring: its publisher, and waiters with this one ring.
  void kick_ring(std::uint32_t ring) noexcept;
  // For the publisher alone: its readers sleep on.
  void kick_publisher(std::uint32_t ring) noexcept;
  // Whoever may sleep in this pool.
  void kick_all() noexcept;
  // Makes everybody look at the header, which says that the pool is no more: publishers that never wait,
  // too.
  void announce_reset() noexcept;

 private:
  static void kick(std::uint32_t* bell) noexcept;

  pool::PoolView view_;
  const platform::DatagramSender* sender_ = nullptr;
};

// Words of records that change while the record stays: counts and statistics. Nothing hangs on when
// a reader sees them.
void set_count(std::uint32_t& word, std::uint32_t value) noexcept;
void set_count(std::uint64_t& word, std::uint64_t value) noexcept;

}  // namespace tarn::directory
