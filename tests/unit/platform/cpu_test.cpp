#include "platform/cpu.hpp"

#include <sched.h>

#include <algorithm>
#include <string>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

TEST_CASE("the allowed processors are counted and listed in order", "[platform][cpu]") {
  const auto cpus = must(allowed_cpus());
  REQUIRE_FALSE(cpus.empty());
  REQUIRE(std::is_sorted(cpus.begin(), cpus.end()));
  REQUIRE(std::adjacent_find(cpus.begin(), cpus.end()) == cpus.end());
  REQUIRE(online_cpu_count() == cpus.size());
}

TEST_CASE("a pinned thread runs on that processor and counts no other", "[platform][cpu]") {
  const auto cpus = must(allowed_cpus());
  for (const std::size_t cpu : cpus) {
    bool pinned = false;
    int runs_on = -1;
    std::size_t count = 0;
    std::thread thread([&] {
      pinned = pin_thread_to_cpu(cpu).has_value();
      runs_on = ::sched_getcpu();
      count = online_cpu_count();
    });
    thread.join();
    REQUIRE(pinned);
    REQUIRE(runs_on == static_cast<int>(cpu));
    REQUIRE(count == 1);
  }
  REQUIRE(online_cpu_count() == cpus.size());
}

TEST_CASE("pinning to a processor that is not there is refused", "[platform][cpu]") {
  for (const std::size_t cpu : {std::size_t{60'000}, std::size_t{1} << 20, SIZE_MAX}) {
    const auto pinned = pin_thread_to_cpu(cpu);
    REQUIRE_FALSE(pinned.has_value());
    REQUIRE(pinned.error().code() == Errc::InvalidArgument);
    REQUIRE_THAT(pinned.error().message(), contains_text(std::to_string(cpu)));
  }
}

TEST_CASE("relaxing returns", "[platform][cpu]") {
  int steps = 0;
  while (steps < 1000) {
    cpu_relax();
    ++steps;
  }
  REQUIRE(steps == 1000);
}

}  // namespace
}  // namespace tarn::platform
