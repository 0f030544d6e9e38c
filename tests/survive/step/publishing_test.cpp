#include <chrono>
#include <memory>
#include <string>

#include "middleware/port/publisher_port.hpp"
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

// Far enough to lie down for, and no more.
platform::MonotonicTime soon() { return platform::monotonic_now() + std::chrono::milliseconds(1); }

void step_through(Walk& walk, const char* what, World& world,
                  const std::function<void(Writer&)>& operation) {
  walk.walk(
      name_of(what, world.shape()), world, [&] { operation(world.victim.writers.front()); },
      judges_of_a_client());
}

}  // namespace

TEST_CASE("a publisher may be killed at any instruction of a loan and a publish",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : kPolicies) {
    for (const Payload payload : kPayloads) {
      World world({.overflow = overflow, .payload = payload});
      begin(world);
      step_through(walk, "publish", world,
                   [&](Writer& writer) { (void)world.publish(writer, Verdict()); });
    }
  }
  walk.report("publish");
}

TEST_CASE("a publisher may be killed at any instruction of its first message", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest, Overflow::Block}) {
    // Nobody has joined its ring yet.
    World world({.overflow = overflow, .payload = Payload::Chunk});
    world.put_survivor_to_sleep();
    step_through(walk, "first message", world,
                 [&](Writer& writer) { (void)world.publish(writer, Verdict()); });
  }
  walk.report("first message");
}

TEST_CASE("a publisher may be killed at any instruction of a publish that overwrites or is refused",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest}) {
    for (const Payload payload : {Payload::Inline, Payload::Chunk}) {
      World world({.overflow = overflow, .payload = payload});
      begin(world);
      fill(world, world.victim.writers.front(), kDepth);
      step_through(walk, "full ring", world, [&](Writer& writer) {
        (void)world.publish(writer, Verdict());
        (void)world.publish(writer, Verdict());
      });
    }
  }
  for (const Payload payload : {Payload::Inline, Payload::Chunk}) {
    // Its one slot holds the message before or nothing.
    World world({.overflow = Overflow::DropOldest, .payload = payload, .depth = 1});
    begin(world);
    step_through(walk, "one slot", world,
                 [&](Writer& writer) { (void)world.publish(writer, Verdict()); });
  }
  World rejecting({.overflow = Overflow::Reject, .payload = Payload::Chunk});
  begin(rejecting);
  fill(rejecting, rejecting.victim.writers.front(), kDepth - 1);
  step_through(walk, "no room", rejecting, [&](Writer& writer) {
    if (!writer.port->has_room()) writer.port->count_rejected();
  });
  walk.report("full ring");
}

TEST_CASE("a publisher may be killed at any instruction of a search for chunks",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest}) {
    World world({.overflow = overflow, .payload = Payload::Chunk});
    begin(world);
    // One chunk is left that was never used.
    Writer& writer = world.victim.writers.front();
    fill(world, writer, writer.port->facts().view.chunk_count - 3);
    step_through(walk, "search", world, [&](Writer& of) { fill(world, of, 2); });
  }
  walk.report("search");
}

TEST_CASE("a publisher may be killed at any instruction of a send, and of a loan given back",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest, Overflow::Block}) {
    for (const Payload payload : {Payload::Inline, Payload::Chunk}) {
      World world({.overflow = overflow, .payload = payload});
      begin(world);
      step_through(walk, "send", world, [&](Writer& writer) {
        const auto unused = writer.port->loan();
        if (unused) writer.port->give_back(unused->index);
        world.send(writer, Verdict());
      });
    }
  }
  walk.report("send");
}

TEST_CASE("a publisher may be killed at any instruction of its waits", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  World full({.overflow = Overflow::Block, .payload = Payload::Chunk});
  begin(full);
  fill(full, full.victim.writers.front(), kDepth - 1);
  step_through(walk, "wait for room", full,
               [](Writer& writer) { (void)writer.port->wait_room(soon()); });

  World slow({.overflow = Overflow::Block, .payload = Payload::Chunk, .evicts = true});
  begin(slow);
  fill(slow, slow.victim.writers.front(), kDepth - 1);
  step_through(walk, "evict", slow, [&](Writer& writer) {
    if (writer.port->wait_room(soon()) == port::Waited::Ready) fill(slow, writer, 2);
  });

  World untaken({.overflow = Overflow::Block, .payload = Payload::Inline});
  begin(untaken);
  step_through(walk, "wait until taken", untaken,
               [](Writer& writer) { (void)writer.port->wait_taken(writer.published, soon()); });

  World early({.overflow = Overflow::DropOldest, .payload = Payload::Inline});
  begin(early);
  step_through(walk, "wait for readers", early,
               [](Writer& writer) { (void)writer.port->wait_readers(kReaders, soon()); });
  walk.report("waits of a publisher");
}

TEST_CASE("a publisher may be killed at any instruction of its opening and closing",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : kPolicies) {
    for (const bool alone : {false, true}) {
      World world({.overflow = overflow, .payload = Payload::Chunk, .alone = alone});
      begin(world);
      step_through(walk, "close", world, [](Writer& writer) { writer.port->close(); });
    }
    World world({.overflow = overflow, .payload = Payload::Chunk});
    begin(world);
    Party& victim = world.victim;
    Writer more;
    more.ring = must(world.registry().publishers.create(
        {.client = victim.client, .request = ++victim.requests}, world.publisher_request()));
    victim.writers.push_back(std::move(more));
    step_through(walk, "open", world, [&](Writer&) {
      Writer& writer = victim.writers.back();
      auto port = port::PublisherPort::attach(world.pool(), writer.ring.ring);
      if (!port) std::abort();
      writer.port = std::move(*port);
      fill(world, writer, 1);
    });
  }
  walk.report("open and close");
}
