#include "middleware/broker/topics.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cinttypes>
#include <cstring>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "middleware/plan/ring_shape.hpp"
#include "middleware/plan/setting_list.hpp"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::broker {

using vocabulary::Printable;

namespace {

bool is_any(const MessageType& type) { return type.name.empty() && type.size_bytes == 0; }

Result<void> check_bounds(std::string_view topic, const MessageType& type) {
  if (type.size_bytes == 0 || type.size_bytes > kMaxMessageBytes) {
    return Failure(Error::make(
        Errc::TooLarge, 0, "topic '%s': a message of %" PRIu32 " bytes; allowed are 1 to %" PRIu32,
        Printable(topic).c_str(), type.size_bytes, kMaxMessageBytes));
  }
  if (type.name.empty() || !std::has_single_bit(type.alignment) ||
      type.alignment > kMaxMessageAlignment) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "topic '%s': type '%s' with alignment %" PRIu32
                               "; a type has a name, and its alignment is a power of two up to "
                               "%" PRIu32,
                               Printable(topic).c_str(), Printable(type.name).c_str(),
                               type.alignment, kMaxMessageAlignment));
  }
  return {};
}

TopicRecordLayout record_of(std::string_view name, const MessageType& type,
                            const plan::TopicSettings& settings, bool listed) {
  TopicRecordLayout record{};
  directory::put_text(record.name, name);
  directory::put_text(record.type_name, type.name);
  record.type_hash = type.hash;
  record.type_bytes = type.size_bytes;
  record.payload_bytes = std::max(type.size_bytes, settings.payload_bytes);
  record.alignment = type.alignment;
  record.depth = settings.depth;
  // They may come from lines that know nothing of each other.
  record.history = std::min(settings.history, settings.depth);
  record.publishers = settings.publishers;
  record.subscribers = settings.subscribers;
  record.orphans = settings.orphans;
  record.held = settings.held;
  record.loans = settings.loans;
  record.overflow = static_cast<std::uint32_t>(settings.overflow);
  record.stamp = static_cast<std::uint32_t>(settings.stamp);
  record.timeout_ns = static_cast<std::uint64_t>(settings.timeout.count());
  record.evict_after_ns = static_cast<std::uint64_t>(settings.evict_after.count());
  record.slot_bytes = plan::slot_bytes_for(record.payload_bytes);
  if (listed) record.flags |= directory::kTopicListed;
  if (settings.payload_bytes != 0) record.flags |= directory::kTopicSized;
  return record;
}

// Whether a topic goes by what the configuration has for it now.
bool is_former(const TopicRecordLayout& record, const TopicRecordLayout& wanted) {
  constexpr auto kSettings = std::array{
      &TopicRecordLayout::depth,   &TopicRecordLayout::history,     &TopicRecordLayout::publishers,
      &TopicRecordLayout::orphans, &TopicRecordLayout::subscribers, &TopicRecordLayout::held,
      &TopicRecordLayout::loans,   &TopicRecordLayout::overflow,    &TopicRecordLayout::stamp};
  const bool same = std::all_of(kSettings.begin(), kSettings.end(),
                                [&](auto setting) { return record.*setting == wanted.*setting; });
  const std::uint32_t flags = directory::kTopicListed | directory::kTopicSized;
  // What publishers ask for counts where the configuration says nothing.
  const bool sized = (wanted.flags & directory::kTopicSized) != 0;
  return !same || record.timeout_ns != wanted.timeout_ns ||
         record.evict_after_ns != wanted.evict_after_ns ||
         (record.flags & flags) != (wanted.flags & flags) ||
         (sized && record.payload_bytes != wanted.payload_bytes);
}

}  // namespace

std::string_view Topics::name(std::uint32_t topic) const noexcept {
  return directory::text_in(books_.directory.at<TopicRecordLayout>(topic).name);
}

std::string Topics::key(std::uint32_t topic, const char* setting) const {
  return plan::deciding_key(options_.rules, name(topic), setting);
}

std::optional<std::uint32_t> Topics::find(std::string_view name) const noexcept {
  for (std::uint32_t i = 0; i < books_.geometry().topics.count; ++i) {
    if (is_in_use(books_.directory.state<TopicRecordLayout>(i)) && this->name(i) == name) return i;
  }
  return std::nullopt;
}

Result<std::uint32_t> Topics::open(std::string_view name, const MessageType& type) {
  if (auto named = check_user_topic_name(name); !named) return Failure(named.error());
  const auto found = find(name);
  if (is_any(type)) {
    if (found) return *found;
    return Failure(Error::make(Errc::InvalidTopic, 0,
                               "topic '%s' does not exist yet, so its type is not known: start its "
                               "publisher first, or subscribe with a type",
                               Printable(name).c_str()));
  }
  if (auto bounded = check_bounds(name, type); !bounded) return Failure(bounded.error());
  if (!found) return create(name, type);
  if (auto same = check(*found, type); !same) return Failure(same.error());
  return *found;
}

