#include <cstdint>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/stepper.hpp"
#include "tests/survive/step/scene.hpp"

using namespace tarn;
using namespace tarn::test;
using namespace tarn::test::step;
using plan::Overflow;

namespace {

// More stores to the pool than any one request makes would hardly be hit.
constexpr std::uint32_t kMostStores = 60;

std::uint32_t rounds() { return std::getenv("TARN_SOAK") == nullptr ? 1 : 40; }

// Runs the operation in a child that is killed after so many changes of the pool, or at its end.
void cut_short(const World& world, const std::function<void()>& operation, std::uint32_t changes) {
  world.share_with_children();
  LastLook look(world.pool());
  Stepper stepper(operation);
  while (changes > 0 && stepper.step()) changes -= look.changed() ? 1 : 0;
}

}  // namespace

TEST_CASE("a broker may be killed while it takes over from one that was killed",
          "[survive][step]") {
  if (const auto why = why_no_steps(); !why.empty()) return skip(why);
  std::mt19937 random(seed());
  Walk walk;
  for (std::uint32_t round = 0; round < rounds(); ++round) {
    World reaped({.overflow = kPolicies[random() % 4]});
    begin(reaped);
    cut_short(
        reaped, [&] { reaped.registry().clients.reap(reaped.victim.client); },
        static_cast<std::uint32_t>(random() % kMostStores));
    step_broker(walk, "half a reap", reaped, [&] { (void)reaped.take_over(Verdict()).release(); });

    World granted({.overflow = kPolicies[random() % 4], .victim_dies = random() % 2 == 0});
    begin(granted);
    crowd(granted);
    const broker::Asker asker{.client = granted.victim.client,
                              .request = granted.victim.requests + 1};
    cut_short(
        granted,
        [&] { (void)granted.registry().publishers.create(asker, granted.publisher_request()); },
        static_cast<std::uint32_t>(random() % kMostStores));
    step_broker(walk, "half a grant", granted,
                [&] { (void)granted.take_over(Verdict()).release(); });
  }
  walk.report("double faults");
}
