// The publishing end of a topic in this process: loans, publishes into its ring, wakes who sleeps, and
// waits for readers who must not miss anything. It knows the pool and the broker's records, not the
// broker. Owned by one publisher; one thread at a time. Allocates when it is made and never again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <tarn/options.hpp>
#include <tarn/publisher.hpp>
#include <tarn/result.hpp>

#include "middleware/directory/beds.hpp"
#include "middleware/directory/ring_facts.hpp"
#include "middleware/port/waited.hpp"
#include "middleware/ring/chunk_ledger.hpp"
#include "middleware/ring/gate.hpp"
#include "middleware/ring/member_list.hpp"
#include "middleware/ring/private_rings.hpp"
#include "middleware/ring/ring_writer.hpp"
#include "middleware/ring/sleeper.hpp"
#include "middleware/ring/traffic_meter.hpp"
#include "middleware/ring/waker.hpp"
#include "platform/clock.hpp"

namespace tarn::port {

// Memory of one loan: a chunk in the pool, or private staging for a message that goes inline.
struct LoanedMemory {
  std::byte* data = nullptr;
  std::uint32_t index = 0;
};

// What a message says of itself that does not come from its publishing.
struct Provenance {
  std::uint64_t stamp_ns = 0;  // 0: now
  std::uint16_t lost_before = 0;
};

class PublisherPort {
 public:
  // Requires: the broker granted ring `ring_index` to this process, and its area is writable.
  // `sender` rings readers that sleep on sockets, and outlives the port; without one nobody does.
  // Corrupt when the record does not hold together.
  [[nodiscard]] static Result<std::unique_ptr<PublisherPort>> attach(
      const pool::PoolView& pool, std::uint32_t ring_index,
      const platform::DatagramSender* sender = nullptr);

  // TooManyLoans when every loan is out.
  [[nodiscard]] Result<LoanedMemory> loan() noexcept;
  void give_back(std::uint32_t index) noexcept;
  // Requires: has_room(); `index` is a loan of this port; length_bytes <= facts().payload_bytes. It is one
  // no longer.
  Published publish(std::uint32_t index, std::uint32_t length_bytes, Provenance from = {}) noexcept;
  // Copies. TooManyLoans as loan(). Requires: has_room(); length_bytes <= facts().payload_bytes.
  [[nodiscard]] Result<Published> send(const void* payload, std::uint32_t length_bytes,
                                       Provenance from = {}) noexcept;

  // Whether the next message overwrites nothing that a reliable reader still wants. Always, where
  // nobody may read reliably.
  [[nodiscard]] bool has_room() noexcept {
    return gate_ == nullptr || gate_->open(writer_.next_sequence()) || look_for_room();
  }
  // Sleeps until there is room, at 0 % CPU. Requires: gates().
  [[nodiscard]] Waited wait_room(platform::MonotonicTime deadline) noexcept;
  // Sleeps until every reliable reader has taken message `sequence`. Requires: gates(), it was published.
  [[nodiscard]] Waited wait_taken(std::uint64_t sequence,
                                  platform::MonotonicTime deadline) noexcept;

  // Sleeps until so many subscriptions receive or count whatever is published from then on.
  [[nodiscard]] Waited wait_readers(std::uint32_t count, platform::MonotonicTime deadline) noexcept;
  // How many do now.
  [[nodiscard]] std::uint32_t readers() noexcept;
  // All but what concerns the broker.
  [[nodiscard]] EndpointStatus status() const noexcept;

  // Whether readers may be reliable.
  [[nodiscard]] bool gates() const noexcept { return gate_ != nullptr; }
  [[nodiscard]] directory::Overflow overflow() const noexcept { return overflow_; }
  // The topic's, for a publish that waits.
  [[nodiscard]] std::chrono::nanoseconds timeout() const noexcept { return timeout_; }
  // The client of the reader that was the furthest behind when there was no room, or when readers_behind()
  // looked; kNone: it is gone.
  [[nodiscard]] std::uint32_t slowest_client() const noexcept;
  // Of the reliable readers, who have not taken message `sequence`. Requires: gates().
  [[nodiscard]] std::uint32_t readers_behind(std::uint64_t sequence) noexcept;
  // A publish was refused for want of room.
  void count_rejected() noexcept;

