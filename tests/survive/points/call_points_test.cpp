// Clients killed right after each of their system calls, from the first to the last of a whole life: what
// the kernel has done for the dead costs nobody else anything either.
#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/support/call_tracer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/points/publisher_lives.hpp"
#include "tests/survive/points/reader_lives.hpp"
#include "tests/survive/points/stage.hpp"

namespace tarn::test {

namespace {

// Far more than a life has.
constexpr std::uint32_t kMostCalls = 5000;

template <typename M>
void kill_at_each_call(const std::string& role, const plan::TopicRule& settings,
                       const VictimBody& body) {
  Matrix matrix;
  Stage<M> stage(matrix, settings);
  std::uint32_t call = 0;
  bool killed = true;
  while (killed && call < kMostCalls) {
    killed = stage.let_live_traced(at_call(call + 1, kill_at_exit()), body);
    if (killed) ++call;
  }
  std::printf("%s: killed after each of %u system calls\n", role.c_str(), call);
  CHECK_FALSE(killed);
  CHECK(call > 20);
  stage.finish();
}

}  // namespace

TEST_CASE("clients killed after any of their system calls cost nobody else anything", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SECTION("a publisher") {
    kill_at_each_call<Large>("publisher", {.depth = 4}, publish_steadily<Large>);
  }
  SECTION("a reader") {
    kill_at_each_call<Large>("reader", {.depth = 4, .overflow = plan::Overflow::Block},
                             take_steadily<Large>);
  }
  SECTION("a reader by sets") {
    kill_at_each_call<Small>("reader by sets", {.depth = 4}, wait_for_sets<Small>);
  }
}

}  // namespace tarn::test
