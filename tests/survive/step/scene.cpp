#include "tests/survive/step/scene.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/survive/step/aftermath.hpp"

namespace tarn::test::step {

namespace {

const char* name_of(plan::Overflow overflow) {
  switch (overflow) {
    case plan::Overflow::DropOldest:
      return "drop_oldest";
    case plan::Overflow::DropNewest:
      return "drop_newest";
    case plan::Overflow::Block:
      return "block";
    case plan::Overflow::Reject:
      return "reject";
  }
  return "?";
}

const char* name_of(Payload payload) {
  if (payload == Payload::Inline) return "inline";
  return payload == Payload::Chunk ? "chunk" : "slice";
}

}  // namespace

std::string name_of(const char* what, const Shape& shape) {
  return std::string(what) + ", " + name_of(shape.overflow) + ", " + name_of(shape.payload);
}

void begin(World& world) {
  const Verdict verdict;
  fill(world, world.victim.writers.front(), 2);
  REQUIRE(world.take(world.survivor.readers.front(), verdict));
  REQUIRE(world.take(world.victim.readers.front(), verdict));
  if (!world.survivor.writers.empty()) fill(world, world.survivor.writers.front(), 1);
  world.put_survivor_to_sleep();
}

void fill(World& world, Writer& writer, std::uint32_t messages) {
  const Verdict verdict;
  for (std::uint32_t i = 0; i < messages; ++i) REQUIRE(world.publish(writer, verdict));
}

void crowd(World& world) {
  world.crowded = true;
  Party& victim = world.victim;
  world.open_writer(world.registry(), victim, Verdict());
  fill(world, victim.writers.back(), 3);
  world.release(world.survivor.readers.front(), Verdict());
  for (Writer& writer : victim.writers) {
    writer.port->close();
    must(world.registry().publishers.close(
        victim.client, {.ring = writer.ring.ring, .ring_generation = writer.ring.ring_generation}));
  }
}

const std::vector<Judge>& judges_of_a_client() {
  static const std::vector<Judge> judges = {{"beside it", go_on_beside},
                                            {"reaped", reap},
                                            {"reaped by the next broker", reap_as_successor}};
  return judges;
}

void step_broker(Walk& walk, const char* what, World& world,
                 const std::function<void()>& operation) {
  static const std::vector<Judge> judges = {{"taken over", succeed}};
  walk.walk(name_of(what, world.shape()), world, operation, judges);
}

void step_to_one_end(Walk& walk, const char* what, World& world,
                     const std::function<void()>& operation) {
  world.share_with_children();
  world.expected = end_without_death(world, operation);
  INFO(world.expected);
  REQUIRE(world.expected.find("clients") != std::string::npos);
  step_broker(walk, what, world, operation);
}

}  // namespace tarn::test::step
