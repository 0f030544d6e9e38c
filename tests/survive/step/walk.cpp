#include "tests/survive/step/walk.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <unordered_set>

#include "tests/support/catch.hpp"
#include "tests/support/stepper.hpp"

namespace tarn::test::step {

namespace {

constexpr std::size_t kMostFailures = 20;

}  // namespace

LastLook::LastLook(const pool::PoolView& pool)
    : now_(pool.base()), bytes_(pool.geometry().pool_bytes), page_(pool.geometry().page_bytes) {
  was_.assign(now_, now_ + bytes_);
}

bool LastLook::changed() {
  bool any = false;
  for (std::size_t at = 0; at < bytes_; at += page_) {
    if (std::memcmp(was_.data() + at, now_ + at, page_) == 0) continue;
    std::memcpy(was_.data() + at, now_ + at, page_);
    any = true;
  }
  return any;
}

std::uint64_t LastLook::hash() const {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes_; at += sizeof sum) {
    std::uint64_t word = 0;
    std::memcpy(&word, was_.data() + at, sizeof word);
    sum = (sum ^ word) * 0x9E3779B97F4A7C15;
    sum ^= sum >> 29;
  }
  return sum;
}

void Walk::walk(const std::string& name, World& world, const std::function<void()>& operation,
                const std::vector<Judge>& judges) {
  world.share_with_children();
  LastLook look(world.pool());
  std::unordered_set<std::uint64_t> seen;
  Stepper stepper(operation);
  ++operations;
  std::unordered_set<std::string> told;  // one failure of each judge is enough
  const auto hear = [&] {
    if (!seen.insert(look.hash()).second) return;
    ++states;
    for (const Judge& each : judges) {
      ++judgements;
      const std::string wrong = judge([&](const Verdict& verdict) { each.claims(world, verdict); });
      if (wrong.empty()) continue;
      ++failed;
      if (failures.size() >= kMostFailures || !told.insert(each.when).second) continue;
      char where[64];
      std::snprintf(where, sizeof where, "instruction %" PRIu64 ", before 0x%" PRIx64,
                    stepper.steps(), stepper.place());
      std::string failure = name;
      failure.append(", ").append(where).append(", ").append(each.when);
      failures.push_back(failure.append(": ").append(wrong));
    }
  };
  hear();
  while (stepper.step()) {
    if (look.changed()) hear();
  }
  instructions += stepper.steps();
  if (!stepper.problem().empty()) {
    ++failed;
    failures.push_back(name + ": " + stepper.problem());
  }
}

void Walk::report(const char* name) const {
  std::printf("single step, %s: %" PRIu64 " operations, %" PRIu64 " instructions, %" PRIu64
              " distinct states, %" PRIu64 " judgements, %" PRIu64 " failures\n",
              name, operations, instructions, states, judgements, failed);
  for (const std::string& failure : failures) UNSCOPED_INFO(failure);
  CHECK(failed == 0);
}

}  // namespace tarn::test::step
