#include "middleware/broker/subscribers.hpp"

#include <cinttypes>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::broker {

using directory::pin_lines_for;

namespace {

bool gates(std::uint32_t overflow) {
  return overflow == static_cast<std::uint32_t>(directory::Overflow::Block) ||
         overflow == static_cast<std::uint32_t>(directory::Overflow::Reject);
}

}  // namespace

template <typename Visit>
void Subscribers::for_each_entry(std::uint32_t subscriber, Visit visit) const {
  const std::uint32_t topic = books_.directory.at<SubscriberRecordLayout>(subscriber).topic;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    if (!is_in_use(books_.directory.state<RingRecordLayout>(ring))) continue;
    if (books_.directory.at<RingRecordLayout>(ring).topic != topic) continue;
    if (const auto place = memberships_.find(ring, subscriber)) visit(ring, *place);
  }
}

// ---- granting ----

Result<std::uint32_t> Subscribers::flags_for(std::uint32_t topic,
                                             wire::Reliability reliability) const {
  const bool gating = gates(books_.directory.at<TopicRecordLayout>(topic).overflow);
  if (reliability == wire::Reliability::Reliable && !gating) {
    const std::string_view name = topics_.name(topic);
    return Failure(Error::make(Errc::NotReliable, 0,
                               "topic '%.*s' drops messages, so nobody can read it reliably: set "
                               "topics.%.*s.overflow to block or reject, or ask for best effort",
                               static_cast<int>(name.size()), name.data(),
                               static_cast<int>(name.size()), name.data()));
  }
  return gating && reliability != wire::Reliability::BestEffort ? directory::kSubscriberReliable
                                                                : 0U;
}

Result<SubscriberRecordLayout> Subscribers::fields_for(
    std::uint32_t topic, const wire::CreateSubscriber& request) const {
  const auto& settings = books_.directory.at<TopicRecordLayout>(topic);
  const auto depth = topics_.grant(topic, {"depth", request.depth, settings.depth});
  if (!depth) return Failure(depth.error());
  const auto held = topics_.grant(topic, {"held", request.held, settings.held});
  if (!held) return Failure(held.error());
  const auto history = topics_.grant(topic, {"history", request.history, settings.history});
  if (!history) return Failure(history.error());
  const auto flags = flags_for(topic, request.reliability);
  if (!flags) return Failure(flags.error());
  SubscriberRecordLayout fields{};
  fields.topic = topic;
  fields.held = *held;
  fields.flags = *flags;
  fields.depth = *depth;
  fields.history = request.history;  // 0 asks for none, not for the topic's
  return fields;
}

// For who has closed its subscription and wonders.
std::string Subscribers::closed_but_held(std::uint32_t topic) const {
  std::uint32_t closed = 0;
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Closing) continue;
    if (books_.directory.at<SubscriberRecordLayout>(i).topic == topic) ++closed;
  }
  if (closed == 0) return {};
  return " (" + std::to_string(closed) + " closed, but samples from it are still held)";
}

Result<std::uint32_t> Subscribers::find_record(std::uint32_t topic) const {
  const auto& settings = books_.directory.at<TopicRecordLayout>(topic);
  const std::string_view name = topics_.name(topic);
  if (settings.subscriber_count >= settings.subscribers) {
    return Failure(Error::make(
        Errc::TooManySubscribers, 0,
        "topic '%.*s' has %" PRIu32 " of %" PRIu32 " subscribers%s: close one, or raise %s",
        static_cast<int>(name.size()), name.data(), settings.subscriber_count, settings.subscribers,
        closed_but_held(topic).c_str(), topics_.key(topic, "subscribers").c_str()));
  }
  const auto index = books_.directory.find_free<SubscriberRecordLayout>();
  if (index && shares_.may_subscribe(topic)) return *index;
  return Failure(Error::make(Errc::TooManySubscribers, 0,
                             "all %" PRIu32 " subscriptions of the domain are in use, %" PRIu32
                             " more are kept for listed topics; that is a quarter of "
                             "limits.memberships: raise it",
                             shares_.rest().subscribers,
                             books_.geometry().subscribers.count - shares_.rest().subscribers));
}

Error Subscribers::no_lines(std::uint32_t topic) const {
  const std::string_view name = topics_.name(topic);
  return Error::make(Errc::TooManyMemberships, 0,
                     "a subscription to topic '%.*s' needs more lines than the %" PRIu32
                     " subscriber blocks of the pool have left: raise limits.memberships (now "
                     "%" PRIu32 ")",
                     static_cast<int>(name.size()), name.data(), books_.geometry().blocks.count,
                     books_.geometry().members.count);
}

