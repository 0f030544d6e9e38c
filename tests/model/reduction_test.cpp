// The explorer leaves out executions that differ only in the order of operations that do not concern
// each other. Here it is compared, on random programs, with itself running every order.
#include <cstdlib>
#include <random>

#include "tests/model/litmus.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using tarn::test::Litmus;
using tarn::test::Registers;

namespace {

enum class Step {
  Load,
  Acquire,
  Store,
  Release,
  CopyOn,
  Change,
  FullFence,
  AcquireFence,
  ReleaseFence
};
constexpr int kSteps = 9;

struct Line {
  Step step;
  bool on_y;
  std::size_t reads_to;  // register
  std::uint64_t value;
};

void run(const Line& line, Litmus& l) {
  std::uint64_t& word = line.on_y ? l.y : l.x;
  std::uint64_t& target = l.r[line.reads_to];
  switch (line.step) {
    case Step::Load:
      target = target * 8 + tarn_load_relaxed_u64(&word);
      break;
    case Step::Acquire:
      target = target * 8 + tarn_load_acquire_u64(&word);
      break;
    case Step::Store:
      tarn_store_relaxed_u64(&word, line.value);
      break;
    case Step::Release:
      tarn_store_release_u64(&word, line.value);
      break;
    case Step::CopyOn:
      tarn_store_relaxed_u64(&word, target % 8);
      break;
    case Step::Change:
      target = target * 8 + tarn_or_release_u64(&word, line.value);
      break;
    case Step::FullFence:
      tarn_fence_full();
      break;
    case Step::AcquireFence:
      tarn_fence_acquire();
      break;
    case Step::ReleaseFence:
      tarn_fence_release();
      break;
  }
}

using Lines = std::vector<Line>;

Lines random_lines(std::minstd_rand& random, std::size_t count, std::size_t thread) {
  Lines lines;
  for (std::size_t i = 0; i < count; ++i) {
    lines.push_back({.step = static_cast<Step>(random() % kSteps),
                     .on_y = random() % 2 == 0,
                     .reads_to = thread,
                     .value = 1 + (random() % 2) + thread});
  }
  return lines;
}

std::string show(const std::vector<Lines>& program) {
  const char* names[kSteps] = {"load",   "acquire",    "store",         "release",      "copy",
                               "change", "full fence", "acquire fence", "release fence"};
  std::string text;
  for (const Lines& lines : program) {
    text += "| ";
    for (const Line& line : lines) {
      text += std::string(names[static_cast<int>(line.step)]) + (line.on_y ? " y " : " x ") +
              std::to_string(line.value) + "; ";
    }
  }
  return text;
}

void compare(std::minstd_rand& random, std::size_t threads, std::size_t lines) {
  std::vector<Lines> program;
  std::vector<Litmus::Body> bodies;
  for (std::size_t i = 0; i < threads; ++i) program.push_back(random_lines(random, lines, i));
  for (std::size_t i = 0; i < threads; ++i) {
    bodies.emplace_back([&program, i](Litmus& l) {
      for (const Line& line : program[i]) run(line, l);
    });
  }
  Litmus litmus(bodies);
  CAPTURE(show(program));
  REQUIRE(litmus.explore().complete);
  const std::set<Registers> reduced = litmus.outcomes();
  REQUIRE(litmus.explore({.weakenings = {}, .every_order = true}).complete);
  REQUIRE(reduced == litmus.outcomes());
}

}  // namespace

TEST_CASE("the executions that are left out would end like one that is not", "[model]") {
  std::minstd_rand random(tarn::test::seed());
  for (int i = 0; i < 300; ++i) compare(random, 2, 3);
  for (int i = 0; i < 60; ++i) compare(random, 3, 2);
  if (std::getenv("TARN_SOAK") == nullptr) return;
  for (int i = 0; i < 1000; ++i) compare(random, 2, 4);
  for (int i = 0; i < 100; ++i) compare(random, 3, 3);
}
