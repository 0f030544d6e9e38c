// A process that writes where it may not is stopped by its own hardware, before it can harm anybody.
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_stretches.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

// Writes what is there already: the page counts, not the value.
void touch(const void* place) {
  auto* byte = static_cast<volatile char*>(const_cast<void*>(place));
  *byte = *byte;
}

// A process with a publisher and a subscriber of its own that has taken a sample of somebody else.
struct Trespasser {
  Node node;
  Publisher<Large> publisher;
  Subscriber<Large> subscriber;
  Sample<Large> foreign;
};

ChildEnd end_of_trespasser(const TestDomain& domain,
                           const std::function<void(Trespasser&)>& trespass) {
  auto child = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("trespasser")));
    auto publisher = need(parent, node.publisher<Large>("own"));
    auto subscriber = need(parent, node.subscriber<Large>("foreign", {.history = 1}));
    auto sample = subscriber.try_take();
    parent.check(static_cast<bool>(sample), "there is a sample to read");
    Trespasser self{std::move(node), std::move(publisher), std::move(subscriber),
                    std::move(sample)};
    trespass(self);
    // With the places that may be written this is the way out.
    parent.check(is_intact(*self.foreign), "the sample is what it was");
  });
  return child.join();
}

}  // namespace

TEST_CASE("a write to a page of somebody else is a SIGSEGV in the writer", "[process]") {
  const TestDomain domain(
      {.topics = {listed("foreign", sizeof(Large), {}), listed("own", sizeof(Large), {})}});
  const PoolObserver pool(domain.path());
  const pool::PoolGeometry& geometry = pool.view().geometry();
  ScriptedPublisher<Large> owner(domain, "foreign", {.writer = 1, .batches = {1, 1}});
  owner.publish_batch();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>("foreign", {.history = 1}));
  const auto sample = subscriber.try_take();
  REQUIRE(sample);

  const auto end_of = [&](const std::function<void(Trespasser&)>& trespass) {
    return end_of_trespasser(domain, trespass);
  };
  const auto end_at = [&](std::uint64_t offset) {
    return end_of([offset](Trespasser&) { touch(place_in_pool(offset)); });
  };
  SECTION("in a sample") {
    CHECK(end_of([](Trespasser& self) { touch(&*self.foreign); }) == killed_by(SIGSEGV));
  }
  SECTION("in the pool's header") { CHECK(end_at(0) == killed_by(SIGSEGV)); }
  SECTION("in the directory") {
    CHECK(end_at(geometry.rings.offset) == killed_by(SIGSEGV));
    CHECK(end_at(geometry.members.offset) == killed_by(SIGSEGV));
  }
  SECTION("in another reader's lines") {
    // The first block is the reader's: the publisher, who was here before, needs none.
    CHECK(end_at(geometry.blocks.offset) == killed_by(SIGSEGV));
  }
  SECTION("in memory that nobody has yet") {
    CHECK(end_at(geometry.pool_bytes - 1) == killed_by(SIGSEGV));
  }
  SECTION("in its own area once the publisher is closed") {
    const auto trespass = [](Trespasser& self) {
      auto loan = self.publisher.loan();
      void* const memory = &**loan;
      must(self.publisher.publish(std::move(*loan)));
      { const auto gone = std::move(self.publisher); }
      touch(memory);
    };
    CHECK(end_of(trespass) == killed_by(SIGSEGV));
  }
  // Whatever happened there, here everything is as it was.
  CHECK(is_intact(*sample));
  owner.publish_batch();
  const auto next = subscriber.wait_take(kWatchdog);
  REQUIRE(next);
  CHECK(next->number == 2);
  CHECK(is_intact(*next));
  owner.close();
}

TEST_CASE("a process may write its own areas, its own lines and the bells, and nothing else",
          "[process]") {
  const TestDomain domain(
      {.topics = {listed("foreign", sizeof(Large), {}), listed("own", sizeof(Large), {})}});
  const PoolObserver pool(domain.path());
  const pool::PoolGeometry& geometry = pool.view().geometry();
  ScriptedPublisher<Large> owner(domain, "foreign", {.writer = 1, .batches = {1}});
  owner.publish_batch();
  const std::uint64_t before = pool.usage().area_bytes;
  auto child = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("trespasser")));
    auto publisher = need(parent, node.publisher<Large>("own"));
    auto subscriber = need(parent, node.subscriber<Large>("foreign"));
    std::uint64_t writable = 0;
    for (const PoolStretch& stretch : pool_stretches())
      writable += stretch.writable ? stretch.bytes : 0;
    parent.report(std::to_string(writable));
    parent.wait_for_go();
  });
  const std::uint64_t writable = std::stoull(child.next_report());
  const std::uint64_t own_area = pool.usage().area_bytes - before;
  const std::uint64_t one_block = geometry.page_bytes;
  CHECK(writable == geometry.bells_bytes() + own_area + one_block);
  child.go();
  CHECK(child.join() == kCleanExit);
}

}  // namespace tarn::test