bool Subscribers::grant_lines(std::uint32_t client, const SubscriberRecordLayout& fields,
                              Lines& lines) {
  const bool own_waiter = fields.pattern == 0;
  if (own_waiter) {
    const auto waiter = books_.grant_lines(client, LineKind::Waiter, 1);
    if (waiter) lines.waiter = *waiter;
  }
  const auto counters = books_.grant_lines(client, LineKind::Counters, kCountersLines);
  if (counters) lines.counters = *counters;
  const auto pins = books_.grant_lines(client, LineKind::Pins, pin_lines_for(fields.held));
  if (pins) lines.pins = *pins;
  return (!own_waiter || lines.waiter != kNone) && counters && pins;
}

void Subscribers::return_lines(const Lines& lines, std::uint32_t held) {
  if (lines.waiter != kNone) books_.return_lines(lines.waiter, 1);
  if (lines.counters != kNone) books_.return_lines(lines.counters, kCountersLines);
  if (lines.pins != kNone) books_.return_lines(lines.pins, pin_lines_for(held));
}

Result<wire::SubscriberCreated> Subscribers::create(const Asker& asker,
                                                    const wire::CreateSubscriber& request) {
  const auto topic = topics_.open(request.topic, request.type);
  if (!topic) return Failure(topic.error());
  const Topics::Keeper keeper(topics_, *topic);
  auto fields = fields_for(*topic, request);
  if (!fields) return Failure(fields.error());
  const auto waiter = waiters_.find(*topic);
  if (!waiter) return Failure(waiter.error());
  fields->client = asker.client;
  fields->request = asker.request;
  fields->waiter = *waiter;
  return create_on(*topic, *fields);
}

Result<wire::SubscriberCreated> Subscribers::create_on(std::uint32_t topic,
                                                       SubscriberRecordLayout& fields) {
  const auto index = find_record(topic);
  if (!index) return Failure(index.error());
  Lines lines;
  if (!memberships_.may_subscribe(topic) || !grant_lines(fields.client, fields, lines)) {
    return_lines(lines, fields.held);
    return Failure(no_lines(topic));
  }
  write_records(*index, fields, lines);
  topics_.subscribers_changed(topic);
  if (!enter_everywhere(*index)) {
    count_left(*index, directory::PeerEnd::Closed);
    end(*index);
    return Failure(no_lines(topic));
  }
  return wire::SubscriberCreated{
      .subscriber = *index,
      .generation = books_.directory.generation<SubscriberRecordLayout>(*index),
      .topic = topic,
      .waiter = fields.waiter};
}

void Subscribers::write_records(std::uint32_t index, SubscriberRecordLayout& fields,
                                const Lines& lines) {
  if (fields.pattern == 0) {
    WaiterRecordLayout waiter{};
    waiter.line = lines.waiter;
    waiter.client = fields.client;
    waiters_.write(fields.waiter, waiter);
  }
  fields.counters_line = lines.counters;
  fields.pins_line = lines.pins;
  fields.first_ring_generation = books_.header().ring_generation;
  books_.directory.reserve(index, fields);
  books_.directory.set_state<SubscriberRecordLayout>(index, RecordState::Active);
}

bool Subscribers::enter_everywhere(std::uint32_t subscriber) {
  const std::uint32_t topic = books_.directory.at<SubscriberRecordLayout>(subscriber).topic;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    if (books_.directory.state<RingRecordLayout>(ring) != RecordState::Active) continue;
    if (books_.directory.at<RingRecordLayout>(ring).topic != topic) continue;
    if (memberships_.find(ring, subscriber)) continue;
    if (!memberships_.enter(ring, subscriber)) return false;
    memberships_.members_changed(ring);
  }
  return true;
}

// ---- ending ----

Result<void> Subscribers::close(std::uint32_t client, const wire::CloseSubscriber& request) {
  const bool exists = request.subscriber < books_.geometry().subscribers.count;
  const bool theirs =
      exists &&
      books_.directory.state<SubscriberRecordLayout>(request.subscriber) == RecordState::Active &&
      books_.directory.generation<SubscriberRecordLayout>(request.subscriber) ==
          request.generation &&
      books_.directory.at<SubscriberRecordLayout>(request.subscriber).client == client &&
      books_.directory.at<SubscriberRecordLayout>(request.subscriber).pattern == 0;
  if (!theirs) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "there is no subscription %" PRIu32 " of generation %" PRIu32
                               " of this client to close",
                               request.subscriber, request.generation));
  }
  begin_closing(request.subscriber);
  return {};
}

template <typename Which>
void Subscribers::close_if(std::uint32_t client, Which which) {
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
    const auto& record = books_.directory.at<SubscriberRecordLayout>(i);
    if (record.client == client && which(record)) begin_closing(i);
  }
}

void Subscribers::close_all(std::uint32_t client) {
  close_if(client, [](const SubscriberRecordLayout&) { return true; });
}

void Subscribers::close_unanswered(std::uint32_t client, std::uint32_t answered) {
  close_if(client, [answered](const SubscriberRecordLayout& record) {
    return record.pattern == 0 && is_later(record.request, answered);
  });
}

