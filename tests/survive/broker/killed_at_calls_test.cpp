// The broker is killed at every system call that it makes for a client that comes, asks, gives back and dies,
// and its successor at every one of taking over.
#include <sys/syscall.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string>

#include "tests/support/call_tracer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/broker/scene.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kMostCalls = 500;  // of one step; a test that comes there turns in circles

CallRule rule_for(TrapPlace at, CallOrder order) {
  return [at, order, rung = 0U, seen = 0U](const SystemCall& call) mutable {
    constexpr unsigned kOfBells = 100;
    const bool bell = at.of_taking_over && call.number == SYS_futex;
    if (bell && rung++ % kOfBells != 0) return CallOrder{};
    return ++seen == at.index ? order : CallOrder{};
  };
}

class CallTrap final : public Trap {
 public:
  CallTrap(TrapPlace at, CallOrder order)
      : options_{.rule = rule_for(at, order), .between_marks = at.of_taking_over} {}

  void set(std::int32_t pid) override { tracer_.emplace(pid, options_); }
  void lift() override { tracer_->detach(); }
  [[nodiscard]] bool has_sprung() const override { return tracer_->was_obeyed(); }
  [[nodiscard]] std::string place() const override {
    std::ostringstream text;
    text << tracer_->obeyed_call();
    return text.str();
  }

 private:
  TraceOptions options_;
  std::optional<CallTracer> tracer_;
};

// Before each call and after it, as long as there are any.
template <typename Spring>
void at_every_call(Spring spring, bool of_taking_over = false) {
  Scene scene;
  for (const CallOrder order : {kill_at_entry(), kill_at_exit()}) {
    TrapPlace at{.of_taking_over = of_taking_over};
    for (bool sprung = true; sprung && at.index <= kMostCalls; ++at.index) {
      CallTrap trap(at, order);
      sprung = spring(scene, trap);
    }
    const std::uint32_t kills = at.index - 2;
    std::printf("killed at %u calls\n", kills);
    CHECK(kills > 5);
    CHECK(kills < kMostCalls);
  }
  scene.finish();
}

}  // namespace

TEST_CASE("a broker killed at any system call of welcoming a client leaves nothing behind",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  at_every_call([](Scene& scene, Trap& trap) { return scene.spring_during(Visit::Come, trap); });
}

TEST_CASE("what a broker killed at any system call of granting has granted is known or free",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  at_every_call([](Scene& scene, Trap& trap) { return scene.spring_during(Visit::Ask, trap); });
}

TEST_CASE("what is closed while its broker is killed at any system call is closed",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  at_every_call(
      [](Scene& scene, Trap& trap) { return scene.spring_during(Visit::GiveBack, trap); });
}

TEST_CASE("who leaves while its broker is killed at any system call has left",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  at_every_call([](Scene& scene, Trap& trap) { return scene.spring_during(Visit::Leave, trap); });
}

TEST_CASE("a reap that is cut off at any system call is finished by the next broker",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  at_every_call([](Scene& scene, Trap& trap) { return scene.spring_during_reap(trap); });
}

TEST_CASE("a broker killed at any system call of taking over leaves the same to the next",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  at_every_call([](Scene& scene, Trap& trap) { return scene.spring_during_take_over(trap); }, true);
}

}  // namespace tarn::test