Result<void> Topics::check(std::uint32_t topic, const MessageType& type) const {
  const auto& record = books_.directory.at<TopicRecordLayout>(topic);
  const auto* text =
      reinterpret_cast<const char*>(books_.view().base() + books_.geometry().type_text.offset);
  const MessageType carried{.name = directory::text_in(record.type_name),
                            .size_bytes = record.type_bytes,
                            .alignment = record.alignment,
                            .hash = record.type_hash,
                            .fields = {text + record.type_text_offset, record.type_text_bytes}};
  return check_same_type(name(topic), carried, type);
}

// What the configuration says against a topic, before any record of it exists.
Result<void> Topics::check_rules(std::string_view name, const MessageType& type,
                                 const plan::TopicSettings& settings) const {
  if (options_.refuse_unlisted && plan::matching_rules(options_.rules, name).empty()) {
    return Failure(Error::make(Errc::TopicUnlisted, 0,
                               "topic '%s' is neither listed under topics nor matched by a pattern "
                               "there, and pool.unlisted is refuse: add topics.%s",
                               Printable(name).c_str(), Printable(name).c_str()));
  }
  if (!settings.type.empty() && settings.type != type.name) {
    return Failure(Error::make(
        Errc::TypeMismatch, 0, "topic '%s' carries %s according to %s, asked for is %s",
        Printable(name).c_str(), settings.type.c_str(),
        plan::deciding_key(options_.rules, name, "type").c_str(), Printable(type.name).c_str()));
  }
  if (settings.payload_bytes != 0 && type.size_bytes > settings.payload_bytes) {
    return Failure(Error::make(
        Errc::TooLarge, 0,
        "topic '%s': %s has %" PRIu32 " bytes, the largest payload is %" PRIu32 ": raise %s",
        Printable(name).c_str(), Printable(type.name).c_str(), type.size_bytes,
        settings.payload_bytes, plan::deciding_key(options_.rules, name, "size").c_str()));
  }
  return {};
}

Result<std::uint32_t> Topics::create(std::string_view name, const MessageType& type) {
  const plan::TopicSettings settings = plan::resolve(options_.rules, name);
  if (auto holds = check_rules(name, type, settings); !holds) return Failure(holds.error());
  const bool listed = plan::listed(options_.rules, name) != nullptr;
  const auto index = books_.directory.find_free<TopicRecordLayout>();
  const bool allowed = listed || shares_.may_have_topic();
  if (!index || !allowed) {
    return Failure(Error::make(Errc::TooManyTopics, 0,
                               "topic '%s' would be one more than the %" PRIu32
                               " of limits.topics, %" PRIu32
                               " more are kept for listed topics: raise it",
                               Printable(name).c_str(), shares_.rest().topics,
                               books_.geometry().topics.count - shares_.rest().topics));
  }
  auto record = record_of(name, type, settings, listed);
  store_type_text(type, record);
  // Who watches the version of a former topic in this place must see a change.
  record.version = books_.directory.at<TopicRecordLayout>(*index).version + 1;
  books_.directory.reserve(*index, record);
  books_.directory.set_state<TopicRecordLayout>(*index, RecordState::Active);
  return *index;
}

// The description is for people: without room for it the topic goes on, and a mismatch is told by name,
// size and hash alone.
void Topics::store_type_text(const MessageType& type, TopicRecordLayout& record) {
  if (type.fields.empty()) return;
  const auto bytes = static_cast<std::uint32_t>(type.fields.size());
  const auto offset = books_.type_text.allocate(bytes);
  if (!offset) {
    journal_.complain(
        "topic '%s' goes without its description of type %s, %" PRIu32 " bytes: %" PRIu32
        " of the %" PRIu32 " of limits.type_text are free; raise it to see fields in the tools",
        Printable(directory::text_in(record.name)).c_str(), Printable(type.name).c_str(), bytes,
        books_.type_text.free_total(), books_.type_text.capacity());
    return;
  }
  std::memcpy(books_.view().base() + books_.geometry().type_text.offset + *offset,
              type.fields.data(), bytes);
  record.type_text_offset = *offset;
  record.type_text_bytes = bytes;
}

Result<std::uint32_t> Topics::grant(std::uint32_t topic, const Asked& asked) const {
  if (asked.asked == 0) return asked.allowed;
  if (asked.asked <= asked.allowed) return asked.asked;
  const std::string_view topic_name = name(topic);
  return Failure(Error::make(Errc::InvalidArgument, 0,
                             "topic '%.*s': %s of %" PRIu32 " asked for, the topic gives %" PRIu32
                             ": ask for less or raise %s",
                             static_cast<int>(topic_name.size()), topic_name.data(), asked.setting,
                             asked.asked, asked.allowed, key(topic, asked.setting).c_str()));
}

