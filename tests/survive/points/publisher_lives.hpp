// The lives of publishers that are killed at every point of them. Run in a child.
#pragma once

#include <sched.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/survive/points/stage.hpp"

namespace tarn::test {

inline constexpr std::uint64_t kVictimMessages = 24;

// By loans and by copies in turn, then one loan too many.
template <typename M>
void publish_steadily(Parent& parent, const Victim& victim) {
  auto node = need(parent, Node::open(victim.domain.node("victim")));
  auto publisher = need(parent, node.publisher<M>(kPointsTopic));
  for (std::uint64_t number = 1; number <= kVictimMessages; ++number) {
    victim.rest();
    if (number % 2 == 0) {
      need(parent, publisher.send(numbered<M>(victim.writer, number)));
      continue;
    }
    auto loan = need(parent, publisher.loan());
    fill(*loan, victim.writer, number);
    need(parent, publisher.publish(std::move(loan)));
  }
  std::vector<Loan<M>> loans;
  for (auto loan = publisher.loan(); loan; loan = publisher.loan())
    loans.push_back(std::move(*loan));
  victim.rest();
}

// Not a whole number of words.
struct Odd {
  std::array<std::uint8_t, 13> bytes;
};
TARN_MESSAGE(Odd, bytes)

// Beside a subscription of its own that takes one message when there is no room for more, or every so often.
template <typename M>
void publish_to_itself(Parent& parent, const Victim& victim) {
  auto node = need(parent, Node::open(victim.domain.node("victim")));
  auto publisher = need(parent, node.publisher<M>(kPointsTopic));
  auto own = need(parent, node.subscriber<M>(kPointsTopic));
  auto odd = need(parent, node.publisher<Odd>("odd"));
  const auto odd_reader = need(parent, node.subscriber<Odd>("odd"));
  for (std::uint64_t number = 1; number <= 2 * kVictimMessages;) {
    victim.rest();
    const auto sent = publisher.send(numbered<M>(victim.writer, number));
    if (sent) ++number;
    if (!sent) {
      parent.check(sent.error().code() == Errc::WouldBlock, "only room is missing");
      // It may be the others who have to make room.
      if (!own.try_take()) ::sched_yield();
    } else if (number % 8 == 0) {
      (void)own.try_take();
      need(parent, odd.send(Odd{}));
    }
  }
}

// Past a reliable reader that does not take, again and again.
template <typename M>
void publish_past_the_slow(Parent& parent, const Victim& victim) {
  auto node = need(parent, Node::open(victim.domain.node("victim")));
  auto publisher = need(parent, node.publisher<M>(kPointsTopic));
  std::uint64_t number = 0;
  for (int round = 0; round < 3; ++round) {
    const auto slow = need(parent, node.subscriber<M>(kPointsTopic));
    for (int i = 0; i < 6; ++i) {
      victim.rest();
      need(parent, publisher.send(numbered<M>(victim.writer, ++number)));
    }
  }
}

}  // namespace tarn::test
