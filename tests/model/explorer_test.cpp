// What the explorer reports besides values: data races, sleepers that nobody wakes, broken claims.
#include "platform/futex.hpp"
#include "tests/model/litmus.hpp"
#include "tests/support/catch.hpp"

using tarn::model::Findings;
using tarn::test::Litmus;

namespace {

void sleep_while_nothing_came(Litmus& l, bool look_after_announcing) {
  while (tarn_load_acquire_u64(&l.x) == 0) {
    const std::uint32_t bell = tarn_load_acquire_u32(&l.bell);
    tarn_store_release_u64(&l.y, 1);
    tarn_fence_full();
    if (look_after_announcing && tarn_load_acquire_u64(&l.x) != 0) return;
    (void)tarn::platform::futex_wait(&l.bell, bell, tarn::platform::kForever);
  }
}

void publish_and_wake(Litmus& l) {
  tarn_store_release_u64(&l.x, 1);
  tarn_fence_full();
  if (tarn_load_acquire_u64(&l.y) == 0) return;
  tarn_add_release_u32(&l.bell, 1);
  tarn::platform::futex_wake(&l.bell, 1);
}

}  // namespace

TEST_CASE("accesses that nothing orders are a data race", "[model]") {
  const auto pass = [](bool release, bool acquire) {
    return Litmus({[=](Litmus& l) {
                     tarn::model::plain_write(&l.payload, 7);
                     release ? tarn_store_release_u64(&l.x, 1) : tarn_store_relaxed_u64(&l.x, 1);
                   },
                   [=](Litmus& l) {
                     const auto flag =
                         acquire ? tarn_load_acquire_u64(&l.x) : tarn_load_relaxed_u64(&l.x);
                     if (flag == 1) l.r[0] = tarn::model::plain_read(&l.payload);
                   }})
        .explore();
  };
  CHECK_FALSE(pass(true, true).violated);
  for (const auto& [release, acquire] : {std::pair{true, false}, {false, true}, {false, false}}) {
    const Findings findings = pass(release, acquire);
    CHECK(findings.violated);
    CHECK(findings.why == "data race on payload between thread 2 and thread 1");
    CHECK_THAT(findings.trace, tarn::test::contains_text("write payload: 7"));
  }
}

TEST_CASE("full fences alone do not make one access happen before another", "[model]") {
  CHECK(Litmus({[](Litmus& l) {
                  tarn::model::plain_write(&l.payload, 7);
                  tarn_fence_full();
                },
                [](Litmus& l) {
                  tarn_fence_full();
                  l.r[0] = tarn::model::plain_read(&l.payload);
                }})
            .explore()
            .violated);
}

TEST_CASE("a thread that sleeps for ever is found", "[model]") {
  SECTION("when it sleeps without a last look") {
    const Findings findings =
        Litmus({[](Litmus& l) { sleep_while_nothing_came(l, false); }, publish_and_wake}).explore();
    CHECK(findings.violated);
    CHECK(findings.why == "thread 1 sleeps, and nobody is left to wake it");
  }
  SECTION("but one that looks once more never does") {
    const Findings findings =
        Litmus({[](Litmus& l) { sleep_while_nothing_came(l, true); }, publish_and_wake}).explore();
    CHECK(findings.complete);
    CHECK_FALSE(findings.violated);
  }
}

TEST_CASE("a broken claim comes with what led to it", "[model]") {
  const Findings findings =
      Litmus(
          {[](Litmus& l) { tarn_store_relaxed_u64(&l.x, 5); },
           [](Litmus& l) { tarn::model::expect(tarn_load_relaxed_u64(&l.x) == 0, "x stays 0"); }})
          .explore();
  CHECK(findings.violated);
  CHECK(findings.why == "x stays 0");
  CHECK_THAT(findings.trace, tarn::test::contains_text("store x: 5, relaxed"));
  CHECK_THAT(findings.trace, tarn::test::contains_text("load x = 5, relaxed, of thread 1"));
}

TEST_CASE("a loop that waits by looking is reported, not followed for ever", "[model]") {
  const Findings findings = Litmus({[](Litmus& l) {
                              while (tarn_load_relaxed_u64(&l.x) == 0) {
                              }
                            }}).explore();
  CHECK(findings.violated);
  CHECK(findings.why == "an execution does not come to an end");
}
