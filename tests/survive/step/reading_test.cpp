#include <chrono>
#include <cstdlib>
#include <string>

#include "middleware/port/subscriber_port.hpp"
#include "middleware/ring/protocol.h"
#include "platform/clock.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/stepper.hpp"
#include "tests/survive/step/scene.hpp"

using namespace tarn;
using namespace tarn::test;
using namespace tarn::test::step;
using plan::Overflow;

namespace {

void step_through(Walk& walk, const char* what, World& world,
                  const std::function<void(Reader&)>& operation) {
  walk.walk(
      name_of(what, world.shape()), world, [&] { operation(world.victim.readers.front()); },
      judges_of_a_client());
}

// As World::take(), without a look at the message: that would be most of the instructions.
bool take_one(Reader& reader) {
  alignas(8) std::byte copy[320];
  tarn::detail::TakenSample taken;
  reader.port->try_take(taken, copy);
  if (taken.outcome != TakeOutcome::Taken) return false;
  if (taken.pin != nullptr) reader.held.push_back({.pin = taken.pin});
  return true;
}

void release_all(Reader& reader) {
  for (const Held& sample : reader.held) tarn_pin_release(sample.pin);
  reader.held.clear();
}

// How often the victim's reader lay down and got up, each counted.
std::uint64_t sleeps(const World& world) {
  const auto& pool = world.pool();
  const auto* const record = pool.record<directory::WaiterRecordLayout>(
      pool.geometry().waiters, world.victim.readers.front().record.waiter);
  return tarn_sleep_look(&pool.line<ring::WaiterLayout>(record->line)->sleep);
}

}  // namespace

TEST_CASE("a subscriber may be killed at any instruction of a take and a release",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : kPolicies) {
    for (const Payload payload : kPayloads) {
      World world({.overflow = overflow, .payload = payload});
      begin(world);
      step_through(walk, "take and release", world, [](Reader& reader) {
        take_one(reader);
        release_all(reader);
        take_one(reader);
      });
    }
  }
  walk.report("take and release");
}

TEST_CASE("a subscriber may be killed at any instruction of a take that has fallen behind",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest}) {
    World world({.overflow = overflow, .payload = Payload::Chunk});
    begin(world);
    fill(world, world.survivor.writers.front(), 2 * kDepth);
    fill(world, world.victim.writers.front(), 2 * kDepth);
    step_through(walk, "lapped", world, take_one);
  }
  for (const Payload payload : {Payload::Inline, Payload::Chunk}) {
    World world({.overflow = Overflow::DropOldest, .payload = payload});
    begin(world);
    fill(world, world.survivor.writers.front(), 2);
    step_through(walk, "read the latest", world, [](Reader& reader) {
      alignas(8) std::byte copy[320];
      tarn::detail::TakenSample taken;
      reader.port->read_latest(taken, copy);
      if (taken.pin != nullptr) tarn_pin_release(taken.pin);
    });
  }
  walk.report("fallen behind");
}

TEST_CASE("a subscriber may be killed at any instruction of a wait", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const bool alone : {false, true}) {
    for (const Overflow overflow : {Overflow::DropOldest, Overflow::Block}) {
      World world({.overflow = overflow, .payload = Payload::Inline, .alone = alone});
      begin(world);
      step_through(walk, "wait", world, [](Reader& reader) {
        while (take_one(reader)) {
        }
        alignas(8) std::byte copy[320];
        tarn::detail::TakenSample taken;
        reader.port->wait_take(taken, copy,
                               platform::monotonic_now() + std::chrono::milliseconds(300));
      });
      REQUIRE(sleeps(world) == 2);
    }
  }
  walk.report("waits of a subscriber");
}

TEST_CASE("a subscriber may be killed at any instruction of following rings that come and go",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : kPolicies) {
    World world({.overflow = overflow, .payload = Payload::Chunk});
    begin(world);
    world.open_writer(world.registry(), world.survivor, Verdict());
    fill(world, world.survivor.writers.back(), 1);
    step_through(walk, "a ring comes", world, take_one);
  }
  for (const Overflow overflow : kPolicies) {
    World world({.overflow = overflow, .payload = Payload::Chunk});
    world.open_writer(world.registry(), world.survivor, Verdict());
    begin(world);
    fill(world, world.survivor.writers.back(), 1);
    world.release(world.victim.readers.front(), Verdict());
    REQUIRE(world.take(world.victim.readers.front(), Verdict()));
    world.close_writer(world.registry(), 1, Verdict());
    step_through(walk, "a ring goes", world, [](Reader& reader) {
      while (take_one(reader)) release_all(reader);
    });
  }
  walk.report("rings that come and go");
}

TEST_CASE("a subscriber may be killed at any instruction of making way for a ring",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  const Verdict verdict;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest, Overflow::Block}) {
    World world({.overflow = overflow, .payload = Payload::Chunk});
    Reader* const readers[] = {&world.survivor.readers.front(), &world.victim.readers.front()};
    begin(world);
    for (int round = 0; round < 2; ++round) {
      world.open_writer(world.registry(), world.survivor, verdict);
      fill(world, world.survivor.writers.back(), 2);
      for (Reader* reader : readers) {
        world.release(*reader, verdict);
        REQUIRE(world.take(*reader, verdict));
      }
      world.close_writer(world.registry(), 1, verdict);
    }
    for (Reader* reader : readers) world.release(*reader, verdict);
    // One orphan more than the topic keeps, and both are being read: the next publisher has to come again.
    world.crowded = true;
    REQUIRE(!world.registry().publishers.create({.client = world.survivor.client},
                                                world.publisher_request()));
    step_through(walk, "make way", world, [](Reader& reader) {
      while (take_one(reader)) release_all(reader);
    });
  }
  walk.report("making way");
}

TEST_CASE("a subscriber may be killed at any instruction of its attaching and leaving",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : kPolicies) {
    World leaving({.overflow = overflow, .payload = Payload::Chunk});
    begin(leaving);
    step_through(walk, "leave", leaving, [](Reader& reader) { reader.port->leave(); });

    World world({.overflow = overflow, .payload = Payload::Chunk});
    begin(world);
    Party& victim = world.victim;
    Reader more;
    more.record = must(world.registry().subscribers.create(
        {.client = victim.client, .request = ++victim.requests}, world.subscriber_request()));
    more.from_first = false;
    victim.readers.push_back(std::move(more));
    step_through(walk, "attach", world, [&](Reader&) {
      Reader& reader = victim.readers.back();
      auto port = port::SubscriberPort::attach(world.mapping(), reader.record.subscriber);
      if (!port) std::abort();
      reader.port = std::move(*port);
      take_one(reader);
    });
  }
  walk.report("attach and leave");
}