void Subscribers::begin_closing(std::uint32_t subscriber) {
  books_.directory.set_state<SubscriberRecordLayout>(subscriber, RecordState::Closing);
  count_left(subscriber, directory::PeerEnd::Closed);
  if (!holds_samples(subscriber)) return end(subscriber);
  // It takes no more, whatever it holds: publishers that wait for it look again.
  for_each_entry(subscriber,
                 [&](std::uint32_t ring, std::uint32_t) { memberships_.members_changed(ring); });
}

// Its publishers hear of it with the members' next change.
void Subscribers::count_left(std::uint32_t subscriber, directory::PeerEnd how) noexcept {
  for_each_entry(subscriber, [&](std::uint32_t ring, std::uint32_t) {
    if (books_.directory.state<RingRecordLayout>(ring) != RecordState::Active) return;
    directory::count_end(books_.directory.at<RingRecordLayout>(ring).subscriber_totals, how);
  });
}

bool Subscribers::finish_closing() {
  bool ended = false;
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Closing) continue;
    if (holds_samples(i)) continue;
    end(i);
    ended = true;
  }
  return ended;
}

void Subscribers::reap_all(std::uint32_t client) {
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (!is_in_use(books_.directory.state<SubscriberRecordLayout>(i))) continue;
    if (books_.directory.at<SubscriberRecordLayout>(i).client != client) continue;
    const bool read = books_.directory.state<SubscriberRecordLayout>(i) == RecordState::Active;
    books_.directory.set_state<SubscriberRecordLayout>(i, RecordState::Reaping);
    if (read) count_left(i, directory::PeerEnd::Died);
    wipe(i);
    end(i);
  }
}

void Subscribers::wipe(std::uint32_t subscriber) {
  const auto& record = books_.directory.at<SubscriberRecordLayout>(subscriber);
  std::uint32_t* const pins = pins_of(subscriber);
  for (std::uint32_t i = 0; i < record.held; ++i) tarn_pin_release(pins + i);
  for_each_entry(subscriber,
                 [&](std::uint32_t ring, std::uint32_t place) { memberships_.wipe(ring, place); });
  if (record.pattern == 0) waiters_.wake_dead(record.waiter);
}

void Subscribers::end(std::uint32_t subscriber) {
  for_each_entry(subscriber, [&](std::uint32_t ring, std::uint32_t place) {
    memberships_.clear(ring, place);
    memberships_.members_changed(ring);
  });
  memberships_.forget_subscriber(subscriber);
  const auto& record = books_.directory.at<SubscriberRecordLayout>(subscriber);
  const std::uint32_t topic = record.topic;
  return_lines({.counters = record.counters_line, .pins = record.pins_line}, record.held);
  const std::uint32_t waiter = record.pattern == 0 ? record.waiter : kNone;
  // In this order: a successor frees a waiter that nobody names, but not the other way round.
  books_.directory.free<SubscriberRecordLayout>(subscriber);
  if (waiter != kNone) waiters_.end(waiter);
  topics_.subscribers_changed(topic);
  topics_.release_if_unused(topic);
}

// ---- pins ----

std::uint32_t* Subscribers::pins_of(std::uint32_t subscriber) const noexcept {
  const auto& record = books_.directory.at<SubscriberRecordLayout>(subscriber);
  return books_.view().line<ring::PinLineLayout>(record.pins_line)->pin;
}

bool Subscribers::holds_samples(std::uint32_t subscriber) const noexcept {
  const std::uint32_t held = books_.directory.at<SubscriberRecordLayout>(subscriber).held;
  const std::uint32_t* const pins = pins_of(subscriber);
  for (std::uint32_t i = 0; i < held; ++i) {
    if (tarn_pin_read(pins + i) != 0) return true;
  }
  return false;
}

bool Subscribers::any_pin_in(std::uint32_t first, std::uint32_t count) const noexcept {
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (!is_in_use(books_.directory.state<SubscriberRecordLayout>(i))) continue;
    const std::uint32_t held = books_.directory.at<SubscriberRecordLayout>(i).held;
    const std::uint32_t* const pins = pins_of(i);
    for (std::uint32_t pin = 0; pin < held; ++pin) {
      // A pin holds the id + 1; 0 wraps to a distance that no count reaches.
      if (tarn_pin_read(pins + pin) - 1 - first < count) return true;
    }
  }
  return false;
}

bool Subscribers::any_closing() const noexcept {
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) == RecordState::Closing) return true;
  }
  return false;
}

bool Subscribers::any_of(std::uint32_t client) const noexcept {
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (!is_in_use(books_.directory.state<SubscriberRecordLayout>(i))) continue;
    if (books_.directory.at<SubscriberRecordLayout>(i).client == client) return true;
  }
  return false;
}

}  // namespace tarn::broker
