// A publisher's pages against whoever reads them: a subscription, with a ring of its own or without, an
// observer, and the broker as the heir. The words change before any access, as a publisher gone wrong may
// change them. Nobody steps out of bounds, everything ends, nothing is handed out that was not checked, and
// what a subscription says of itself stays what it may say.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "middleware/ring/member_reader.hpp"
#include "middleware/ring/traffic_meter.hpp"
#include "tests/fuzz/foreign_pages.hpp"
#include "tests/support/ring_memory.hpp"

namespace {

using tarn::fuzz::ForeignPages;
using tarn::fuzz::require;
using tarn::fuzz::Tape;
using tarn::test::LineMemory;
using tarn::test::RingMemory;

namespace ring = tarn::ring;

constexpr std::uint64_t kMemberWord = 5;
// A take tries 1,024 times at most; each time it may look at every slot once, and copy a payload.
constexpr std::uint64_t kMostAccesses = 1024 * 200;

// Each of three stages may begin anywhere in a ring, whose every slot may be nonsense.
constexpr int kMostTakes = 100;

tarn::test::RingShape shape_of(Tape& tape) {
  return {.depth = 1 + tape.below(6),
          .slot_bytes = ring::kSlotBytes[tape.below(3)],
          .chunk_count = tape.below(5),
          .chunk_bytes = 64 * (1 + tape.below(2)),
          .gid_base = 1000,
          .published = tape.below(20)};
}

ring::LengthRule rule_of(Tape& tape) {
  return {.unit_bytes = 1 + tape.below(8), .many = tape.below(2) != 0};
}

class Reading {
 public:
  explicit Reading(Tape& tape)
      : tape_(tape),
        memory_(shape_of(tape)),
        own_memory_(ring::private_ring_bytes(view().depth, view().slot_bytes)),
        own_{.ring = ring::private_ring(view(), own_memory_.data(), 0), .member = kMemberWord},
        room_(tape.below(34)),
        lengths_(rule_of(tape)),
        pages_(tape) {
    ring::clear(own_.ring);
    pages_.add(&memory_.header(), sizeof(ring::RingHeaderLayout));
    pages_.add(view().slots, std::size_t{view().depth} * view().slot_bytes);
    pages_.add(own_memory_.data(), ring::private_ring_bytes(view().depth, view().slot_bytes));
    pages_.set_chunks(view().chunk_count, view().gid_base);
    pages_.set_near(ring::newest_sequence(view()));
    for (std::uint32_t i = tape.below(4); i > 0; --i) pages_.spoil();
  }

  void run() {
    const bool has_own = tape_.below(2) != 0;
    const ring::ReaderStart start = start_as_a_port(has_own);
    const std::uint32_t keep_last = 1 + tape_.below(view().depth);
    ring::MemberReader reader = has_own ? ring::MemberReader(view(), &join_, start, own_)
                                        : ring::MemberReader(view(), &join_, start, keep_last);
    ring::RingReader observer(view(), &observed_, {.first = start.first, .from = start.from},
                              view().depth);
    while (!tape_.at_end()) {
      pages_.begin(kMostAccesses);
      step(reader, observer);
      pages_.rest();
      check_join();
    }
    read_to_end(reader);
    reader.leave();
    require(join_.cursor == ring::kLeft, "who leaves says so");
  }

 private:
  [[nodiscard]] const ring::RingView& view() const { return memory_.view(); }
  [[nodiscard]] std::span<std::byte> room() { return std::as_writable_bytes(std::span(room_)); }

  ring::ReaderStart start_as_a_port(bool has_own) {
    ring::ReaderStart start{.lengths = lengths_};
    pages_.begin(kMostAccesses);
    start.reliable = tape_.below(4) == 0;
    if (tape_.below(2) != 0) {
      start.first = ring::newest_sequence(view()) + 1;
      if (has_own) start.first = std::min(start.first, own_.begins());
      const std::uint64_t history = std::min<std::uint64_t>(tape_.below(8), start.first - 1);
      start.from = start.first - std::min<std::uint64_t>(history, view().depth);
    }
    pages_.rest();
    return start;
  }

