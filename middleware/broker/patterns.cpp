#include "middleware/broker/patterns.hpp"

#include <cinttypes>
#include <string>

#include <tarn/topic_name.hpp>

#include "middleware/ring/atomics.h"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::broker {

using vocabulary::Printable;

namespace {

bool has_rings(const TopicRecordLayout& topic) {
  return topic.publisher_count + topic.orphan_count > 0;
}

PatternRecordLayout fields_of(const Asker& asker, const wire::CreatePattern& request) {
  PatternRecordLayout fields{};
  fields.client = asker.client;
  fields.waiter = request.waiter;
  fields.request = asker.request;
  fields.depth = request.depth;
  fields.history = request.history;
  fields.held = request.held;
  fields.reliability = static_cast<std::uint32_t>(request.reliability);
  fields.type_hash = request.type.hash;
  fields.type_bytes = request.type.size_bytes;
  fields.alignment = request.type.alignment;
  directory::put_text(fields.pattern, request.pattern);
  directory::put_text(fields.type_name, request.type.name);
  return fields;
}

}  // namespace

// ---- coming ----

Result<wire::PatternCreated> Patterns::create(const Asker& asker,
                                              const wire::CreatePattern& request) {
  if (auto named = check_topic_pattern(request.pattern); !named) return Failure(named.error());
  if (is_reserved_topic_name(request.pattern)) {
    return Failure(
        Error::make(Errc::InvalidTopic, 0,
                    "a subscription to '%s': topics under 'tarn/' are tarn's own, and no "
                    "pattern reads them",
                    Printable(request.pattern).c_str()));
  }
  if (request.type.name.empty() || request.type.size_bytes == 0) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "a subscription to '%s' without a type: say which type it reads",
                               Printable(request.pattern).c_str()));
  }
  if (!waiters_.is_alone(asker.client, request.waiter, request.waiter_generation)) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "a subscription to '%s' names waiter %" PRIu32
                               ", which is none that this client may wait on",
                               Printable(request.pattern).c_str(), request.waiter));
  }
  const auto index = books_.directory.find_free<PatternRecordLayout>();
  if (!index) {
    return Failure(Error::make(Errc::TooManyPatterns, 0,
                               "all %" PRIu32
                               " patterns of the domain are in use: close one, or raise "
                               "limits.patterns",
                               books_.geometry().patterns.count));
  }
  books_.directory.reserve(*index, fields_of(asker, request));
  books_.directory.set_state<PatternRecordLayout>(*index, RecordState::Active);
  for (std::uint32_t topic = 0; topic < books_.geometry().topics.count; ++topic) {
    if (!is_in_use(books_.directory.state<TopicRecordLayout>(topic))) continue;
    if (books_.directory.at<TopicRecordLayout>(topic).publisher_count == 0) continue;
    if (matches(*index, topic)) enter(*index, topic, true);
  }
  return wire::PatternCreated{
      .pattern = *index, .generation = books_.directory.generation<PatternRecordLayout>(*index)};
}

bool Patterns::matches(std::uint32_t pattern, std::uint32_t topic) const noexcept {
  const std::string_view name = topics_.name(topic);
  return !is_reserved_topic_name(name) &&
         topic_matches(
             directory::text_in(books_.directory.at<PatternRecordLayout>(pattern).pattern), name);
}

bool Patterns::same_type(std::uint32_t pattern, std::uint32_t topic) const noexcept {
  const auto& wanted = books_.directory.at<PatternRecordLayout>(pattern);
  const auto& carried = books_.directory.at<TopicRecordLayout>(topic);
  return wanted.type_hash == carried.type_hash && wanted.type_bytes == carried.type_bytes &&
         wanted.alignment == carried.alignment &&
         directory::text_in(wanted.type_name) == directory::text_in(carried.type_name);
}

std::optional<std::uint32_t> Patterns::find(std::uint32_t pattern,
                                            std::uint32_t topic) const noexcept {
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
    const auto& record = books_.directory.at<SubscriberRecordLayout>(i);
    if (record.pattern == pattern + 1 && record.topic == topic) return i;
  }
  return std::nullopt;
}

void Patterns::enter_all(std::uint32_t topic) {
  const bool is_new = !has_rings(books_.directory.at<TopicRecordLayout>(topic));
  for (std::uint32_t pattern = 0; pattern < books_.geometry().patterns.count; ++pattern) {
    if (books_.directory.state<PatternRecordLayout>(pattern) != RecordState::Active) continue;
    if (matches(pattern, topic)) enter(pattern, topic, is_new);
  }
}

