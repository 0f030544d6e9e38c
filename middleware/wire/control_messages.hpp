// The packets between a client and the broker of its domain: one request, one reply, a packet each.
// Knows bytes and bounds, not what a request does nor what may be asked when (control_session.hpp).
// Plain values and free functions; any thread.
//
//   packet := magic u32 | kind u32 | sequence u32 | the message's fields in the order they have here
//   text   := length u16 | bytes                                          little endian, no padding
//
// The reply carries the sequence of its request, so a client whose deadline passed cannot take the
// late reply for that of its next request. Sequences go on when a client comes back. Decoding is strict: unknown kinds and flags, texts that
// are too long or hold control characters, short packets and trailing bytes are ProtocolErrors.
// The header, the two versions of Hello, and Refused keep their bytes in every version to come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include <tarn/error.hpp>
#include <tarn/limits.hpp>
#include <tarn/message.hpp>
#include <tarn/result.hpp>

namespace tarn::wire {

inline constexpr std::uint32_t kControlMagic = 0x4e524154;  // "TARN"
inline constexpr std::uint16_t kProtocolVersion = 4;
inline constexpr std::size_t kControlHeaderBytes = 12;
inline constexpr std::size_t kMaxRefusalBytes = Error::kTextBytes - 1;

// Room for any control message, much less than kMaxPacketBytes: what a stack buffer needs.
inline constexpr std::size_t kMaxControlBytes = 10 * 1024;

// What the replies to Reload may say: twenty findings of some length, or three lists of keys.
inline constexpr std::size_t kMaxFindingsBytes = 10'200;
inline constexpr std::size_t kMaxKeysBytes = 3'400;

enum class ControlKind : std::uint32_t {
  Hello = 1,
  Ready = 2,
  CreatePublisher = 3,
  CreateSubscriber = 4,
  ClosePublisher = 5,
  CloseSubscriber = 6,
  Goodbye = 7,
  Reload = 8,
  CreateWaiter = 9,
  CloseWaiter = 10,
  OpenDoorbell = 11,
  CreatePattern = 12,
  ClosePattern = 13,
  Welcome = 101,
  Done = 102,
  PublisherCreated = 103,
  SubscriberCreated = 104,
  Refused = 105,
  Reloaded = 106,
  ReloadRefused = 107,
  WaiterCreated = 108,
  PatternCreated = 109,
};

// The sequence of a refusal that answers no request, because none was waited for: of the connection itself.
// Requests are counted from 1.
inline constexpr std::uint32_t kNoRequest = 0;
inline constexpr std::uint32_t kNoIndex = 0xFFFFFFFF;  // an index that names nothing

// ---- requests; the views point into the packet they were decoded from ----

// The first packet of a connection. When the versions do not meet ours, nothing after them was
// decoded: agree_version() says so in an error for the reply.
struct Hello {
  std::uint16_t min_version = kProtocolVersion;
  std::uint16_t max_version = kProtocolVersion;
  std::uint32_t layout_version = 0;  // of the pool, as the client was built
  bool observer = false;             // only looks: no record, no areas, no liveness byte
  std::string_view node;
  // The record to take over after a broker restart, all three from the Welcome; else kNoIndex, 0, 0.
  std::uint32_t resume_client = kNoIndex;
  std::uint32_t resume_generation = 0;
  std::uint64_t pool_id = 0;
  // The newest request of that record's that was answered: what was granted to later ones, whose
  // replies never came, is taken back.
  std::uint32_t answered = 0;
};

// The client holds its liveness byte and has mapped the pool. Observers do not send it.
struct Ready {};

struct CreatePublisher {
  std::string_view topic;
  MessageType type{};
  std::uint32_t payload_bytes = 0;  // of the largest message; 0: the topic's
  std::uint32_t loans = 0;          // 0: the topic's
  std::uint32_t depth = 0;          // 0: the topic's
  std::string_view publisher;
  std::uint64_t origin_node = 0;  // 0: this device
};

enum class Reliability : std::uint32_t { OfTopic = 0, BestEffort = 1, Reliable = 2 };

// A type without name and size takes whichever type the topic has; it must have one already.
struct CreateSubscriber {
  std::string_view topic;
  MessageType type{};
  std::uint32_t depth = 0;    // 0: the topic's
  std::uint32_t history = 0;  // messages from before it came; no default of the topic's
  std::uint32_t held = 0;     // 0: the topic's
  Reliability reliability = Reliability::OfTopic;
};

struct ClosePublisher {
  std::uint32_t ring = kNoIndex;
  std::uint32_t ring_generation = 0;
};

struct CloseSubscriber {
  std::uint32_t subscriber = kNoIndex;
  std::uint32_t generation = 0;
};

// The client leaves and closes whatever it had. The reply is the last packet of the connection.
struct Goodbye {};

// The broker is to read its configuration again. For root and the broker's own user.
struct Reload {};

// A waiter beside those of the subscriptions: for a thread that sleeps for many, or one that is woken
// through a file descriptor.
struct CreateWaiter {};

struct CloseWaiter {
  std::uint32_t waiter = kNoIndex;
  std::uint32_t generation = 0;
};

// A waiter that CreateWaiter made is to be rung by a datagram. Done comes with one fd, the bound end of
// the socket that those who ring it send to.
struct OpenDoorbell {
  std::uint32_t waiter = kNoIndex;
  std::uint32_t generation = 0;
};

// A subscription to every topic with a name that matches, each with what the topic gives of what is asked
// for. They all sleep on a waiter that CreateWaiter made.
struct CreatePattern {
  std::string_view pattern;
  MessageType type{};
  std::uint32_t depth = 0;    // 0: each topic's
  std::uint32_t history = 0;  // messages from before it came; no default of the topics'
  std::uint32_t held = 0;     // 0: each topic's
  Reliability reliability = Reliability::OfTopic;
  std::uint32_t waiter = kNoIndex;
  std::uint32_t waiter_generation = 0;
};

// With all its subscriptions, which the client has left.
struct ClosePattern {
  std::uint32_t pattern = kNoIndex;
  std::uint32_t generation = 0;
};

// ---- replies ----

// Comes with two fds: the pool and a fresh description of the liveness file; an observer gets the
// pool alone, opened read-only, and no client record (kNoIndex).
struct Welcome {
  std::uint16_t version = kProtocolVersion;  // what both sides speak from here on
  std::uint32_t client = kNoIndex;
  std::uint32_t generation = 0;
  std::uint64_t pool_id = 0;
  std::uint64_t pool_bytes = 0;
  std::uint32_t page_bytes = 0;
};

struct Done {};

struct PublisherCreated {
  std::uint32_t ring = kNoIndex;
  std::uint32_t ring_generation = 0;
  std::uint32_t topic = kNoIndex;
};

struct SubscriberCreated {
  std::uint32_t subscriber = kNoIndex;
  std::uint32_t generation = 0;
  std::uint32_t topic = kNoIndex;
  std::uint32_t waiter = kNoIndex;
};

struct WaiterCreated {
  std::uint32_t waiter = kNoIndex;
  std::uint32_t generation = 0;
};

// The records of its subscriptions name it.
struct PatternCreated {
  std::uint32_t pattern = kNoIndex;
  std::uint32_t generation = 0;
};

// An Error on its way to the client: refusal() and to_error() convert.
struct Refused {
  Errc code = Errc::System;
  std::int32_t system_errno = 0;
  std::string_view text;
};

// The configuration that was read holds from now on. Each text is a list of keys, one a line.
struct Reloaded {
  std::string_view changed;  // from what held before; nothing: it is the same
  std::string_view live;     // of these, topics that go by the former one until nobody uses them
  std::string_view waiting;  // what they say shapes the pool, and the next one will have it
};

// The configuration that was there goes on.
struct ReloadRefused {
  Errc code = Errc::System;  // InvalidConfig: what was read does not hold, or not in this pool
  std::int32_t system_errno = 0;
  std::string_view findings;  // one a line
};

using Request = std::variant<Hello, Ready, CreatePublisher, CreateSubscriber, ClosePublisher,
                             CloseSubscriber, Goodbye, Reload, CreateWaiter, CloseWaiter,
                             OpenDoorbell, CreatePattern, ClosePattern>;
using Reply = std::variant<Welcome, Done, PublisherCreated, SubscriberCreated, Refused, Reloaded,
                           ReloadRefused, WaiterCreated, PatternCreated>;

struct RequestPacket {
  std::uint32_t sequence = 0;
  Request request;
};

struct ReplyPacket {
  std::uint32_t sequence = 0;
  Reply reply;
};

// The packet, written to the front of `buffer`. InvalidArgument: a text is longer than the protocol
// allows or holds control characters, or the buffer is too small (kMaxControlBytes never is).
[[nodiscard]] Result<std::span<const std::byte>> encode_request(const Request& request,
                                                                std::uint32_t sequence,
                                                                std::span<std::byte> buffer);
[[nodiscard]] Result<std::span<const std::byte>> encode_reply(const Reply& reply,
                                                              std::uint32_t sequence,
                                                              std::span<std::byte> buffer);

// What a packet says. ProtocolError tells what is wrong with it, and where.
[[nodiscard]] Result<RequestPacket> decode_request(std::span<const std::byte> packet);
[[nodiscard]] Result<ReplyPacket> decode_reply(std::span<const std::byte> packet);

// The protocol version both sides can speak, or VersionMismatch, which names both ranges.
[[nodiscard]] Result<std::uint16_t> agree_version(const Hello& hello);

// `error` as a reply; its text belongs to `error`.
[[nodiscard]] Refused refusal(const Error& error) noexcept;
[[nodiscard]] Error to_error(const Refused& refused) noexcept;

[[nodiscard]] ControlKind kind_of(const Request& request) noexcept;
[[nodiscard]] ControlKind kind_of(const Reply& reply) noexcept;
// "Hello", for logs and errors; "unknown" for a value that is not one.
[[nodiscard]] std::string_view to_string(ControlKind kind) noexcept;

}  // namespace tarn::wire
