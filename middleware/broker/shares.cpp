#include "middleware/broker/shares.hpp"

#include <algorithm>
#include <array>

namespace tarn::broker {

namespace {

std::uint64_t rest_of(std::uint64_t all, std::uint64_t promised) noexcept {
  return all - std::min(all, promised);
}

bool is_listed(const TopicRecordLayout& topic) noexcept {
  return (topic.flags & directory::kTopicListed) != 0;
}

constexpr auto kParts =
    std::array{&plan::Promise::topics,  &plan::Promise::publishers, &plan::Promise::rings,
               &plan::Promise::entries, &plan::Promise::joins,      &plan::Promise::subscribers};

// As far as they promise anything.
plan::TopicSettings settings_of(const TopicRecordLayout& topic) {
  plan::TopicSettings settings;
  settings.publishers = topic.publishers;
  settings.orphans = topic.orphans;
  settings.subscribers = topic.subscribers;
  return settings;
}

std::uint32_t rings_of(const TopicRecordLayout& topic) noexcept {
  return topic.publisher_count + topic.orphan_count;
}

std::uint32_t promised_rings(const TopicRecordLayout& topic) noexcept {
  return is_listed(topic) ? topic.publishers + topic.orphans : 0;
}

}  // namespace

Shares::Shares(const Books& books) noexcept : books_(books) { promise({}); }

plan::Promise Shares::promised(const std::vector<plan::TopicPlan>& topics) const {
  plan::Promise all = plan::promised(topics);
  for (std::uint32_t i = 0; i < books_.geometry().topics.count; ++i) {
    if (!is_in_use(books_.directory.state<TopicRecordLayout>(i))) continue;
    const auto& record = books_.directory.at<TopicRecordLayout>(i);
    if (!is_listed(record)) continue;
    const auto name = directory::text_in(record.name);
    const auto now = std::find_if(topics.begin(), topics.end(),
                                  [&](const plan::TopicPlan& topic) { return topic.name == name; });
    const plan::Promise has = plan::promise_of(settings_of(record));
    const plan::Promise counted =
        now == topics.end() ? plan::Promise{} : plan::promise_of(now->settings);
    for (const auto part : kParts) all.*part += has.*part - std::min(has.*part, counted.*part);
  }
  return all;
}

std::optional<Shares::TooFew> Shares::find_too_few(const plan::Promise& promise,
                                                   std::uint64_t joins) const noexcept {
  const pool::PoolGeometry& geometry = books_.geometry();
  const Used others = used();
  const TooFew limits[] = {
      {"limits.topics", promise.topics, others.topics, geometry.topics.count},
      {"limits.publishers", promise.publishers, others.publishers, pool::publisher_limit(geometry)},
      {"limits.publishers, in rings", promise.rings, others.rings, geometry.rings.count},
      {"limits.memberships, in subscribers", promise.subscribers, others.subscribers,
       geometry.subscribers.count},
      {"limits.waiters", promise.subscribers, others.subscribers + waiters_alone(),
       geometry.waiters.count},
      {"limits.memberships, in joins", promise.joins, joins, join_lines()},
  };
  for (const TooFew& limit : limits) {
    if (limit.promised + limit.others > limit.all) return limit;
  }
  return std::nullopt;
}

// A client wastes at most its last block: all the others have no line free of a kind it asks for.
std::uint64_t Shares::join_lines() const noexcept {
  const pool::PoolGeometry& geometry = books_.geometry();
  return rest_of(geometry.blocks.count, geometry.clients.count) * geometry.block.joins;
}

void Shares::promise(const plan::Promise& promise) noexcept {
  const pool::PoolGeometry& geometry = books_.geometry();
  const auto narrow = [](std::uint64_t all, std::uint64_t promised) {
    return static_cast<std::uint32_t>(rest_of(all, promised));
  };
  rest_ = {.topics = narrow(geometry.topics.count, promise.topics),
           .publishers = narrow(pool::publisher_limit(geometry), promise.publishers),
           .rings = narrow(geometry.rings.count, promise.rings),
           .subscribers = narrow(geometry.subscribers.count, promise.subscribers),
           .waiters = narrow(geometry.waiters.count, promise.subscribers),
           .joins = rest_of(join_lines(), promise.joins)};
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

bool Shares::may_subscribe(std::uint32_t topic) const noexcept {
  return is_listed(books_.directory.at<TopicRecordLayout>(topic)) ||
         used().subscribers < rest_.subscribers;
}

bool Shares::may_wait(std::uint32_t topic) const noexcept {
  return (topic != kNone && is_listed(books_.directory.at<TopicRecordLayout>(topic))) ||
         used().subscribers + waiters_alone() < rest_.waiters;
}

std::uint32_t Shares::waiters_alone() const noexcept {
  std::uint32_t alone = 0;
  for (std::uint32_t i = 0; i < books_.geometry().waiters.count; ++i) {
    if (!is_in_use(books_.directory.state<WaiterRecordLayout>(i))) continue;
    const std::uint32_t flags = books_.directory.at<WaiterRecordLayout>(i).flags;
    if ((flags & directory::kWaiterAlone) != 0) ++alone;
  }
  return alone;
}

}  // namespace tarn::broker
