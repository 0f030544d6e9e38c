#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/stepper.hpp"
#include "tests/survive/step/aftermath.hpp"
#include "tests/survive/step/walk.hpp"

using namespace tarn;
using namespace tarn::test;
using namespace tarn::test::step;
using plan::Overflow;

namespace {

const std::vector<Judge> kKilled = {{"the others beside it", go_on_beside},
                                    {"reaped", reap},
                                    {"reaped by the next broker", reap_as_successor}};

const char* name_of(Overflow overflow) {
  switch (overflow) {
    case Overflow::DropOldest:
      return "drop_oldest";
    case Overflow::DropNewest:
      return "drop_newest";
    case Overflow::Block:
      return "block";
    case Overflow::Reject:
      return "reject";
  }
  return "?";
}

const char* name_of(Payload payload) {
  return payload == Payload::Inline ? "inline" : payload == Payload::Chunk ? "chunk" : "slice";
}

std::string name_of(const char* what, const Shape& shape) {
  return std::string(what) + ", " + name_of(shape.overflow) + ", " + name_of(shape.payload);
}

// Some messages are under way, one sample of each is held.
void begin(World& world) {
  const Verdict verdict;
  Writer& mine = world.victim.writers.front();
  REQUIRE(world.publish(mine, verdict));
  REQUIRE(world.publish(mine, verdict));
  REQUIRE(world.take(world.survivor.readers.front(), verdict));
  REQUIRE(world.take(world.victim.readers.front(), verdict));
  if (!world.survivor.writers.empty()) {
    REQUIRE(world.publish(world.survivor.writers.front(), verdict));
  }
}

}  // namespace

TEST_CASE("a publisher may be killed at any instruction of a loan and a publish",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  for (const Overflow overflow :
       {Overflow::DropOldest, Overflow::DropNewest, Overflow::Block, Overflow::Reject}) {
    for (const Payload payload : {Payload::Inline, Payload::Chunk, Payload::Slice}) {
      World world({.overflow = overflow, .payload = payload});
      begin(world);
      walk.walk(
          name_of("publish", world.shape()), world,
          [&] { (void)world.publish(world.victim.writers.front(), Verdict()); }, kKilled);
    }
  }
  walk.report("publish");
}
