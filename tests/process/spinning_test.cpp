// Waits that look around before they sleep: who answers at once rings nobody.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include <tarn/tarn.hpp>

#include "platform/cpu.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr std::uint64_t kTrips = 200;

// Two threads that send one message to and fro.
class PingPong {
 public:
  explicit PingPong(const TestDomain& domain)
      : node_(domain.open("ping")),
        ping_(must(node_.publisher<Small>("ping"))),
        back_(must(node_.subscriber<Small>("pong"))),
        pong_(must(node_.publisher<Small>("pong"))),
        there_(must(node_.subscriber<Small>("ping"))),
        echo_([this] { echo(); }) {}
  ~PingPong() {
    (void)ping_.send(Small{});  // number 0 is the end
    echo_.join();
  }

  // How often the echo had to be rung in so many trips.
  std::uint64_t trips(std::uint64_t count) {
    std::uint64_t woken = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      woken += must(ping_.send(numbered<Small>(1, ++number_))).woken;
      if (!back_.wait_take(kPatience)) return kTrips;
    }
    return woken;
  }
  [[nodiscard]] std::uint64_t safety_wakeups() const { return back_.counts().safety_wakeups; }

 private:
  void echo() {
    // Beside each other they would take the processor from each other.
    (void)platform::pin_thread_to_cpu(must(platform::allowed_cpus()).back());
    for (;;) {
      const auto sample = there_.wait_take(kPatience);
      if (!sample || sample->number == 0) return;
      (void)pong_.send(*sample);
    }
  }

  Node node_;
  Publisher<Small> ping_;
  Subscriber<Small> back_;
  Publisher<Small> pong_;
  Subscriber<Small> there_;
  std::uint64_t number_ = 0;
  std::thread echo_;
};

}  // namespace

TEST_CASE("a reader that spins is not rung", "[process][spin]") {
  if (platform::online_cpu_count() < 2) return skip("a second processor is needed to spin");
  const TestDomain domain;
  std::uint64_t fewest = kTrips;
  std::uint64_t safety_wakeups = 0;
  std::thread thread([&] {
    PingPong game(domain);
    (void)platform::pin_thread_to_cpu(must(platform::allowed_cpus()).front());
    // Others may need the processors at any time; not for ever.
    (void)wait_until([&] {
      fewest = std::min(fewest, game.trips(kTrips));
      return fewest < kTrips / 4;
    });
    safety_wakeups = game.safety_wakeups();
  });
  thread.join();
  CHECK(fewest < kTrips / 4);
  CHECK(safety_wakeups == 0);
}

}  // namespace tarn::test
