// What happens when a bell is not rung although somebody sleeps: the safety time-out finds the message, and
// says so where every other test looks for it. Nothing but a bug of ours does this, so the test takes the
// bell away: it clears the bit that says who sleeps.
#include <chrono>
#include <cstdint>
#include <thread>

#include <tarn/tarn.hpp>

#include "middleware/pool/pool_mapping.hpp"
#include "middleware/ring/atomics.h"
#include "middleware/ring/ring_layout.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

// A domain with one ring, whose summary this test may write.
class Bells {
 public:
  explicit Bells(const std::string& runtime_directory)
      : mapping_(must(pool::PoolMapping::attach(
            must(platform::open_file(runtime_directory + "/pool", platform::FileAccess::ReadWrite)),
            true))),
        words_(mapping_->view()
                   .record<ring::SummaryLayout>(mapping_->view().geometry().summaries, 0)
                   ->bits) {}

  // relaxed, both: whoever sleeps has announced it long since, or the next round finds it.
  [[nodiscard]] bool somebody_sleeps() const { return tarn_load_relaxed_u64(words_) != 0; }
  void take_away() { (void)tarn_and_relaxed_u64(words_, 0); }

 private:
  std::shared_ptr<pool::PoolMapping> mapping_;
  std::uint64_t* words_;
};

}  // namespace

TEST_CASE("a wake-up that gets lost is made good after a second, and counted", "[process]") {
  TestDomain domain;
  domain.expect_safety_wakeups(1);
  auto node = domain.open("both");
  auto publisher = must(node.publisher<Small>("topic"));
  auto subscriber = must(node.subscriber<Small>("topic"));
  Bells bells(domain.path());
  // A subscriber that is still awake when its bit goes finds the message by itself.
  for (std::uint64_t number = 1; subscriber.counts().safety_wakeups == 0; ++number) {
    REQUIRE(number < 100);
    std::uint64_t found = 0;
    std::thread waiting([&] {
      const auto sample = subscriber.wait_take(kWatchdog);
      if (sample) found = sample->number;
    });
    const bool asleep = wait_until([&] { return bells.somebody_sleeps(); });
    bells.take_away();
    const auto sent = publisher.send(numbered<Small>(1, number));
    waiting.join();
    CHECK(asleep);
    CHECK(sent.has_value());
    CHECK(found == number);
  }
  CHECK(PoolObserver(domain.path()).safety_wakeups() == 1);
}

// Its bits stay set from one sleep to the next, so that one that is lost would be lost for good.
TEST_CASE("a wake-up that gets lost is the only one, with several publishers too", "[process]") {
  TestDomain domain;
  domain.expect_safety_wakeups(1);
  auto node = domain.open("both");
  auto publisher = must(node.publisher<Small>("topic"));
  const auto other = must(node.publisher<Small>("topic"));
  auto subscriber = must(node.subscriber<Small>("topic"));
  Bells bells(domain.path());
  for (std::uint64_t number = 1; number <= 5; ++number) {
    std::uint64_t found = 0;
    std::thread waiting([&] {
      const auto sample = subscriber.wait_take(kWatchdog);
      if (sample) found = sample->number;
    });
    const bool asleep = wait_until([&] { return bells.somebody_sleeps(); });
    // Before the first message only, and until it was the time-out that found it.
    const bool lost = subscriber.counts().safety_wakeups == 0;
    if (lost) {
      bells.take_away();
      number = 1;
    }
    const auto sent = publisher.send(numbered<Small>(1, number));
    waiting.join();
    CHECK(asleep);
    CHECK(sent.has_value());
    CHECK(found == number);
  }
  CHECK(PoolObserver(domain.path()).safety_wakeups() == 1);
}

}  // namespace tarn::test
