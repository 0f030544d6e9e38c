// Blocking and non-blocking send and receive, all four combinations, and the rendezvous. The text is
// docs/semantics.md, which quotes these lines.
//
//   TARN_CONFIG=examples/semantics/tarn.yaml four_ways
#include <chrono>
#include <cstdint>
#include <iostream>
#include <thread>
#include <utility>

#include <tarn/tarn.hpp>

#include "examples/semantics/say.hpp"

using namespace std::chrono_literals;
using examples::say;

namespace {

struct Job {
  std::uint32_t number;
};
TARN_MESSAGE(Job, number)

using Sender = tarn::Publisher<Job>;
using Receiver = tarn::Subscriber<Job>;

void both_wait(Sender& publisher, Receiver& subscriber) {
  std::thread sending([&] {
    // Two jobs fit into the queue; each one more sleeps until a take has made room for it.
    for (std::uint32_t number = 1; number <= 100; ++number) {
      publisher.send({.number = number}).value();
    }
  });
  std::uint32_t last = 0;
  while (last < 100) last = subscriber.wait_take(1s)->number;  // sleeps until there is one
  sending.join();
  say(subscriber.counts().lost() == 0, "whoever is faster sleeps, and nothing is lost");
}

void neither_waits(Sender& publisher, Receiver& subscriber) {
  say(!subscriber.try_take(), "an empty queue answers at once");
  publisher.send({.number = 1}, {.timeout = 0s}).value();
  publisher.send({.number = 2}, {.timeout = 0s}).value();
  const auto refused = publisher.send({.number = 3}, {.timeout = 0s});  // no room, no sleep
  say(!refused && refused.error().code() == tarn::Errc::WouldBlock, "a full queue does, too");
  say(subscriber.try_take() && subscriber.try_take(), "and keeps what it has");
}

void only_the_receiver_waits(Sender& publisher, Receiver& subscriber) {
  auto loan = publisher.loan().value();
  loan->number = 7;
  publisher.publish(std::move(loan), {.timeout = 0s}).value();  // WouldBlock would keep the loan
  say(subscriber.wait_take(1s)->number == 7, "who waits for a job gets it");
  say(!subscriber.wait_take(10ms), "or nothing, in the end");
}

void only_the_sender_waits(Sender& publisher, Receiver& subscriber) {
  publisher.send({.number = 1}).value();
  publisher.send({.number = 2}).value();
  const auto late = publisher.send({.number = 3}, {.timeout = 10ms});
  say(!late && late.error().code() == tarn::Errc::TimedOut, "no send waits longer than it may");
  while (subscriber.try_take()) {
  }
}

void rendezvous(Sender& publisher, Receiver& subscriber) {
  std::thread receiving([&] { (void)subscriber.wait_take(1s); });
  auto loan = publisher.loan().value();
  loan->number = 1;
  // Returns when every reliable subscriber has taken it: a queue without places.
  const auto met = publisher.publish_and_wait(std::move(loan), 1s);
  receiving.join();
  say(met.has_value(), "both were there");
}

}  // namespace

int main() {
  try {
    auto node = tarn::Node::open({.name = "four_ways"}).value();
    auto publisher = node.publisher<Job>("orders").value();
    auto subscriber = node.subscriber<Job>("orders").value();
    both_wait(publisher, subscriber);
    neither_waits(publisher, subscriber);
    only_the_receiver_waits(publisher, subscriber);
    only_the_sender_waits(publisher, subscriber);
    rendezvous(publisher, subscriber);
    return 0;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "four_ways: " << failure.error().message() << '\n';
    return 1;
  }
}
