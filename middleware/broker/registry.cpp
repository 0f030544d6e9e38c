#include "middleware/broker/registry.hpp"

namespace tarn::broker {

Registry::Registry(const pool::PoolView& view, Areas planned, const BrokerOptions& options,
                   const Clients::Surroundings& surroundings)
    : books(view),
      areas(std::move(planned)),
      topics(books, options),
      memberships(books),
      subscribers(books, topics, memberships),
      orphans(books, areas, topics, memberships, subscribers),
      publishers(books, areas, topics, memberships, orphans),
      clients(books, publishers, subscribers, surroundings) {
  orphans.publish_usage();
}

void Registry::settle() {
  subscribers.finish_closing();
  orphans.reclaim();
  clients.finish_closing();
}

bool Registry::has_unfinished() const noexcept {
  return orphans.any() || subscribers.any_closing() || clients.needs_probe();
}

}  // namespace tarn::broker
