// What is found and reported, and in which order.
#include "middleware/event/agenda.hpp"

#include <array>
#include <memory>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/event/fake_source.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using event::Agenda;
using event::EventCounter;

std::vector<Ready> report(Agenda& agenda, event::Time now = kStart) {
  if (!agenda.find(now)) return {};
  const auto ready = agenda.report(now);
  return {ready.begin(), ready.end()};
}

std::vector<AttachmentId> ids(Agenda& agenda, event::Time now = kStart) {
  std::vector<AttachmentId> found;
  for (const Ready& ready : report(agenda, now)) found.push_back(ready.id);
  return found;
}

}  // namespace

TEST_CASE("a source is reported for as long as something waits in it", "[event]") {
  FakeSource source;
  Agenda agenda;
  const auto id = agenda.add_source(source.source(), {}, kStart);
  CHECK(report(agenda).empty());
  source.bring(2);
  for (int i = 0; i < 2; ++i) {
    const auto ready = report(agenda);
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].id == id);
    CHECK(ready[0].reason == WaitReason::Message);
    CHECK(ready[0].count == 1);
  }
  source.waiting = 0;
  CHECK(report(agenda).empty());
}

TEST_CASE("an event is reported once, with the number of its triggers", "[event]") {
  Agenda agenda;
  auto counter = std::make_shared<EventCounter>();
  const auto id = agenda.add_event(counter, {}, 0);
  CHECK_FALSE(agenda.stirs());
  for (int i = 0; i < 5; ++i) counter->add();
  CHECK(agenda.stirs());
  const auto ready = report(agenda);
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == id);
  CHECK(ready[0].reason == WaitReason::Event);
  CHECK(ready[0].count == 5);
  CHECK(report(agenda).empty());
  CHECK_FALSE(agenda.stirs());
}

TEST_CASE("an interval is reported with the periods since the last report", "[event]") {
  Agenda agenda;
  agenda.add_interval(10ms, {}, 0, kStart);
  CHECK(agenda.next_time() == kStart + 10ms);
  CHECK(report(agenda, kStart + 9ms).empty());
  const auto ready = report(agenda, kStart + 35ms);
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].reason == WaitReason::Interval);
  CHECK(ready[0].count == 3);
  CHECK(agenda.next_time() == kStart + 40ms);
}

TEST_CASE("a deadline is missed once for each time that it runs out", "[event]") {
  FakeSource source;
  Agenda agenda;
  agenda.add_source(source.source(), {.deadline = 50ms}, kStart);
  CHECK(agenda.next_time() == kStart + 50ms);
  CHECK(report(agenda, kStart + 49ms).empty());
  for (int i = 1; i <= 3; ++i) {
    const auto ready = report(agenda, kStart + i * 50ms);
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].reason == WaitReason::DeadlineMissed);
    CHECK(ready[0].count == 1);
    CHECK(report(agenda, kStart + i * 50ms + 1ms).empty());
  }
  const auto late = report(agenda, kStart + 310ms);
  REQUIRE(late.size() == 1);
  CHECK(late[0].count == 3);
}

TEST_CASE("a message starts its deadline anew, also one that somebody has taken", "[event]") {
  FakeSource source;
  Agenda agenda;
  agenda.add_source(source.source(), {.deadline = 50ms}, kStart);
  source.arrived = 1;
  CHECK(report(agenda, kStart + 60ms).empty());
  CHECK(agenda.next_time() == kStart + 110ms);
  source.bring();
  CHECK(report(agenda, kStart + 100ms).size() == 1);
  CHECK(agenda.next_time() == kStart + 150ms);
}

TEST_CASE("an old message does not keep a deadline from being missed", "[event]") {
  FakeSource source;
  Agenda agenda;
  const auto id = agenda.add_source(source.source(), {.deadline = 50ms}, kStart);
  source.bring();
  CHECK(report(agenda, kStart + 10ms).size() == 1);
  const auto ready = report(agenda, kStart + 60ms);
  REQUIRE(ready.size() == 2);
  CHECK(ready[0].id == id);
  CHECK(ready[0].reason == WaitReason::Message);
  CHECK(ready[1].id == id);
  CHECK(ready[1].reason == WaitReason::DeadlineMissed);
}

TEST_CASE("a status is reported when it changed, where that is asked for", "[event]") {
  FakeSource asked;
  FakeSource unasked;
  asked.status = 7;
  Agenda agenda;
  const auto id = agenda.add_source(asked.source(), {.status = true}, kStart);
  agenda.add_source(unasked.source(), {}, kStart);
  CHECK(report(agenda).empty());
  asked.status += 2;
  ++unasked.status;
  const auto ready = report(agenda);
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == id);
  CHECK(ready[0].reason == WaitReason::Status);
  CHECK(report(agenda).empty());
}

TEST_CASE("higher priorities are reported first, whenever they were attached", "[event]") {
  std::array<FakeSource, 5> sources;
  Agenda agenda;
  const std::array priorities{0, -3, 9, 2, 9};
  std::vector<AttachmentId> added;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    added.push_back(agenda.add_source(sources[i].source(), {.priority = priorities[i]}, kStart));
    sources[i].bring();
  }
  CHECK(ids(agenda) == std::vector{added[2], added[4], added[3], added[0], added[1]});
}

