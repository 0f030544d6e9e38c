#include "middleware/broker/registry.hpp"

namespace tarn::broker {

Registry::Registry(const pool::PoolView& view, Areas planned, const BrokerOptions& options,
                   const Clients::Surroundings& surroundings)
    : books(view),
      areas(std::move(planned)),
      shares(books),
      topics(books, areas, shares, options, surroundings.journal),
      memberships(books, shares),
      waiters(books, shares, memberships, surroundings.bells),
      subscribers(books, shares, topics, memberships, waiters),
      orphans(books, areas, topics, memberships, subscribers),
      patterns(books, topics, subscribers, waiters, surroundings.journal),
      publishers(books, areas, shares, topics, memberships, orphans, patterns),
      clients(books, {publishers, subscribers, waiters, patterns}, surroundings) {
  orphans.publish_usage();
}

// The versions of the topics are what a reader looks at anyway: so they say that there is news, and
// the header says which.
void Registry::announce_broker() noexcept {
  auto& header = books.header();
  directory::set_count(header.broker_epoch, header.broker_epoch + 1);
  for (std::uint32_t i = 0; i < books.geometry().topics.count; ++i) {
    if (is_in_use(books.directory.state<TopicRecordLayout>(i))) books.directory.topic_changed(i);
  }
  books.directory.kick_all();
}

void Registry::set_spin(bool spins) noexcept {
  const auto spin = spins ? pool::Spin::Calibrated : pool::Spin::Never;
  directory::set_count(books.header().spin, static_cast<std::uint32_t>(spin));
}

void Registry::settle() {
  subscribers.finish_closing();
  orphans.reclaim();
  patterns.settle();
  clients.finish_closing();
}

bool Registry::has_unfinished() const noexcept {
  return orphans.any() || patterns.any_waited_for() || subscribers.any_closing() ||
         clients.needs_probe();
}

}  // namespace tarn::broker
