#include "middleware/broker/shares.hpp"

#include <algorithm>

namespace tarn::broker {

namespace {

std::uint64_t rest_of(std::uint64_t all, std::uint64_t promised) noexcept {
  return all - std::min(all, promised);
}

bool is_listed(const TopicRecordLayout& topic) noexcept {
  return (topic.flags & directory::kTopicListed) != 0;
}

std::uint32_t rings_of(const TopicRecordLayout& topic) noexcept {
  return topic.publisher_count + topic.orphan_count;
}

std::uint32_t promised_rings(const TopicRecordLayout& topic) noexcept {
  return is_listed(topic) ? topic.publishers + topic.orphans : 0;
}

}  // namespace

Shares::Shares(const Books& books) noexcept : books_(books) { promise({}); }

void Shares::promise(const plan::Promise& promise) noexcept {
  const pool::PoolGeometry& geometry = books_.geometry();
  const auto narrow = [](std::uint64_t all, std::uint64_t promised) {
    return static_cast<std::uint32_t>(rest_of(all, promised));
  };
  // A client wastes at most its last block: all the others have no line free of a kind it asks for.
  const std::uint64_t joins =
      rest_of(geometry.blocks.count, geometry.clients.count) * geometry.block.joins;
  rest_ = {.topics = narrow(geometry.topics.count, promise.topics),
           .publishers = narrow(pool::publisher_limit(geometry), promise.publishers),
           .rings = narrow(geometry.rings.count, promise.rings),
           .subscribers = narrow(geometry.subscribers.count, promise.subscribers),
           .waiters = narrow(geometry.waiters.count, promise.subscribers),
           .joins = rest_of(joins, promise.joins)};
}

Shares::Used Shares::used() const noexcept {
  Used used;
  for (std::uint32_t i = 0; i < books_.geometry().topics.count; ++i) {
    if (!is_in_use(books_.directory.state<TopicRecordLayout>(i))) continue;
    const auto& topic = books_.directory.at<TopicRecordLayout>(i);
    const std::uint32_t rings = rings_of(topic);
    used.rings += rings - std::min(rings, promised_rings(topic));
    if (is_listed(topic)) continue;
    ++used.topics;
    used.publishers += topic.publisher_count;
    used.subscribers += topic.subscriber_count;
  }
  return used;
}

bool Shares::may_have_topic() const noexcept { return used().topics < rest_.topics; }

bool Shares::may_publish(std::uint32_t topic) const noexcept {
  return is_listed(books_.directory.at<TopicRecordLayout>(topic)) ||
         used().publishers < rest_.publishers;
}

bool Shares::may_have_ring(std::uint32_t topic) const noexcept {
  const auto& record = books_.directory.at<TopicRecordLayout>(topic);
  return rings_of(record) < promised_rings(record) || used().rings < rest_.rings;
}

bool Shares::may_subscribe(std::uint32_t topic, std::uint32_t rest) const noexcept {
  return is_listed(books_.directory.at<TopicRecordLayout>(topic)) || used().subscribers < rest;
}

}  // namespace tarn::broker
