#include <string>
#include <vector>

#include "middleware/port/subscriber_port.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/stepper.hpp"
#include "tests/survive/step/scene.hpp"

using namespace tarn;
using namespace tarn::test;
using namespace tarn::test::step;

namespace {

constexpr Shape kShape{.payload = Payload::Inline, .victim_dies = false};

broker::Asker next_of(Party& party) {
  return {.client = party.client, .request = ++party.requests};
}

wire::CreatePattern request_for(const World& world, const wire::WaiterCreated& waiter) {
  return {.pattern = "*",
          .type = world.subscriber_request().type,
          .waiter = waiter.waiter,
          .waiter_generation = waiter.generation};
}

// The victim waits for many, and has a pattern that reads the topic.
struct Watching {
  explicit Watching(World& world)
      : waiter(must(world.registry().waiters.create(next_of(world.victim)))),
        pattern(must(
            world.registry().patterns.create(next_of(world.victim), request_for(world, waiter)))) {}

  wire::WaiterCreated waiter;
  wire::PatternCreated pattern;
};

}  // namespace

TEST_CASE("a broker may be killed at any instruction of what it does for patterns and waiters",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  const auto unanswered = [](World& world) {
    return broker::Asker{.client = world.victim.client, .request = world.victim.requests + 1};
  };
  {
    World world(kShape);
    begin(world);
    const auto waiter = must(world.registry().waiters.create(next_of(world.victim)));
    step_broker(walk, "a pattern", world, [&] {
      (void)world.registry().patterns.create(unanswered(world), request_for(world, waiter));
    });
  }
  {
    World world(kShape);
    begin(world);
    step_broker(walk, "a waiter", world,
                [&] { (void)world.registry().waiters.create(unanswered(world)); });
  }
  {
    World world(kShape);
    begin(world);
    const Watching watching(world);
    step_to_one_end(walk, "a pattern and its waiter are closed", world, [&] {
      (void)world.registry().patterns.close(
          world.victim.client,
          {.pattern = watching.pattern.pattern, .generation = watching.pattern.generation});
      world.registry().settle();
      (void)world.registry().waiters.close(
          world.victim.client,
          {.waiter = watching.waiter.waiter, .generation = watching.waiter.generation});
    });
  }
  walk.report("patterns and waiters");
}

TEST_CASE("a broker may be killed at any instruction of a ring that comes for a pattern",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  World world(kShape);
  begin(world);
  const Watching watching(world);
  const broker::Asker asker{.client = world.victim.client, .request = world.victim.requests + 1};
  step_broker(walk, "a ring for a pattern", world,
              [&] { (void)world.registry().publishers.create(asker, world.publisher_request()); });
  walk.report("rings for patterns");
}

TEST_CASE("a broker may be killed at any instruction of the end of a client with a pattern",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  {
    World world(kShape);
    begin(world);
    const Watching watching(world);
    step_to_one_end(walk, "goodbye with a pattern", world, [&] {
      world.registry().clients.goodbye(world.victim.client);
      world.registry().settle();
    });
  }
  {
    Shape shape = kShape;
    shape.victim_dies = true;
    World world(shape);
    begin(world);
    const Watching watching(world);
    step_to_one_end(walk, "reap with a pattern", world, [&] {
      world.registry().clients.reap(world.victim.client);
      world.registry().settle();
    });
  }
  walk.report("ends with patterns");
}

// A pattern's subscription that its reader uses no longer: its one ring was read to the end, and is gone.
void end_subscription(World& world, const Watching& watching) {
  const Verdict verdict;
  const auto& subscribers = world.pool().geometry().subscribers;
  std::uint32_t index = 0;
  const auto record = [&] {
    return world.pool().record<directory::SubscriberRecordLayout>(subscribers, index);
  };
  while (record()->pattern != watching.pattern.pattern + 1) REQUIRE(++index < subscribers.count);
  Reader of_pattern;
  of_pattern.from_first = false;
  of_pattern.port = must(port::SubscriberPort::attach(world.mapping(), index));
  Writer& writer = world.victim.writers.front();
  writer.port->close();
  must(world.registry().publishers.close(
      world.victim.client,
      {.ring = writer.ring.ring, .ring_generation = writer.ring.ring_generation}));
  for (Reader* reader :
       {&of_pattern, &world.survivor.readers.front(), &world.victim.readers.front()}) {
    while (world.take(*reader, verdict)) {
    }
  }
  world.registry().settle();
  REQUIRE(of_pattern.port->is_over());
  of_pattern.port->leave();
  REQUIRE(of_pattern.port->end(directory::record_generation(record()->state)));
}

TEST_CASE("a broker may be killed at any instruction of what it does when a pattern's reader ends",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  Shape shape = kShape;
  shape.alone = true;
  {
    World world(shape);
    begin(world);
    const Watching watching(world);
    end_subscription(world, watching);
    step_to_one_end(walk, "end one", world, [&] { world.registry().settle(); });
  }
  {
    World world(shape);
    begin(world);
    const Watching watching(world);
    end_subscription(world, watching);
    const broker::Asker asker{.client = world.victim.client, .request = world.victim.requests + 1};
    // Its topic has a ring again.
    step_broker(walk, "give one back", world, [&] {
      (void)world.registry().publishers.create(asker, world.publisher_request());
    });
  }
  walk.report("ends of a pattern's reader");
}

TEST_CASE("a broker may be killed at any instruction of taking back what was not answered",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  World world(kShape);
  begin(world);
  Party& victim = world.victim;
  broker::Registry& registry = world.registry();
  const std::uint32_t answered = victim.requests;
  Party asking;
  asking.client = victim.client;
  asking.requests = answered;
  must(registry.publishers.create(next_of(asking), world.publisher_request()));
  must(registry.waiters.create(next_of(asking)));
  const auto waiter = must(registry.waiters.create(next_of(asking)));
  must(registry.patterns.create(next_of(asking), request_for(world, waiter)));
  step_to_one_end(walk, "resume", world, [&] {
    registry.publishers.close_unanswered(victim.client, answered);
    registry.subscribers.close_unanswered(victim.client, answered);
    registry.patterns.close_unanswered(victim.client, answered);
    registry.waiters.close_unanswered(victim.client, answered);
    registry.settle();
  });
  walk.report("what was not answered");
}
