// The observed library itself: that it is what this program runs, and tells of every access.
#include <cstdint>
#include <set>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/survive/points/observed/observed.hpp"

namespace tarn::test {

namespace {

// What the observer was told; it has nowhere else to put it.
struct Told {
  std::set<std::string> names{};
  const observed::Site* last_begun = nullptr;
  std::uint32_t begun = 0;
  std::uint32_t ended = 0;
  bool in_pairs = true;
};
Told told;

void note_before(const observed::Site& site, const void* address) {
  told.in_pairs = told.in_pairs && (address == nullptr) == (site.access == observed::Access::Fence);
  told.last_begun = &site;
  ++told.begun;
  told.names.insert(site.function);
}

void note_after(const observed::Site& site, const void* /*address*/) {
  told.in_pairs = told.in_pairs && told.last_begun == &site;
  ++told.ended;
}

constexpr observed::Observer kListener{.before = note_before, .after = note_after};

}  // namespace

TEST_CASE("the observer is told of every step of a publish, before and after it", "[survive]") {
  const TestDomain domain({.topics = {listed("topic", sizeof(Small), {.depth = 4})}});
  auto node = domain.open("writer");
  auto publisher = must(node.publisher<Small>("topic"));
  told = Told{};
  observed::observe(&kListener);
  const auto sent = publisher.send(numbered<Small>(1, 1));
  observed::observe(nullptr);
  must(sent);
  CHECK(told.in_pairs);
  CHECK(told.begun == told.ended);
  for (const char* step : {"tarn_slot_begin", "tarn_write_payload", "tarn_slot_commit",
                           "tarn_tail_publish", "tarn_publish_fence"}) {
    INFO(step);
    CHECK(told.names.count(step) == 1);
  }
  const std::uint32_t before = told.begun;
  must(publisher.send(numbered<Small>(1, 2)));
  CHECK(told.begun == before);
}

TEST_CASE("every site has a name and a number of its own", "[survive]") {
  std::set<std::string> names;
  std::size_t index = 0;
  for (const observed::Site& site : observed::sites()) {
    CHECK(observed::index_of(site) == index++);
    CHECK(names.insert(observed::name_of(site)).second);
  }
  // A step is another site in every file that takes it.
  std::size_t bells = 0;
  for (const std::string& name : names) {
    if (name.find("tarn_bell_ring") != std::string::npos) ++bells;
  }
  CHECK(bells >= 1);
  CHECK(names.size() > 100);
}

}  // namespace tarn::test
