#include "tests/fuzz/foreign_pages.hpp"

#include <cstdio>
#include <cstdlib>

#include "middleware/ring/protocol.h"

namespace tarn::fuzz {

namespace {

ForeignPages* present = nullptr;

// One access in so many meets a word that has just changed.
constexpr std::uint32_t kSeldom = 4;

}  // namespace

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

ForeignPages::ForeignPages(Tape& tape) : tape_(tape) { present = this; }
ForeignPages::~ForeignPages() { present = nullptr; }

void ForeignPages::add(void* first, std::size_t bytes) {
  if (bytes != 0) parts_.emplace_back(static_cast<std::uint64_t*>(first), bytes / 8);
}

// Plausible, nearly so, or anything.
std::uint64_t ForeignPages::value(std::uint64_t now) {
  const std::uint64_t close = near_ + tape_.byte() - 128;
  switch (tape_.below(11)) {
    case 0:
      return close;
    case 1:
      return tarn_ctl(close, TARN_CHUNK_INLINE);
    case 2:
      return tarn_ctl(close, TARN_CHUNK_NONE);
    case 3:
      return tarn_ctl(close, tape_.below(chunk_count_ + 2));
    case 4:
      return now + 1;
    case 5:
      return now - 1;
    case 6:
      return ~std::uint64_t{0} - tape_.below(4);
    case 7:
      return tape_.byte();
    case 8:
      return now ^ std::uint64_t{1} << tape_.below(64);
    case 9: {
      const std::uint64_t pin = gid_base_ + tape_.byte();
      return pin << 32 | (pin - tape_.below(4));
    }
    default:
      return tape_.word();
  }
}

void ForeignPages::spoil() {
  const std::span<std::uint64_t> part =
      parts_[tape_.below(static_cast<std::uint32_t>(parts_.size()))];
  const std::size_t choice = tape_.byte() | std::size_t{tape_.byte()} << 8;
  // The first words of a part are those that decide most.
  std::uint64_t& word = part[choice % (choice % 2 == 0 ? part.size() : (part.size() + 7) / 8)];
  word = value(word);
}

void ForeignPages::begin(std::uint64_t most_accesses) noexcept {
  left_ = most_accesses;
  acting_ = true;
}

void ForeignPages::before_access() {
  if (!acting_) return;
  require(left_-- != 0, "an operation comes to an end, whatever others write");
  if (!tape_.at_end() && tape_.below(kSeldom) == 0) spoil();
}

}  // namespace tarn::fuzz

extern "C" void tarn_access_hook() {
  if (tarn::fuzz::present != nullptr) tarn::fuzz::present->before_access();
}
