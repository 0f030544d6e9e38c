#include "middleware/ring/member_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "middleware/ring/private_rings.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/ring_memory.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kDepth = 3;
constexpr std::uint64_t kName = 77;
constexpr std::uint64_t kWord = 5;

// A publisher with one member, each step of a publish by itself.
class OneMember {
 public:
  OneMember() {
    ring::clear(own(kWord).ring);
    rings_.emplace(shared_.view(), memory_.data(), 1, kName);
  }

  void serve(std::uint64_t word = kWord) {
    ring::Member member;
    member.join = &join_;
    member.word = word;
    member.depth = kDepth;
    member.takes = true;
    rings_->serve(0, member, writer_.next_sequence());
  }
  std::uint64_t commit_for_everybody() {
    const std::uint64_t sequence = writer_.next_sequence();
    writer_.commit_inline(note(), &sequence);
    return sequence;
  }
  bool deliver(std::uint64_t sequence) {
    return rings_->deliver_inline(note(), &sequence, sequence) == 0;
  }
  bool publish() { return deliver(commit_for_everybody()); }
  void publish(int count) {
    for (int i = 0; i < count; ++i) (void)publish();
  }
  // By its publisher, or after its death.
  void close() { writer_.close(); }

  ring::MemberReader reader(const ring::ReaderStart& start = {}) {
    return {shared_.view(), &join_, start, own(kWord)};
  }
  [[nodiscard]] ring::OwnRing own(std::uint64_t word) const {
    return {.ring = ring::private_ring(shared_.view(), memory_.data(), 0), .member = word};
  }
  ring::JoinLayout& join() { return join_; }

 private:
  static ring::MessageNote note() { return {.length_bytes = sizeof(std::uint64_t)}; }

  RingMemory shared_{{.depth = kDepth}};
  LineMemory memory_{ring::private_ring_bytes(kDepth, 64)};
  ring::JoinLayout join_{.cursor = 1, .ring_name = kName, .private_cursor = 0, .reserved = {}};
  ring::RingWriter writer_{shared_.view()};
  std::optional<ring::PrivateRings> rings_;
};

std::vector<std::uint64_t> take_all(ring::MemberReader& reader) {
  ring::PinSet no_pins{{}};
  std::array<std::uint64_t, 5> copy{};
  std::vector<std::uint64_t> sequences;
  for (;;) {
    const bool said = reader.available();
    const auto result = reader.take(no_pins, std::as_writable_bytes(std::span(copy)));
    CHECK(said == (result.state == ring::TakeState::Taken));
    if (result.state != ring::TakeState::Taken) return sequences;
    CHECK(copy[0] == result.message.sequence);
    sequences.push_back(result.message.sequence);
  }
}

using Sequences = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("until its own ring begins a member reads everybody's", "[ring][member_reader]") {
  OneMember member;
  auto reader = member.reader();
  (void)member.commit_for_everybody();
  (void)member.commit_for_everybody();
  CHECK(take_all(reader) == Sequences{1, 2});
  member.serve();
  CHECK(take_all(reader).empty());
  member.publish(2);
  CHECK(take_all(reader) == Sequences{3, 4});
  CHECK(reader.counts().received == 4);
  CHECK(reader.unread() == 0);
}

TEST_CASE("what everybody's ring has overwritten before its own began is lost, and nothing else",
          "[ring][member_reader]") {
  OneMember member;
  auto reader = member.reader();
  for (int i = 0; i < 2; ++i) (void)member.commit_for_everybody();
  member.serve();
  member.publish(kDepth + 2);
  CHECK(take_all(reader) == Sequences{3, 4, 5});
  CHECK(reader.counts().overwritten == 2);
  CHECK(reader.counts().refused == 2);
}

TEST_CASE("a message in everybody's ring that its own is still to get is not there yet",
          "[ring][member_reader]") {
  OneMember member;
  auto reader = member.reader();
  member.serve();
  const std::uint64_t sequence = member.commit_for_everybody();
  CHECK_FALSE(reader.available());
  CHECK(take_all(reader).empty());
  CHECK(member.deliver(sequence));
  CHECK(take_all(reader) == Sequences{1});
}

TEST_CASE("the message that a publisher died in is read in everybody's ring",
          "[ring][member_reader]") {
  OneMember member;
  auto reader = member.reader();
  member.serve();
  SECTION("whether there was room for it") {
    member.publish(2);
    (void)member.commit_for_everybody();
    CHECK(reader.unread() == 3);
    member.close();
    CHECK(take_all(reader) == Sequences{1, 2, 3});
  }
  SECTION("or not") {
    member.publish(kDepth + 4);
    (void)member.commit_for_everybody();
    CHECK(reader.unread() == kDepth + 1);
    member.close();
    CHECK(take_all(reader) == Sequences{1, 2, 3, 8});
    CHECK(reader.counts().refused == 4);
  }
  SECTION("or it was the first") {
    (void)member.commit_for_everybody();
    member.close();
    CHECK(take_all(reader) == Sequences{1});
  }
  CHECK(reader.unread() == 0);
}

