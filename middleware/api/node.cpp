#include <tarn/node.hpp>

#include <tarn/topic_name.hpp>

#include "middleware/api/publisher_core.hpp"
#include "middleware/api/subscriber_core.hpp"
#include "middleware/api/wait_set_core.hpp"
#include "middleware/api/wildcard_core.hpp"
#include "middleware/directory/directory_reader.hpp"
#include "middleware/vocabulary/printable.hpp"
#include "platform/clock.hpp"

namespace tarn {

using vocabulary::Printable;

namespace {

// Makes the granted ring's area writable and opens the publisher's end of it.
Result<std::unique_ptr<port::PublisherPort>> attach_publisher(pool::PoolMapping& mapping,
                                                              std::uint32_t ring) {
  const pool::PoolView& pool = mapping.view();
  const auto facts = directory::read_ring(pool, ring);
  if (!facts) {
    return Failure(Error::make(Errc::Corrupt, 0,
                               "the record of ring %u, which was granted, does not hold", ring));
  }
  if (auto granted = mapping.grant(facts->area_offset, facts->area_bytes); !granted) {
    return Failure(granted.error());
  }
  return port::PublisherPort::attach(pool, ring, &mapping.sender());
}

// What a message of this type needs at most; 0 for the topic's own.
Result<std::uint32_t> largest_payload(std::string_view topic, const MessageType& type,
                                      std::uint32_t max_elements) {
  if (max_elements == 0) return 0;
  if (!type.is_slice()) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "topic '%s': max_elements of %u asked for, but a message of type %s "
                               "is one element: leave it 0, or publish a Slice",
                               Printable(topic).c_str(), max_elements,
                               Printable(type.name).c_str()));
  }
  if (type.size_bytes != 0 && max_elements > kMaxMessageBytes / type.size_bytes) {
    return Failure(Error::make(Errc::TooLarge, 0,
                               "topic '%s': max_elements of %u asked for, a message has at most %u "
                               "elements of %u bytes",
                               Printable(topic).c_str(), max_elements,
                               kMaxMessageBytes / type.size_bytes, type.size_bytes));
  }
  return max_elements * type.size_bytes;
}

// What the pool says of a topic that this process is on.
Result<RuntimeMessageType> type_of_topic(const pool::PoolView& pool, std::uint32_t topic) {
  const directory::DirectoryReader reader(pool);
  const auto record = reader.read<directory::TopicRecordLayout>(topic);
  if (!record) {
    return Failure(
        Error::make(Errc::Corrupt, 0, "the pool's record of topic %u does not hold", topic));
  }
  return RuntimeMessageType::copy_of({.name = directory::text_in(record->type_name),
                                      .size_bytes = record->type_bytes,
                                      .alignment = record->alignment,
                                      .hash = record->type_hash,
                                      .fields = reader.type_text(*record)});
}

wire::Reliability wanted(Reliability reliability) noexcept {
  switch (reliability) {
    case Reliability::BestEffort:
      return wire::Reliability::BestEffort;
    case Reliability::Reliable:
      return wire::Reliability::Reliable;
    case Reliability::AsTopic:
      break;
  }
  return wire::Reliability::OfTopic;
}

}  // namespace

Result<Node> Node::open(const NodeOptions& options) {
  auto session = node::Session::open(options);
  if (!session) return Failure(session.error());
  return Node(std::move(*session));
}

Result<detail::PublisherHandle> Node::create_publisher(std::string_view topic,
                                                       const MessageType& type,
                                                       const PublisherOptions& options) {
  if (auto valid = check_user_topic_name(topic); !valid) return Failure(valid.error());
  const auto payload_bytes = largest_payload(topic, type, options.max_elements);
  if (!payload_bytes) return Failure(payload_bytes.error());
  const auto created = session_->create_publisher(
      {.topic = topic,
       .type = type,
       .payload_bytes = *payload_bytes,
       .loans = options.loans,
       .publisher = options.name.empty() ? session_->name() : options.name,
       .origin_node = options.origin});
  if (!created) return Failure(created.error());
  auto port = attach_publisher(*session_->mapping(), created->ring);
  if (!port) {
    (void)session_->close_publisher(
        {.ring = created->ring, .ring_generation = created->ring_generation});
    return Failure(port.error());
  }
  return detail::PublisherHandle(new detail::PublisherCore(session_, std::move(*port), type));
}

Result<detail::SubscriberHandle> Node::create_subscriber(std::string_view topic,
                                                         const MessageType& type,
                                                         const SubscriberOptions& options) {
  if (auto valid = check_topic_name(topic); !valid) return Failure(valid.error());
  const auto created = session_->create_subscriber({.topic = topic,
                                                    .type = type,
                                                    .depth = options.depth,
                                                    .history = options.history,
                                                    .held = options.held,
                                                    .reliability = wanted(options.reliability)});
  if (!created) return Failure(created.error());
  auto port = port::SubscriberPort::attach(session_->mapping(), created->subscriber);
  if (!port) {
    (void)session_->close_subscriber(
        {.subscriber = created->subscriber, .generation = created->generation});
    return Failure(port.error());
  }
  return detail::SubscriberHandle(new detail::SubscriberCore(session_, std::move(*port), *created));
}

Result<detail::WildcardHandle> Node::create_wildcard(std::string_view pattern,
                                                     const MessageType& type,
                                                     const SubscriberOptions& options) {
  if (auto valid = check_topic_pattern(pattern); !valid) return Failure(valid.error());
  auto core = detail::WildcardCore::open(session_, {.pattern = pattern,
                                                    .type = type,
                                                    .depth = options.depth,
                                                    .history = options.history,
                                                    .held = options.held,
                                                    .reliability = wanted(options.reliability)});
  if (!core) return Failure(core.error());
  return detail::WildcardHandle(core->release());
}

Result<UntypedPublisher> Node::untyped_publisher(std::string_view topic, const MessageType& type,
                                                 const PublisherOptions& options) {
  auto handle = create_publisher(topic, type, options);
  if (!handle) return Failure(handle.error());
  return UntypedPublisher(std::move(*handle), RuntimeMessageType::copy_of(type));
}

Result<UntypedSubscriber> Node::untyped_subscriber(std::string_view topic, const MessageType& type,
                                                   const SubscriberOptions& options) {
  auto handle = create_subscriber(topic, type, options);
  if (!handle) return Failure(handle.error());
  auto carried = type_of_topic(session_->mapping()->view(), handle->topic());
  if (!carried) return Failure(carried.error());
  return UntypedSubscriber(std::move(*handle), std::move(*carried));
}

Result<UntypedSubscriber> Node::untyped_subscriber(std::string_view topic,
                                                   const SubscriberOptions& options) {
  return untyped_subscriber(topic, MessageType{}, options);
}

Result<WaitSet> Node::wait_set(const WaitSetOptions& options) {
  auto core = detail::WaitSetCore::create(session_, options);
  if (!core) return Failure(core.error());
  return WaitSet(core->release());
}

std::uint64_t stamp_now() noexcept { return platform::monotonic_nanoseconds(); }

}  // namespace tarn
