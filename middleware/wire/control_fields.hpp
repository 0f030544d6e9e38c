// The fields of each control message, listed once for both directions, so that writer and reader
// cannot drift apart. For control_encode.cpp and control_decode.cpp alone: `Codec` is the class there
// that writes or reads. The order here is the format.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "middleware/wire/control_messages.hpp"

namespace tarn::wire {

// `Candidate` is `Message`, const when it is written.
template <typename Candidate, typename Message>
concept Either = std::same_as<std::remove_const_t<Candidate>, Message>;

template <typename Codec, Either<MessageType> M>
void type_fields(Codec& codec, M& type) {
  codec.label("type name", type.name, kMaxTypeNameBytes);
  codec.number(type.size_bytes);
  codec.number(type.alignment);
  codec.number(type.hash);
  codec.label("type fields", type.fields, kMaxTypeTextBytes);
}

template <typename Codec, Either<Hello> M>
void fields(Codec& codec, M& hello) {
  codec.number(hello.min_version);
  codec.number(hello.max_version);
  // Another version may have other fields from here on.
  if (!codec.goes_on(hello)) return;
  codec.number(hello.layout_version);
  codec.flag(hello.observer);
  codec.label("node name", hello.node, kMaxNodeNameBytes);
  codec.number(hello.resume_client);
  codec.number(hello.resume_generation);
  codec.number(hello.pool_id);
  codec.number(hello.answered);
}

template <typename Codec, Either<CreatePublisher> M>
void fields(Codec& codec, M& create) {
  // Not a label: the broker answers InvalidTopic, which shows the bad character.
  codec.text("topic", create.topic, kMaxTopicNameBytes);
  type_fields(codec, create.type);
  codec.number(create.payload_bytes);
  codec.number(create.loans);
  codec.number(create.depth);
  codec.label("publisher name", create.publisher, kMaxNodeNameBytes);
  codec.number(create.origin_node);
}

template <typename Codec, Either<CreateSubscriber> M>
void fields(Codec& codec, M& create) {
  codec.text("topic", create.topic, kMaxTopicNameBytes);
  type_fields(codec, create.type);
  codec.number(create.depth);
  codec.number(create.history);
  codec.number(create.held);
  codec.choice(create.reliability, Reliability::Reliable);
}

template <typename Codec, Either<ClosePublisher> M>
void fields(Codec& codec, M& close) {
  codec.number(close.ring);
  codec.number(close.ring_generation);
}

template <typename Codec, Either<CloseSubscriber> M>
void fields(Codec& codec, M& close) {
  codec.number(close.subscriber);
  codec.number(close.generation);
}

template <typename Codec, Either<CloseWaiter> M>
void fields(Codec& codec, M& close) {
  codec.number(close.waiter);
  codec.number(close.generation);
}

template <typename Codec, Either<OpenDoorbell> M>
void fields(Codec& codec, M& open) {
  codec.number(open.waiter);
  codec.number(open.generation);
}

template <typename Codec, Either<CreatePattern> M>
void fields(Codec& codec, M& create) {
  codec.text("pattern", create.pattern, kMaxTopicNameBytes);
  type_fields(codec, create.type);
  codec.number(create.depth);
  codec.number(create.history);
  codec.number(create.held);
  codec.choice(create.reliability, Reliability::Reliable);
  codec.number(create.waiter);
  codec.number(create.waiter_generation);
}

template <typename Codec, Either<ClosePattern> M>
void fields(Codec& codec, M& close) {
  codec.number(close.pattern);
  codec.number(close.generation);
}

template <typename Codec, Either<PatternCreated> M>
void fields(Codec& codec, M& created) {
  codec.number(created.pattern);
  codec.number(created.generation);
}

template <typename Codec, Either<Welcome> M>
void fields(Codec& codec, M& welcome) {
  codec.number(welcome.version);
  codec.number(welcome.client);
  codec.number(welcome.generation);
  codec.number(welcome.pool_id);
  codec.number(welcome.pool_bytes);
  codec.number(welcome.page_bytes);
}

template <typename Codec, Either<PublisherCreated> M>
void fields(Codec& codec, M& created) {
  codec.number(created.ring);
  codec.number(created.ring_generation);
  codec.number(created.topic);
}

template <typename Codec, Either<SubscriberCreated> M>
void fields(Codec& codec, M& created) {
  codec.number(created.subscriber);
  codec.number(created.generation);
  codec.number(created.topic);
  codec.number(created.waiter);
}

template <typename Codec, Either<WaiterCreated> M>
void fields(Codec& codec, M& created) {
  codec.number(created.waiter);
  codec.number(created.generation);
}

template <typename Codec, Either<Refused> M>
void fields(Codec& codec, M& refused) {
  codec.error_code(refused.code);
  codec.number(refused.system_errno);
  codec.text("reason", refused.text, kMaxRefusalBytes);
}

template <typename Codec, Either<Reloaded> M>
void fields(Codec& codec, M& reloaded) {
  codec.text("changed keys", reloaded.changed, kMaxKeysBytes);
  codec.text("live topics", reloaded.live, kMaxKeysBytes);
  codec.text("waiting keys", reloaded.waiting, kMaxKeysBytes);
}

template <typename Codec, Either<ReloadRefused> M>
void fields(Codec& codec, M& refused) {
  codec.error_code(refused.code);
  codec.number(refused.system_errno);
  codec.text("findings", refused.findings, kMaxFindingsBytes);
}

// These say everything by being there.
template <typename Codec, Either<Ready> M>
void fields(Codec&, M&) {}
template <typename Codec, Either<Goodbye> M>
void fields(Codec&, M&) {}
template <typename Codec, Either<Reload> M>
void fields(Codec&, M&) {}
template <typename Codec, Either<CreateWaiter> M>
void fields(Codec&, M&) {}
template <typename Codec, Either<Done> M>
void fields(Codec&, M&) {}

// Names that end up in logs and tables: no control characters, so no line of a log is forged.
[[nodiscard]] constexpr bool is_label(std::string_view text) noexcept {
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x20 || value == 0x7f) return false;
  }
  return true;
}

}  // namespace tarn::wire