TEST_CASE("among equals, who was reported first is last the next time", "[event]") {
  std::array<FakeSource, 3> sources;
  Agenda agenda;
  std::vector<AttachmentId> added;
  for (FakeSource& source : sources) {
    added.push_back(agenda.add_source(source.source(), {}, kStart));
    source.bring();
  }
  CHECK(ids(agenda) == std::vector{added[0], added[1], added[2]});
  CHECK(ids(agenda) == std::vector{added[1], added[2], added[0]});
  CHECK(ids(agenda) == std::vector{added[2], added[0], added[1]});
  CHECK(ids(agenda) == std::vector{added[0], added[1], added[2]});
}

TEST_CASE("what is removed is told so, and reported no more", "[event]") {
  FakeSource kept;
  FakeSource removed;
  Agenda agenda;
  const auto first = agenda.add_source(kept.source(), {}, kStart);
  const auto second = agenda.add_source(removed.source(), {}, kStart);
  kept.bring();
  removed.bring();
  REQUIRE(agenda.find(kStart));
  CHECK(agenda.remove(second));
  CHECK(removed.detached == 1);
  CHECK_FALSE(agenda.remove(second));
  CHECK(ids(agenda) == std::vector{first});
  agenda.clear();
  CHECK(agenda.empty());
  CHECK(kept.detached == 1);
}

TEST_CASE("an id is not given twice", "[event]") {
  FakeSource source;
  Agenda agenda;
  const auto first = agenda.add_source(source.source(), {}, kStart);
  agenda.remove(first);
  CHECK(agenda.add_source(source.source(), {}, kStart) != first);
}

TEST_CASE("a sleep marks every source and is refused when one of them stirs", "[event]") {
  std::array<FakeSource, 3> sources;
  Agenda agenda;
  for (FakeSource& source : sources) agenda.add_source(source.source(), {}, kStart);
  agenda.add_interval(1ms, {}, 0, kStart);
  agenda.mark();
  for (const FakeSource& source : sources) CHECK(source.marks == 1);
  CHECK_FALSE(agenda.stirs());
  sources[2].changed = true;
  CHECK(agenda.stirs());
  // Looking settles it, though there is nothing to report.
  CHECK(report(agenda).empty());
  CHECK_FALSE(agenda.stirs());
}

TEST_CASE("the next time is that of the first timer", "[event]") {
  FakeSource source;
  Agenda agenda;
  CHECK(agenda.next_time() == event::Time::max());
  agenda.add_interval(30ms, {}, 0, kStart);
  agenda.add_source(source.source(), {.deadline = 20ms}, kStart);
  agenda.add_source(source.source(), {}, kStart);
  CHECK(agenda.next_time() == kStart + 20ms);
}

TEST_CASE("what is hinted at is found without a look at the others", "[event]") {
  std::array<FakeSource, 5> sources;
  Agenda agenda;
  std::vector<AttachmentId> added;
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    // The last shares its hint with the first.
    auto source = sources[i].source();
    source.waiter = i == 4 ? ring::kHintBits : i;
    added.push_back(agenda.add_source(source, {}, kStart));
    sources[i].bring();
  }
  auto counter = std::make_shared<EventCounter>();
  const auto event = agenda.add_event(counter, {}, 0);
  std::array<std::uint64_t, ring::kHintWords> hints{};
  CHECK_FALSE(agenda.find_hinted(hints, kStart));
  hints[0] = 0b101;
  counter->add();
  REQUIRE(agenda.find_hinted(hints, kStart));
  CHECK(sources[1].looks + sources[3].looks == 0);
  // What had something is looked at again, without a hint.
  sources[2].waiting = 0;
  REQUIRE(agenda.find_hinted(std::array<std::uint64_t, ring::kHintWords>{}, kStart));
  CHECK(sources[1].looks + sources[3].looks == 0);
  const auto ready = agenda.report(kStart);
  REQUIRE(ready.size() == 3);
  CHECK(ready[0].id == added[0]);
  CHECK(ready[1].id == added[4]);
  CHECK(ready[2].id == event);
  CHECK(ids(agenda).size() == 4);
}

TEST_CASE("a hint at what is gone finds nothing, and a deadline that is missed needs none",
          "[event]") {
  FakeSource source;
  Agenda agenda;
  const auto id = agenda.add_source(source.source(), {.deadline = 5ms}, kStart);
  const std::array<std::uint64_t, ring::kHintWords> hints{1};
  source.bring();
  CHECK(agenda.find_hinted(hints, kStart));
  source.waiting = 0;
  CHECK_FALSE(agenda.find_hinted(hints, kStart + 4ms));
  REQUIRE(agenda.find_hinted(std::array<std::uint64_t, ring::kHintWords>{}, kStart + 5ms));
  CHECK(agenda.report(kStart + 5ms).front().reason == WaitReason::DeadlineMissed);
  agenda.remove(id);
  CHECK_FALSE(agenda.find_hinted(hints, kStart));
}

TEST_CASE("a set that holds all it may is full", "[event]") {
  Agenda agenda;
  auto counter = std::make_shared<EventCounter>();
  for (std::size_t i = 0; i < kMaxAttachments; ++i) {
    REQUIRE_FALSE(agenda.full());
    agenda.add_event(counter, {}, 0);
  }
  CHECK(agenda.full());
}

}  // namespace tarn::test
