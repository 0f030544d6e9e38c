// All that is granted in a domain: the parts put together, over one mapped pool. Knows no sockets. One
// owner, the broker; one thread.
#pragma once

#include <utility>

#include "middleware/broker/areas.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/clients.hpp"
#include "middleware/broker/memberships.hpp"
#include "middleware/broker/orphans.hpp"
#include "middleware/broker/patterns.hpp"
#include "middleware/broker/publishers.hpp"
#include "middleware/broker/shares.hpp"
#include "middleware/broker/subscribers.hpp"
#include "middleware/broker/topics.hpp"
#include "middleware/broker/waiters.hpp"

namespace tarn::broker {

struct Registry {
  Registry(const pool::PoolView& view, Areas planned, const BrokerOptions& options,
           const Clients::Surroundings& surroundings);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // A broker answers from now on: every waiter looks up.
  void announce_broker() noexcept;

  // Whether waits of the domain's processes may spin.
  void set_spin(bool spins) noexcept;

  // Finishes what closings, deaths and readers that left have made possible.
  void settle();
  // Whether something waits for a word that a client writes without telling anybody.
  [[nodiscard]] bool has_unfinished() const noexcept;

  Books books;
  Areas areas;
  Shares shares;
  Topics topics;
  Memberships memberships;
  Waiters waiters;
  Subscribers subscribers;
  Orphans orphans;
  Patterns patterns;
  Publishers publishers;
  Clients clients;
};

}  // namespace tarn::broker
