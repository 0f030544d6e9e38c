// The pages of subscribers, and those that everybody may write, against the publisher that looks at them: for
// room, for chunks that nobody reads, for who sleeps. The words change before any access, as a client gone
// wrong may change them. The publisher stays within bounds, comes to an end and always has a chunk to lend;
// and an honest reader of the same ring gets every message that it is to get, whole.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "middleware/port/publisher_port.hpp"
#include "middleware/ring/member_reader.hpp"
#include "tests/fuzz/foreign_pages.hpp"
#include "tests/fuzz/written_ring.hpp"
#include "tests/support/ring_memory.hpp"

namespace {

using tarn::directory::Overflow;
using tarn::fuzz::ForeignPages;
using tarn::fuzz::require;
using tarn::fuzz::RingWish;
using tarn::fuzz::Tape;
using tarn::fuzz::WrittenRing;

namespace ring = tarn::ring;
namespace port = tarn::port;

// Three readers, two pins each; a scan that starts over; a publish into four rings of six words.
constexpr std::uint64_t kMostAccesses = 2000;

RingWish wish_of(Tape& tape) {
  RingWish wish{.overflow = static_cast<Overflow>(tape.below(4)),
                .depth = 1 + tape.below(6),
                .chunks = tape.below(2) != 0};
  const bool gates = wish.overflow == Overflow::Block || wish.overflow == Overflow::Reject;
  wish.reliable = gates && tape.below(4) != 0;
  // Long enough ago for everybody who stands still.
  if (gates) wish.evict_after_ns = tape.below(2);
  return wish;
}

class Publishing {
 public:
  explicit Publishing(Tape& tape)
      : tape_(tape), wish_(wish_of(tape)), ring_(wish_), pages_(tape), room_(5) {
    for (const auto lines : ring_.spoilt_lines()) pages_.add(lines.data(), lines.size());
    pages_.add(ring_.spoilt_page().data(), ring_.spoilt_page().size());
    pages_.add(ring_.bells().data(), ring_.bells().size());
    pages_.add(ring_.summary().data(), ring_.summary().size());
    auto attached = port::PublisherPort::attach(ring_.view(), tarn::fuzz::kRing);
    require(attached.has_value(), "the publisher gets its ring");
    port_ = std::move(*attached);
    pages_.set_chunks(view().chunk_count, view().gid_base);
  }

  void run() {
    read_honestly();
    while (!tape_.at_end()) {
      pages_.set_near(port_->counts().published);
      pages_.begin(kMostAccesses);
      step();
      pages_.rest();
    }
    pages_.begin(kMostAccesses);
    port_->close();
    pages_.rest();
    while (take()) {
    }
    check_counts();
  }

 private:
  [[nodiscard]] const ring::RingView& view() const { return port_->facts().view; }
  [[nodiscard]] bool drops_newest() const { return wish_.overflow == Overflow::DropNewest; }
  [[nodiscard]] bool loses_nothing() const { return wish_.reliable && wish_.evict_after_ns == 0; }

  void read_honestly() {
    const ring::ReaderStart start{.reliable = wish_.reliable};
    if (drops_newest()) {
      const ring::OwnRing own{
          .ring = ring::private_ring(view(), port_->facts().private_rings, tarn::fuzz::kHonest),
          .member = ring_.member_word()};
      reader_.emplace(view(), &ring_.join(), start, own);
    } else {
      reader_.emplace(view(), &ring_.join(), start, view().depth);
    }
  }

  void step() {
    switch (tape_.below(16)) {
      case 0:
      case 1:
        pages_.spoil();
        break;
      case 2:
        (void)port_->readers();
        break;
      case 3:
        if (port_->gates()) (void)port_->readers_behind(port_->counts().published);
        break;
      case 4:
        if (port_->gates()) (void)port_->wait_room(tarn::platform::MonotonicTime::min());
        break;
      case 5:
        if (port_->gates()) (void)port_->slowest_client();
        break;
      case 6:
        give_back();
        break;
      case 7:
      case 8:
      case 9:
        pages_.rest();
        if (tape_.below(3) == 0) release();
        (void)take();
        break;
      default:
        publish();
    }
  }

  void publish() {
    if (!port_->has_room()) return;
    if (loans_.size() < tarn::fuzz::kLoans) loan();
    const port::LoanedMemory loan = loans_.back();
    loans_.pop_back();
    const std::uint64_t sequence = port_->counts().published + 1;
    tarn::test::fill_payload({loan.data, tarn::fuzz::kPayloadBytes}, sequence);
    const auto published = port_->publish(loan.index, tarn::fuzz::kPayloadBytes);
    require(published.sequence == sequence, "messages are numbered one by one");
  }

  // The area has a chunk for each slot, loan and pin, whatever the pins are.
  void loan() {
    const auto loan = port_->loan();
    require(loan.has_value(), "there is a chunk for every loan");
    if (wish_.chunks) {
      for (const port::LoanedMemory& other : loans_) {
        require(other.index != loan->index, "a chunk is lent once");
      }
      for (const std::uint32_t pin : ring_.pins()) {
        require(pin != view().gid_base + loan->index + 1, "what is read is not lent");
      }
      for (std::uint32_t slot = 0; slot < view().depth; ++slot) {
        require(tarn_ctl_chunk(view().slot(slot)->ctl) != loan->index, "what is kept is not lent");
      }
    }
    loans_.push_back(*loan);
  }

  void give_back() {
    if (loans_.empty()) return;
    port_->give_back(loans_.back().index);
    loans_.pop_back();
  }

  bool take() {
    ring::PinSet pins{ring_.pins()};
    const ring::TakeResult result = reader_->take(pins, std::as_writable_bytes(std::span(room_)));
    require(result.state != ring::TakeState::Corrupt, "an honest reader finds nothing wrong");
    if (result.state != ring::TakeState::Taken) return false;
    const ring::TakenMessage& message = result.message;
    require(message.length_bytes == tarn::fuzz::kPayloadBytes && tarn::test::payload_holds(message),
            "a message is what was published");
    require(!loses_nothing() || message.lost_before == 0, "a reliable reader loses nothing");
    if (message.pin != nullptr) held_.push_back(message);
    return true;
  }

  void release() {
    for (const ring::TakenMessage& message : held_) {
      require(tarn::test::payload_holds(message), "a sample is what it was while it is held");
      tarn_pin_release(message.pin);
    }
    held_.clear();
  }

  void check_counts() {
    release();
    while (take()) release();
    const ring::ReaderCounts counts = reader_->counts();
    require(counts.received + counts.overwritten + counts.evicted + counts.refused ==
                port_->counts().published,
            "what was published was received or counted as lost");
  }

  Tape& tape_;
  RingWish wish_;
  WrittenRing ring_;
  ForeignPages pages_;
  std::vector<std::uint64_t> room_;
  std::unique_ptr<port::PublisherPort> port_;
  std::optional<ring::MemberReader> reader_;
  std::vector<port::LoanedMemory> loans_;
  std::vector<ring::TakenMessage> held_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  Tape tape(bytes, count);
  Publishing(tape).run();
  return 0;
}
