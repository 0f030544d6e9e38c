#include <cstdlib>
#include <functional>
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
using plan::Overflow;

namespace {

// Its ports are left and closed, as a client does before it says so.
void end_ports(Party& party) {
  for (Reader& reader : party.readers) reader.port->leave();
  for (Writer& writer : party.writers) writer.port->close();
}

}  // namespace

TEST_CASE("a broker may be killed at any instruction of a reap", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : kPolicies) {
    World world({.overflow = overflow, .payload = Payload::Chunk});
    begin(world);
    step_to_one_end(walk, "reap", world, [&] {
      world.registry().clients.reap(world.victim.client);
      world.registry().settle();
    });
  }
  walk.report("reap");
}

TEST_CASE("a broker may be killed at any instruction of a client's goodbye", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const bool holds : {false, true}) {
    World world({.overflow = Overflow::DropOldest, .victim_dies = false});
    begin(world);
    if (!holds) world.release(world.victim.readers.front(), Verdict());
    end_ports(world.victim);
    step_to_one_end(walk, holds ? "goodbye with samples" : "goodbye", world, [&] {
      world.registry().clients.goodbye(world.victim.client);
      world.registry().settle();
    });
  }
  walk.report("goodbye");
}

TEST_CASE("a broker may be killed at any instruction of a grant", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const bool dies : {false, true}) {
    for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest, Overflow::Block}) {
      if (dies && overflow != Overflow::DropNewest) continue;
      World world({.overflow = overflow, .victim_dies = dies});
      begin(world);
      const broker::Asker asker{.client = world.victim.client,
                                .request = world.victim.requests + 1};
      step_broker(walk, "publisher", world, [&] {
        (void)world.registry().publishers.create(asker, world.publisher_request());
      });
      World other({.overflow = overflow, .victim_dies = dies});
      begin(other);
      step_broker(walk, "subscriber", other, [&] {
        (void)other.registry().subscribers.create(asker, other.subscriber_request());
      });
    }
  }
  World world({.victim_dies = false});
  begin(world);
  step_broker(walk, "client", world,
              [&] { (void)world.enter(world.registry(), "late", true, Verdict()); });
  walk.report("grants");
}

TEST_CASE("a broker may be killed at any instruction of a close", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest, Overflow::Block}) {
    World world({.overflow = overflow, .victim_dies = false});
    begin(world);
    Writer& writer = world.victim.writers.front();
    writer.port->close();
    step_to_one_end(walk, "publisher", world, [&] {
      (void)world.registry().publishers.close(
          world.victim.client,
          {.ring = writer.ring.ring, .ring_generation = writer.ring.ring_generation});
      world.registry().settle();
    });
    for (const bool holds : {false, true}) {
      World other({.overflow = overflow, .victim_dies = false});
      begin(other);
      Reader& reader = other.victim.readers.front();
      if (!holds) other.release(reader, Verdict());
      reader.port->leave();
      step_broker(walk, holds ? "subscriber with samples" : "subscriber", other, [&] {
        (void)other.registry().subscribers.close(
            other.victim.client,
            {.subscriber = reader.record.subscriber, .generation = reader.record.generation});
        other.registry().settle();
      });
    }
  }
  walk.report("closes");
}

TEST_CASE("a broker may be killed at any instruction of freeing an orphan", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest}) {
    World world({.overflow = overflow});
    begin(world);
    const Verdict verdict;
    world.registry().clients.reap(world.victim.client);
    Reader& reader = world.survivor.readers.front();
    do {
      world.release(reader, verdict);
    } while (world.take(reader, verdict));
    step_to_one_end(walk, "drained", world, [&] { world.registry().settle(); });
  }
  walk.report("orphans");
}

TEST_CASE("a broker may be killed at any instruction of forcing an orphan out", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow : {Overflow::DropOldest, Overflow::DropNewest, Overflow::Block}) {
    for (const bool joined : {false, true}) {
      World world({.overflow = overflow, .victim_dies = false});
      const Verdict verdict;
      begin(world);
      Reader& reader = world.survivor.readers.front();
      crowd(world);
      if (joined) REQUIRE(world.take(reader, verdict));
      const broker::Asker asker{.client = world.victim.client,
                                .request = world.victim.requests + 1};
      step_broker(walk, joined ? "force, joined" : "force, not joined", world, [&] {
        (void)world.registry().publishers.create(asker, world.publisher_request());
      });
    }
  }
  walk.report("orphans forced out");
}

TEST_CASE("a broker may be killed at any instruction of taking over", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const bool dies : {false, true}) {
    // Much of the same.
    if (!dies && std::getenv("TARN_SOAK") == nullptr) continue;
    World world({.overflow = Overflow::DropNewest, .victim_dies = dies});
    begin(world);
    step_to_one_end(walk, dies ? "with a death" : "with everybody", world,
                    [&] { (void)world.take_over(Verdict()).release(); });
  }
  walk.report("taking over");
}