  // True once the broker has given the pool up; the publish after that learns of it.
  [[nodiscard]] bool pool_gone() const noexcept { return pool_gone_; }

  // Marks the ring closed and wakes everybody, so that readers drain and leave.
  void close() noexcept;

  [[nodiscard]] PublisherCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t subscriber_count() noexcept;
  [[nodiscard]] std::uint32_t loans_out() const noexcept { return loans_out_; }
  [[nodiscard]] const directory::RingFacts& facts() const noexcept { return facts_; }

 private:
  // What the port works with besides its ring.
  struct Surroundings {
    const directory::TopicRecordLayout& topic;
    ring::RingBellLayout& bells;
    const platform::DatagramSender* sender;
  };
  PublisherPort(const pool::PoolView& pool, const directory::RingFacts& facts,
                const Surroundings& surroundings);

  [[nodiscard]] bool inline_payloads() const noexcept { return facts_.view.chunk_count == 0; }
  [[nodiscard]] ring::MessageNote note(std::uint32_t length_bytes, Provenance from) const noexcept;
  Published finish(const ring::MessageNote& note) noexcept;
  Published publish_to_each(std::uint32_t index, const ring::MessageNote& note) noexcept;
  Published send_to_each(const void* payload, const ring::MessageNote& note) noexcept;
  Published finish_each(const ring::MessageNote& note, std::uint32_t refused) noexcept;
  void serve(std::uint32_t place, const std::optional<ring::Member>& member) noexcept;
  bool reclaim() noexcept;
  [[nodiscard]] bool look_for_room() noexcept;
  template <typename Look>
  Waited park(platform::MonotonicTime deadline, Look look) noexcept;
  template <typename Look>
  Waited block(platform::MonotonicTime deadline, Look look) noexcept;
  [[nodiscard]] bool reads(const ring::Member& member) const noexcept;
  std::uint32_t wake() noexcept;
  std::uint32_t wake_sleepers(std::uint32_t first, std::uint64_t bits) noexcept;
  void finish_waking(std::uint32_t woken) noexcept;
  void wake_all() noexcept;
  void sync_members() noexcept;
  [[nodiscard]] std::byte* staging(std::uint32_t index) noexcept;
  [[nodiscard]] Error too_many_loans() noexcept;

  // Where a message goes when it is published.
  enum class Way : std::uint8_t { Slot, Chunk, Each };

  pool::PoolView pool_;
  directory::RingFacts facts_;
  const std::uint32_t* members_version_;
  std::span<std::uint64_t> summary_;
  ring::RingWriter writer_;
  ring::TrafficMeter traffic_;
  ring::ChunkLedger ledger_;
  ring::MemberList members_;
  directory::Beds beds_;
  ring::Waker waker_;
  std::unique_ptr<ring::Gate> gate_;             // only where readers may be reliable
  std::unique_ptr<ring::PrivateRings> private_;  // only where the newest messages are dropped
  ring::Sleeper sleeper_;
  std::uint32_t* safety_total_;              // of the ring, whoever publishes there
  std::vector<std::byte> staging_;           // a buffer per loan where payloads are inline
  std::vector<std::uint32_t> free_staging_;  // indices
  std::uint64_t bytes_ = 0;
  std::uint64_t woken_ = 0;
  std::uint64_t loan_failures_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t safety_wakeups_ = 0;
  std::chrono::nanoseconds blocked_{0};
  std::chrono::nanoseconds timeout_;
  directory::Overflow overflow_;
  std::uint32_t loans_out_ = 0;
  std::uint32_t members_seen_;  // version of the member table that members_ holds
  Way way_;
  bool stamped_;
  bool pool_gone_ = false;
};

}  // namespace tarn::port
