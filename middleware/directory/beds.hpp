// The beds of a domain's waiters, by number: sleep words and bells in the pool, and sockets outside of it.
// It writes nothing of its own; who rings does (ring/bed.hpp). Refers to the pool and to the sender, which
// outlive it. Any thread, signal handlers too.
#pragma once

#include <cstdint>

#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/ring_layout.hpp"
#include "platform/datagram_socket.hpp"

namespace tarn::directory {

class Beds {
 public:
  // Without a sender nobody is rung through a socket.
  explicit Beds(const pool::PoolView& pool,
                const platform::DatagramSender* sender = nullptr) noexcept
      : pool_(&pool), sender_(sender) {}

  // The line that a waiter was granted last; nullptr where there is none.
  [[nodiscard]] const ring::WaiterLayout* waiter(std::uint32_t waiter) const noexcept;
  [[nodiscard]] std::uint32_t* bell(std::uint32_t waiter) const noexcept;
  [[nodiscard]] std::uint64_t* hints(std::uint32_t waiter) const noexcept;
  [[nodiscard]] std::uint32_t* ring_bell(std::uint32_t ring) const noexcept;
  void ring_socket(std::uint32_t waiter) const noexcept;

 private:
  const pool::PoolView* pool_;
  const platform::DatagramSender* sender_;
};

}  // namespace tarn::directory
