#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/stepper.hpp"
#include "tests/survive/step/aftermath.hpp"
#include "tests/survive/step/scene.hpp"

using namespace tarn;
using namespace tarn::test;
using namespace tarn::test::step;

namespace {

plan::TopicRules fewer(const World& world) {
  plan::TopicRules rules{.defaults = {}, .rules = {world.rule()}};
  rules.rules.front().publishers = kPublishers - 1;
  rules.rules.front().loans = kLoans - 1;
  return rules;
}

// All of the one configuration, or all of the other.
void goes_by_one(World& world, const Verdict& verdict) {
  world.take_a_copy();
  const auto next = world.take_over(verdict);
  verdict.expect(next->options.rules.rules.size() == 1, "the rules are %zu",
                 next->options.rules.rules.size());
  const plan::TopicRule& rule = next->options.rules.rules.front();
  verdict.expect(rule == world.rule() || rule == fewer(world).rules.front(),
                 "a rule is half of one configuration and half of another");
}

}  // namespace

TEST_CASE("a broker may be killed at any instruction of a reload", "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  Walk walk;
  World world({.payload = Payload::Chunk, .victim_dies = false});
  begin(world);
  walk.walk("reload", world, [&] { world.reload(fewer(world)); },
            {{"taken over", succeed}, {"by which rules", goes_by_one}});
  walk.report("reload");
}