TEST_CASE("a publisher that died before a message was everybody's leaves nothing to look for",
          "[ring][member_reader]") {
  OneMember member;
  auto reader = member.reader();
  member.serve();
  member.publish(kDepth + 1);
  member.close();
  CHECK(take_all(reader) == Sequences{1, 2, 3});
  CHECK_FALSE(reader.available());
  CHECK(reader.counts().received + reader.counts().refused == kDepth + 1);
}

TEST_CASE("the next member of a place is not served under the former one's word",
          "[ring][member_reader]") {
  OneMember member;
  member.serve(kWord - 1);
  member.publish(2);
  member.join() = {.cursor = 1, .ring_name = kName, .private_cursor = 0, .reserved = {}};
  auto reader = member.reader({.first = 3, .from = 3});
  CHECK_FALSE(reader.available());
  (void)member.publish();
  CHECK(take_all(reader) == Sequences{3});
  member.serve();
  for (std::uint64_t sequence = 4; sequence < 4 + kDepth; ++sequence) CHECK(member.publish());
  CHECK_FALSE(member.publish());
  CHECK(take_all(reader) == Sequences{4, 5, 6});
  CHECK(reader.counts().refused == 1);
}

TEST_CASE("a member that has left is neither served nor refused", "[ring][member_reader]") {
  OneMember member;
  auto reader = member.reader();
  member.serve();
  member.publish(kDepth + 1);
  CHECK(reader.unread() == kDepth);
  reader.leave();
  CHECK(member.publish());
  CHECK(member.join().private_cursor == ring::kLeft);
  CHECK(member.join().cursor == ring::kLeft);
  CHECK(reader.counts().refused == 1);
}

TEST_CASE("a member whose cursor cannot be harms itself alone", "[ring][member_reader]") {
  OneMember member;
  member.serve();
  member.join().private_cursor = 1'000'000;
  member.publish(kDepth);
  CHECK_FALSE(member.publish());
}

TEST_CASE("a ring of its own that begins where it cannot has not begun", "[ring][member_reader]") {
  const auto [base, first] = GENERATE(std::pair<std::uint64_t, std::uint64_t>{0, 0},
                                      std::pair<std::uint64_t, std::uint64_t>{1, 0},
                                      std::pair<std::uint64_t, std::uint64_t>{1, 2},
                                      std::pair<std::uint64_t, std::uint64_t>{1, ring::kLeft - 1},
                                      std::pair<std::uint64_t, std::uint64_t>{ring::kLeft, 1});
  OneMember member;
  auto reader = member.reader();
  member.serve();
  const auto own = member.own(kWord);
  own.ring.head->base = base;
  own.ring.head->first = first;
  CHECK(own.begins() == ring::kNotBegun);
  member.publish(2);
  CHECK(take_all(reader) == Sequences{1, 2});
  CHECK(member.join().cursor == 3);
  CHECK(member.join().private_cursor == 0);
}

TEST_CASE("no sequence that a publisher may write makes a reader say that it has left",
          "[ring][member_reader]") {
  const std::uint64_t nonsense = GENERATE(std::uint64_t{0}, ring::kLeft - 1, ring::kLeft,
                                          ring::kJoining, ring::kNeverRead - 1);
  OneMember member;
  auto reader = member.reader();
  member.serve();
  member.publish(3);
  member.own(kWord).ring.sequences[2 % kDepth] = nonsense;
  CHECK(take_all(reader) == Sequences{1, 2, 3});
  CHECK(member.join().cursor == 4);
  CHECK(member.join().private_cursor == 4);
  CHECK(reader.counts().received == 3);
}

TEST_CASE("a member moves among what it was given", "[ring][member_reader]") {
  OneMember member;
  auto reader = member.reader();
  member.serve();
  member.publish(kDepth + 2);  // 4 and 5 are refused
  CHECK(take_all(reader) == Sequences{1, 2, 3});
  (void)member.publish();
  CHECK(reader.kept().oldest == 2);
  CHECK(reader.kept().newest == 6);
  CHECK_FALSE(reader.seek(4));
  CHECK_FALSE(reader.seek(8));
  REQUIRE(reader.seek(2));
  CHECK(take_all(reader) == Sequences{2, 3, 6});
  CHECK(reader.counts().again == 2);
  CHECK(reader.counts().received == 4);
  member.publish(2);
  REQUIRE(reader.seek(9));
  CHECK(take_all(reader).empty());
  CHECK(reader.counts().skipped == 2);
}

}  // namespace tarn::test
