// Waiters as the broker grants, closes and clears them: a record and a line for one who may sleep. Those
// of subscriptions come and go with them (subscribers.hpp); those that are asked for by themselves serve
// threads that wait for many subscriptions, or through a file descriptor. Knows no connection. Owned
// by the registry; one thread.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

#include "middleware/broker/asker.hpp"
#include "middleware/broker/bell_sockets.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/memberships.hpp"
#include "middleware/broker/shares.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::broker {

class Waiters {
 public:
  Waiters(Books& books, const Shares& shares, const Memberships& memberships,
          const BellSockets& bells) noexcept
      : books_(books), shares_(shares), memberships_(memberships), bells_(bells) {}

  // TooManyWaiters, TooManyMemberships.
  [[nodiscard]] Result<wire::WaiterCreated> create(const Asker& asker);
  // InvalidArgument when the client has no such waiter, or a subscription has it.
  [[nodiscard]] Result<void> close(std::uint32_t client, const wire::CloseWaiter& request);
  // The bound end of the socket by which such a waiter is rung from now on. A second one takes the place
  // of the first, whose answer was lost. InvalidArgument as above, and what BellSockets::bind() refuses.
  [[nodiscard]] Result<platform::FileDescriptor> open_doorbell(std::uint32_t client,
                                                               const wire::OpenDoorbell& request);
  // Those alone of a client that leaves.
  void close_all(std::uint32_t client);
  // Those alone that it was granted by requests later than `answered`: it never heard of them.
  void close_unanswered(std::uint32_t client, std::uint32_t answered);
  // Those alone of a client whose process is dead.
  void reap_all(std::uint32_t client);

  // A free record for a subscription to `topic`, or for nobody's (kNone). TooManyWaiters.
  [[nodiscard]] Result<std::uint32_t> find(std::uint32_t topic) const;
  // Fills the record and shows it. Requires: it is free, and the line was granted.
  void write(std::uint32_t waiter, const WaiterRecordLayout& fields);
  // Returns its line, removes its socket and frees the record.
  void end(std::uint32_t waiter);
  // Ends the sleep of a waiter whose process is dead.
  void wake_dead(std::uint32_t waiter) noexcept;

  // Whether `waiter` is the client's, alone and of this generation.
  [[nodiscard]] bool is_alone(std::uint32_t client, std::uint32_t waiter,
                              std::uint32_t generation) const noexcept;

 private:
  template <typename Which>
  void end_if(std::uint32_t client, Which which);
  [[nodiscard]] Error no_lines() const;

  Books& books_;
  const Shares& shares_;
  const Memberships& memberships_;
  const BellSockets& bells_;
};

}  // namespace tarn::broker
