// What can be asked for when a node, a publisher or a subscriber is created. Zero or empty always means
// "what the configuration says"; a program may ask for less than its topic gives, never for more, and
// is told both numbers if it does. And what both ends of a topic tell of each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn {

// Who may be the broker of a node's domain.
enum class BrokerUse : std::uint8_t {
  Auto,      // whoever has the role; if nobody, this process, on a thread named tarn-broker
  External,  // another process; NoBroker if there is none
};

// For Node::open.
struct NodeOptions {
  std::string name;                 // 1-63 printable bytes; shown by the tools
  std::string domain = "default";   // 1-32 of [a-z0-9_-]
  std::string runtime_directory{};  // of the domain; empty: looked for as the manual describes
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);  // for every answer of the broker
  BrokerUse broker = BrokerUse::Auto;  // programs that link tarn::client alone act as External
  // Gets what the broker has to say if this node's process is it, a line at a time, from the broker's
  // thread: who died, why a connection was turned away, which configuration waits.
  void (*broker_log)(std::string_view line) = nullptr;
  std::uint64_t pool_bytes = 0;  // of the pool this node makes if it makes one; 0: as configured
};

// For Node::publisher.
struct PublisherOptions {
  std::string name{};       // shown by the tools; empty: the node's name
  std::uint32_t loans = 0;  // loans out at once, 1..topic's loans
  // Of a Slice: the most elements of one message. 0: as many as the topic's `size` has room for; needed
  // where the configuration gives the topic none. Other messages have one element.
  std::uint32_t max_elements = 0;
  // The device that the messages come from, for who passes them on from there; 0: this one. Shown by
  // PublisherIdentity.
  std::uint64_t origin = 0;
};

// Whether a publisher waits for a subscription, or goes on without it.
enum class Reliability : std::uint8_t {
  AsTopic,     // reliable where the topic blocks or rejects, best effort where it drops
  BestEffort,  // loses what it is too slow for, and knows how much
  Reliable,    // gets everything; NotReliable where the topic drops
};

// For Node::subscriber.
struct SubscriberOptions {
  std::uint32_t history = 0;  // earlier messages wanted at the start, 0..topic's history
  // Keep at most this many waiting, 1..topic's depth. Of no effect on a reliable one, which keeps all.
  std::uint32_t depth = 0;
  std::uint32_t held = 0;  // samples held at once, 1..topic's held
  Reliability reliability = Reliability::AsTopic;
};

// What an end of a topic has seen of the other ends: of its subscriptions, if it is a publisher, of its
// publishers, if it is a subscriber. The totals count from when it was made and only grow, and miss
// nobody, however rarely they are looked at: what happened is the difference of two of them.
// peers == matched - unmatched - peers_gone.
struct EndpointStatus {
  std::uint64_t matched = 0;      // peers that came, or were there at its start
  std::uint64_t unmatched = 0;    // peers that closed
  std::uint64_t peers_gone = 0;   // peers whose process died
  std::uint64_t evicted = 0;      // times that a reliable subscription was demoted to best effort
  std::uint64_t broker_gone = 0;  // times that the domain lost its broker
  std::uint32_t peers = 0;        // there now
  bool broker_there = false;      // the domain has a broker now

  friend bool operator==(const EndpointStatus&, const EndpointStatus&) = default;
};

}  // namespace tarn
