// The publishing end of a topic in this process: loans, publishes into its ring, wakes who sleeps. It
// knows the pool and the broker's records, not the broker. Owned by one publisher; one thread at a
// time. Allocates when it is made and never again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <tarn/publisher.hpp>
#include <tarn/result.hpp>

#include "middleware/directory/ring_facts.hpp"
#include "middleware/ring/chunk_ledger.hpp"
#include "middleware/ring/member_list.hpp"
#include "middleware/ring/ring_writer.hpp"
#include "middleware/ring/traffic_meter.hpp"

namespace tarn::port {

// Memory of one loan: a chunk in the pool, or private staging for a message that goes inline.
struct LoanedMemory {
  std::byte* data = nullptr;
  std::uint32_t index = 0;
};

class PublisherPort {
 public:
  // Requires: the broker granted ring `ring_index` to this process, and its area is writable.
  // Corrupt when the record does not hold together.
  [[nodiscard]] static Result<std::unique_ptr<PublisherPort>> attach(const pool::PoolView& pool,
                                                                     std::uint32_t ring_index);

  // TooManyLoans when every loan is out.
  [[nodiscard]] Result<LoanedMemory> loan() noexcept;
  void give_back(std::uint32_t index) noexcept;
  // Requires: `index` is a loan of this port; length_bytes <= facts().payload_bytes. It is one no longer.
  Published publish(std::uint32_t index, std::uint32_t length_bytes) noexcept;
  // Copies. TooManyLoans as loan(). Requires: length_bytes <= facts().payload_bytes.
  [[nodiscard]] Result<Published> send(const void* payload, std::uint32_t length_bytes) noexcept;

  // True once the broker has given the pool up; the publish after that learns of it.
  [[nodiscard]] bool pool_gone() const noexcept { return pool_gone_; }

  // Marks the ring closed and wakes everybody, so that readers drain and leave.
  void close() noexcept;

  [[nodiscard]] PublisherCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t subscriber_count() noexcept;
  [[nodiscard]] std::uint32_t loans_out() const noexcept { return loans_out_; }
  [[nodiscard]] const directory::RingFacts& facts() const noexcept { return facts_; }

 private:
  PublisherPort(const pool::PoolView& pool, const directory::RingFacts& facts, bool stamped);

  [[nodiscard]] bool inline_payloads() const noexcept { return facts_.view.chunk_count == 0; }
  [[nodiscard]] ring::MessageNote note(std::uint32_t length_bytes) const noexcept;
  Published finish(const ring::MessageNote& note) noexcept;
  bool reclaim() noexcept;
  std::uint32_t wake() noexcept;
  std::uint32_t wake_all() noexcept;
  void sync_members() noexcept;
  [[nodiscard]] std::byte* staging(std::uint32_t index) noexcept;
  [[nodiscard]] Error too_many_loans() noexcept;

  pool::PoolView pool_;
  directory::RingFacts facts_;
  const std::uint32_t* members_version_;
  std::span<std::uint64_t> summary_;
  ring::RingWriter writer_;
  ring::TrafficMeter traffic_;
  ring::ChunkLedger ledger_;
  ring::MemberList members_;
  std::vector<std::byte> staging_;           // a buffer per loan where payloads are inline
  std::vector<std::uint32_t> free_staging_;  // indices
  std::uint64_t bytes_ = 0;
  std::uint64_t woken_ = 0;
  std::uint64_t loan_failures_ = 0;
  std::uint32_t loans_out_ = 0;
  std::uint32_t members_seen_;  // version of the member table that members_ holds
  bool stamped_;
  bool pool_gone_ = false;
};

}  // namespace tarn::port