// A topic is counted once, when it comes, whether or not it is refused again with its next publisher.
void Patterns::enter(std::uint32_t pattern, std::uint32_t topic, bool is_new) {
  auto& record = books_.directory.at<PatternRecordLayout>(pattern);
  if (!same_type(pattern, topic)) {
    if (is_new) add_to(record.type_mismatches, 1);
    return;
  }
  const auto known = find(pattern, topic);
  if (!known) return add_subscription(pattern, topic, is_new);
  if (!subscribers_.reader_ended(*known)) return;
  subscribers_.give_back(*known);
  books_.directory.pattern_changed(pattern);
}

void Patterns::add_subscription(std::uint32_t pattern, std::uint32_t topic, bool is_new) {
  auto& record = books_.directory.at<PatternRecordLayout>(pattern);
  const auto created = subscribers_.create_for(topic, {.client = record.client,
                                                       .pattern = pattern,
                                                       .waiter = record.waiter,
                                                       .depth = record.depth,
                                                       .history = record.history,
                                                       .held = record.held,
                                                       .reliability = record.reliability});
  if (created) return books_.directory.pattern_changed(pattern);
  if (!is_new) return;
  add_to(record.refused_topics, 1);
  journal_.complain("'%s' goes without topic '%s': %s",
                    Printable(directory::text_in(record.pattern)).c_str(),
                    std::string(topics_.name(topic)).c_str(), created.error().message());
}

void Patterns::changed(std::uint32_t pattern) noexcept {
  books_.directory.pattern_changed(pattern);
  books_.directory.kick_waiter(books_.directory.at<PatternRecordLayout>(pattern).waiter);
}

// ---- going ----

void Patterns::look_again() {
  // order(directory.pattern_end): full fence. Pairs with the reader's: either the look below sees that it
  // has ended, or it sees that a ring came, and asks. Weaker, both may miss, and nobody reads the ring.
  tarn_fence_full();
  settle();
}

bool Patterns::settle() {
  bool ended = false;
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
    const std::uint32_t pattern = books_.directory.at<SubscriberRecordLayout>(i).pattern;
    if (pattern == 0 || !subscribers_.reader_ended(i)) continue;
    if (subscribers_.has_entry(i)) {
      subscribers_.give_back(i);
      changed(pattern - 1);
    } else {
      subscribers_.end_one(i);
      ended = true;
    }
  }
  return ended;
}

bool Patterns::any_waited_for() const noexcept {
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
    const auto& record = books_.directory.at<SubscriberRecordLayout>(i);
    if (record.pattern == 0) continue;
    if (!has_rings(books_.directory.at<TopicRecordLayout>(record.topic))) return true;
  }
  return false;
}

Result<void> Patterns::close(std::uint32_t client, const wire::ClosePattern& request) {
  const bool theirs =
      request.pattern < books_.geometry().patterns.count &&
      books_.directory.state<PatternRecordLayout>(request.pattern) == RecordState::Active &&
      books_.directory.generation<PatternRecordLayout>(request.pattern) == request.generation &&
      books_.directory.at<PatternRecordLayout>(request.pattern).client == client;
  if (!theirs) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "there is no pattern %" PRIu32 " of generation %" PRIu32
                               " of this client to close",
                               request.pattern, request.generation));
  }
  end(request.pattern);
  return {};
}

void Patterns::end(std::uint32_t pattern) {
  books_.directory.set_state<PatternRecordLayout>(pattern, RecordState::Closing);
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
    if (books_.directory.at<SubscriberRecordLayout>(i).pattern == pattern + 1) {
      subscribers_.end_one(i);
    }
  }
  books_.directory.free<PatternRecordLayout>(pattern);
}

template <typename Which>
void Patterns::close_if(std::uint32_t client, Which which) {
  for (std::uint32_t i = 0; i < books_.geometry().patterns.count; ++i) {
    if (!is_in_use(books_.directory.state<PatternRecordLayout>(i))) continue;
    const auto& record = books_.directory.at<PatternRecordLayout>(i);
    if (record.client == client && which(record)) end(i);
  }
}

void Patterns::close_all(std::uint32_t client) {
  close_if(client, [](const PatternRecordLayout&) { return true; });
}

void Patterns::close_unanswered(std::uint32_t client, std::uint32_t answered) {
  close_if(client, [answered](const PatternRecordLayout& record) {
    return is_later(record.request, answered);
  });
}

void Patterns::complete() {
  for (std::uint32_t i = 0; i < books_.geometry().patterns.count; ++i) {
    const RecordState state = books_.directory.state<PatternRecordLayout>(i);
    if (state == RecordState::Closing) end(i);
    if (state != RecordState::Active) continue;
    for (std::uint32_t topic = 0; topic < books_.geometry().topics.count; ++topic) {
      if (!is_in_use(books_.directory.state<TopicRecordLayout>(topic))) continue;
      if (books_.directory.at<TopicRecordLayout>(topic).publisher_count == 0) continue;
      if (matches(i, topic)) enter(i, topic, false);
    }
    changed(i);
  }
}

}  // namespace tarn::broker
