// Beds for tests of middleware/ring: waiters, their bells and those of rings, in ordinary memory, and a
// count of who was rung through a socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "middleware/ring/ring_layout.hpp"

namespace tarn::test {

class BedRooms {
 public:
  explicit BedRooms(std::size_t waiters, std::size_t rings = 0)
      : lines_(waiters), bells_(waiters), ring_bells_(rings), datagrams_(waiters) {}

  [[nodiscard]] ring::WaiterLayout& line(std::uint32_t waiter) { return lines_[waiter]; }
  [[nodiscard]] ring::BellLayout& bell_line(std::uint32_t waiter) { return bells_[waiter]; }
  [[nodiscard]] std::uint32_t rung(std::uint32_t waiter) const { return bells_[waiter].bell; }
  [[nodiscard]] std::uint32_t ring_rung(std::uint32_t ring) const { return ring_bells_[ring].bell; }
  [[nodiscard]] std::uint32_t datagrams(std::uint32_t waiter) const { return datagrams_[waiter]; }

  // What ring::Beds asks for.
  [[nodiscard]] const ring::WaiterLayout* waiter(std::uint32_t waiter) const {
    return waiter < lines_.size() ? &lines_[waiter] : nullptr;
  }
  [[nodiscard]] std::uint32_t* bell(std::uint32_t waiter) const {
    return waiter < bells_.size() ? &bells_[waiter].bell : nullptr;
  }
  [[nodiscard]] std::uint64_t* hints(std::uint32_t waiter) const {
    return waiter < bells_.size() ? bells_[waiter].hints : nullptr;
  }
  [[nodiscard]] std::uint32_t* ring_bell(std::uint32_t ring) const {
    return ring < ring_bells_.size() ? &ring_bells_[ring].bell : nullptr;
  }
  void ring_socket(std::uint32_t waiter) const {
    if (waiter < datagrams_.size()) ++datagrams_[waiter];
  }

 private:
  std::vector<ring::WaiterLayout> lines_;
  mutable std::vector<ring::BellLayout> bells_;
  mutable std::vector<ring::RingBellLayout> ring_bells_;
  mutable std::vector<std::uint32_t> datagrams_;
};

}  // namespace tarn::test
