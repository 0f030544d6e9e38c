// The lives of readers that are killed at every point of them. Run in a child.
#pragma once

#include <sched.h>

#include <array>
#include <cstdint>
#include <string_view>

#include <tarn/tarn.hpp>

#include "tests/survive/points/stage.hpp"

namespace tarn::test {

inline constexpr std::uint64_t kVictimTakes = 40;

// Sleeps for each message, holds two, and leaves with both.
template <typename M>
void take_steadily(Parent& parent, const Victim& victim) {
  auto node = need(parent, Node::open(victim.domain.node("victim")));
  auto subscriber = need(parent, node.subscriber<M>(kPointsTopic, {.history = 1}));
  std::array<Sample<M>, 2> held;
  for (std::uint64_t taken = 0; taken < kVictimTakes; ++taken) {
    Sample<M>& place = held[taken % 2];
    if (place) parent.check(is_intact(*place), "what is held stays as it was");
    place.release();
    place = subscriber.wait_take(kWatchdog);
    parent.check(place && is_intact(*place), "a message comes, whole");
  }
}

// Looks at the latest, goes back, takes again.
template <typename M>
void take_here_and_there(Parent& parent, const Victim& victim) {
  auto node = need(parent, Node::open(victim.domain.node("victim")));
  auto subscriber = need(parent, node.subscriber<M>(kPointsTopic));
  for (std::uint64_t round = 0; round < kVictimTakes / 2; ++round) {
    const auto sample = subscriber.wait_take(kWatchdog);
    parent.check(sample && is_intact(*sample), "a message comes, whole");
    const auto latest = subscriber.read_latest();
    parent.check(!latest || is_intact(*latest), "the latest is whole");
    if (latest) (void)subscriber.seek(latest.publisher(), latest.sequence());
    (void)subscriber.status();
  }
}

// By a set that an event wakes, too, and that others wait for by its fd.
template <typename M>
void wait_for_sets(Parent& parent, const Victim& victim) {
  auto node = need(parent, Node::open(victim.domain.node("victim")));
  auto subscriber = need(parent, node.subscriber<M>(kPointsTopic));
  auto other = need(parent, node.subscriber<M>("other"));
  auto set = need(parent, node.wait_set());
  need(parent, set.attach(subscriber));
  need(parent, set.attach(other));
  auto event = need(parent, set.add_event());
  for (std::uint64_t round = 0; round < kVictimTakes / 2; ++round) {
    if (round % 4 == 3) event.trigger();
    need(parent, set.wait(kWatchdog));
    while (const auto sample = subscriber.try_take()) {
      parent.check(is_intact(*sample), "a message is whole");
      if (round % 4 == 1) break;
    }
  }
  (void)need(parent, set.fd());
  for (int i = 0; i < 6; ++i) {
    if (i % 2 == 1) event.trigger();
    need(parent, set.wait(kWatchdog));
  }
  auto by_fd = need(parent, node.subscriber<M>(kPointsTopic));
  (void)need(parent, by_fd.fd());
  for (int i = 0; i < 8; ++i) (void)by_fd.try_take();
}

// One topic stays; another comes and goes, and each time its subscription ends.
template <typename M>
void take_by_pattern(Parent& parent, const Victim& victim) {
  auto node = need(parent, Node::open(victim.domain.node("victim")));
  auto pattern = need(parent, node.wildcard_subscriber<M>("*"));
  const auto take = [&] {
    const auto sample = pattern.wait_take(kWatchdog);
    parent.check(sample && is_intact(*sample), "a message comes, whole");
  };
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) take();
    {
      auto passing = need(parent, node.publisher<M>("passing"));
      need(parent, passing.send(numbered<M>(victim.writer, 1)));
      while (pattern.topic_count() < 2) take();
    }
    while (pattern.topic_count() > 1) take();
  }
}

// Where the publisher is to come round between the pin and the look whether it holds: asks for that, and
// waits for it. The words are the test's.
inline SharedWord* lap_asked = nullptr;
inline SharedWord* lap_done = nullptr;

inline void be_lapped(const observed::Site& site) {
  static std::uint64_t claims = 0;
  if (site.access != observed::Access::Store) return;
  if (std::string_view(site.function) != "tarn_pin_claim" || ++claims % 2 != 0) return;
  lap_asked->store(lap_asked->load() + 1);
  while (lap_done->load() != lap_asked->load()) ::sched_yield();
}

template <typename M>
void take_lapped(Parent& parent, const Victim& victim) {
  Points::before_each(be_lapped);
  take_steadily<M>(parent, victim);
}

}  // namespace tarn::test