  void step(ring::MemberReader& reader, ring::RingReader& observer) {
    switch (tape_.below(16)) {
      case 0:
        (void)reader.skip_to_newest();
        break;
      case 1:
        reader.skip_all();
        break;
      case 2:
        sum_ += reader.kept().newest;
        break;
      case 3:
        (void)reader.seek(sought(reader));
        break;
      case 4:
        sum_ += reader.unread() + reader.newest_stamp();
        break;
      case 5:
        reader.measure_backlog();
        break;
      case 6:
        sum_ += reader.available() ? 1 : 0;
        break;
      case 7:
        observe(observer);
        break;
      case 8:
        sum_ += ring::newest_committed(view());
        (void)ring::read_traffic(memory_.header().counters, tape_.below(4));
        break;
      case 9:
        release();
        break;
      case 10:
        pages_.spoil();
        break;
      default:
        take(reader);
    }
  }

  std::uint64_t sought(ring::MemberReader& reader) {
    const ring::SequenceRange range = reader.kept();
    return tape_.below(2) == 0 ? tape_.word() : range.newest + 1 - tape_.below(8);
  }

  void take(ring::MemberReader& reader) {
    const std::uint32_t held = held_now();
    ring::PinSet pins{pins_};
    const ring::TakeResult result = reader.take(pins, room());
    pages_.rest();
    if (result.state == ring::TakeState::Taken) {
      check_payload(result.message);
      pages_.set_near(result.message.sequence);
    }
    const bool claimed = result.message.pin != nullptr;
    require(held_now() == held + (claimed ? 1 : 0), "a pin is set for what is handed out alone");
  }

  // What is there once its publisher writes no more.
  void read_to_end(ring::MemberReader& reader) {
    for (int takes = 0; reader.available(); ++takes) {
      require(takes < kMostTakes, "a ring that nobody writes has an end");
      release();
      take(reader);
    }
  }

  void observe(ring::RingReader& observer) {
    const ring::TakeResult result = observer.copy(room());
    require(result.message.pin == nullptr, "an observer claims nothing");
    if (result.state != ring::TakeState::Taken) return;
    require(result.message.length_bytes <= room().size(), "a copy fits where it is copied to");
    touch(result.message);
  }

  void check_payload(const ring::TakenMessage& message) {
    require(lengths_.allows(message.length_bytes), "a length is one of the type");
    if (message.pin == nullptr) {
      require(message.data == room().data() && message.length_bytes <= room().size(),
              "a copy is where it was asked for");
    } else {
      const std::uint32_t chunk = *message.pin - 1 - view().gid_base;
      require(chunk < view().chunk_count && message.data == view().chunk(chunk),
              "a sample is the chunk that it pins");
      require(message.length_bytes <= view().chunk_bytes, "a sample is no longer than its chunk");
    }
    touch(message);
  }

  // For the address sanitizer to see.
  void touch(const ring::TakenMessage& message) {
    for (std::uint32_t i = 0; i < message.length_bytes; ++i) {
      sum_ += static_cast<std::uint64_t>(message.data[i]);
    }
  }

  void check_join() const {
    for (const std::uint64_t cursor : {join_.cursor, join_.private_cursor}) {
      require(cursor < ring::kNeverRead, "who reads does not say that it has left");
    }
  }

  [[nodiscard]] std::uint32_t held_now() const {
    return static_cast<std::uint32_t>(
        std::count_if(pins_.begin(), pins_.end(), [](std::uint32_t pin) { return pin != 0; }));
  }
  void release() {
    for (std::uint32_t& pin : pins_) tarn_pin_release(&pin);
  }

  Tape& tape_;
  RingMemory memory_;
  LineMemory own_memory_;
  ring::OwnRing own_;
  std::vector<std::uint64_t> room_;
  ring::LengthRule lengths_;
  ForeignPages pages_;
  ring::JoinLayout join_{};
  ring::JoinLayout observed_{};
  std::vector<std::uint32_t> pins_ = std::vector<std::uint32_t>(2);
  std::uint64_t sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  Tape tape(bytes, count);
  Reading(tape).run();
  return 0;
}