Result<std::uint32_t> Topics::grant_payload(std::uint32_t topic, std::uint32_t asked) const {
  const auto& record = books_.directory.at<TopicRecordLayout>(topic);
  const std::string_view type_name = directory::text_in(record.type_name);
  const std::string topic_name(name(topic));
  const bool bounded =
      (record.flags & directory::kTopicSized) != 0 || !tarn::detail::names_slice(type_name);
  if (asked == 0 && !bounded) {
    return Failure(
        Error::make(Errc::InvalidArgument, 0,
                    "topic '%s': nothing says how much a message of type %s may hold: set "
                    "max_elements, or topics.%s.size",
                    topic_name.c_str(), Printable(type_name).c_str(), topic_name.c_str()));
  }
  if (asked == 0) return record.payload_bytes;
  const std::uint32_t most = bounded ? record.payload_bytes : kMaxMessageBytes;
  if (asked > most || asked < record.type_bytes) {
    return Failure(Error::make(Errc::TooLarge, 0,
                               "topic '%s': messages of up to %" PRIu32
                               " bytes asked for; allowed are %" PRIu32 " (one %s) to %" PRIu32
                               ": ask for less or raise %s",
                               topic_name.c_str(), asked, record.type_bytes,
                               Printable(type_name).c_str(), most, key(topic, "size").c_str()));
  }
  return asked;
}

void Topics::payload_granted(std::uint32_t topic, std::uint32_t payload_bytes) noexcept {
  auto& record = books_.directory.at<TopicRecordLayout>(topic);
  if (payload_bytes > record.payload_bytes)
    directory::set_count(record.payload_bytes, payload_bytes);
}

void Topics::rings_changed(std::uint32_t topic) noexcept {
  std::uint32_t publishers = 0;
  std::uint32_t orphans = 0;
  for (std::uint32_t i = 0; i < books_.geometry().rings.count; ++i) {
    const RecordState state = books_.directory.state<RingRecordLayout>(i);
    if (!is_in_use(state) || books_.directory.at<RingRecordLayout>(i).topic != topic) continue;
    ++(state == RecordState::Active ? publishers : orphans);
  }
  auto& record = books_.directory.at<TopicRecordLayout>(topic);
  directory::set_count(record.publisher_count, publishers);
  directory::set_count(record.orphan_count, orphans);
  books_.directory.topic_changed(topic);
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (!is_in_use(books_.directory.state<SubscriberRecordLayout>(i))) continue;
    const auto& subscriber = books_.directory.at<SubscriberRecordLayout>(i);
    if (subscriber.topic == topic) books_.directory.kick_waiter(subscriber.waiter);
  }
}

void Topics::subscribers_changed(std::uint32_t topic) noexcept {
  std::uint32_t subscribers = 0;
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (!is_in_use(books_.directory.state<SubscriberRecordLayout>(i))) continue;
    if (books_.directory.at<SubscriberRecordLayout>(i).topic == topic) ++subscribers;
  }
  directory::set_count(books_.directory.at<TopicRecordLayout>(topic).subscriber_count, subscribers);
}

std::vector<LiveTopic> Topics::live() const {
  std::vector<LiveTopic> topics;
  for (std::uint32_t i = 0; i < books_.geometry().topics.count; ++i) {
    if (!is_in_use(books_.directory.state<TopicRecordLayout>(i))) continue;
    topics.push_back(
        {.name = std::string(name(i)),
         .life = {.record = i, .generation = books_.directory.generation<TopicRecordLayout>(i)}});
  }
  return topics;
}

std::vector<std::string> Topics::mark_former() {
  std::vector<std::string> former;
  for (const LiveTopic& topic : live()) {
    auto& record = books_.directory.at<TopicRecordLayout>(topic.life.record);
    const plan::TopicSettings settings = plan::resolve(options_.rules, topic.name);
    const std::string_view type = directory::text_in(record.type_name);
    const MessageType carried{
        .name = type, .size_bytes = record.type_bytes, .alignment = record.alignment, .fields = {}};
    const bool listed = plan::listed(options_.rules, topic.name) != nullptr;
    const auto wanted = record_of(topic.name, carried, settings, listed);
    const bool differs =
        is_former(record, wanted) || (!settings.type.empty() && settings.type != type);
    const std::uint32_t flags = record.flags & ~directory::kTopicFormer;
    directory::set_count(record.flags, flags | (differs ? directory::kTopicFormer : 0));
    if (differs) former.push_back(topic.name);
  }
  return former;
}

void Topics::promise() {
  shares_.promise(
      shares_.promised(plan::plan_topics(options_.rules, books_.geometry().page_bytes)));
}

void Topics::release_if_unused(std::uint32_t topic) {
  if (topic == kept_) return;
  const auto& record = books_.directory.at<TopicRecordLayout>(topic);
  if (!is_in_use(books_.directory.state<TopicRecordLayout>(topic))) return;
  if (record.publisher_count + record.orphan_count + record.subscriber_count > 0) return;
  if (record.type_text_bytes > 0) {
    books_.type_text.free(record.type_text_offset, record.type_text_bytes);
  }
  areas_.topic_ended(name(topic));
  books_.members.topic_ended(name(topic));
  const bool former = (record.flags & directory::kTopicFormer) != 0;
  books_.directory.free<TopicRecordLayout>(topic);
  if (former) promise();  // what it had been promised beyond the configuration is for others now
}

}  // namespace tarn::broker
