// Subscriptions that a pattern has, rather than a client asked for by the topic's name.
#include <algorithm>

#include "middleware/broker/subscribers.hpp"
#include "middleware/ring/atomics.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::broker {

// A topic gives a pattern what it has of what is asked for.
Result<wire::SubscriberCreated> Subscribers::create_for(std::uint32_t topic,
                                                        const PatternWish& wish) {
  const auto& settings = books_.directory.at<TopicRecordLayout>(topic);
  auto reliability = static_cast<wire::Reliability>(wish.reliability);
  if (reliability == wire::Reliability::Reliable) reliability = wire::Reliability::OfTopic;
  auto fields = fields_for(topic, {.topic = {},
                                   .depth = std::min(wish.depth, settings.depth),
                                   .history = std::min(wish.history, settings.history),
                                   .held = std::min(wish.held, settings.held),
                                   .reliability = reliability});
  if (!fields) return Failure(fields.error());
  fields->client = wish.client;
  fields->waiter = wish.waiter;
  fields->pattern = wish.pattern + 1;
  return create_on(topic, *fields);
}

bool Subscribers::reader_ended(std::uint32_t subscriber) const noexcept {
  const auto& record = books_.directory.at<SubscriberRecordLayout>(subscriber);
  const auto* const line =
      books_.view().line<ring::SubscriptionCountersLayout>(record.counters_line);
  // order(directory.pattern_end): acquire. Pairs with the reader's last store to the subscription's lines:
  // what is granted of them from here on it does not touch.
  const std::uint64_t ended = tarn_load_acquire_u64(&line->ended);
  return ended ==
         std::uint64_t{books_.directory.generation<SubscriberRecordLayout>(subscriber)} + 1;
}

bool Subscribers::has_entry(std::uint32_t subscriber) const noexcept {
  const std::uint32_t topic = books_.directory.at<SubscriberRecordLayout>(subscriber).topic;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    if (!is_in_use(books_.directory.state<RingRecordLayout>(ring))) continue;
    if (books_.directory.at<RingRecordLayout>(ring).topic != topic) continue;
    if (memberships_.find(ring, subscriber)) return true;
  }
  return false;
}

void Subscribers::give_back(std::uint32_t subscriber) noexcept {
  // The reader that went has counted these.
  directory::set_count(books_.directory.at<SubscriberRecordLayout>(subscriber).publisher_gone,
                       std::uint64_t{0});
  books_.directory.renew<SubscriberRecordLayout>(subscriber);
}

}  // namespace tarn::broker
