#include <string>
#include <vector>

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
