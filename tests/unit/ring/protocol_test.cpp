#include "middleware/ring/protocol.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/ring/protocol_c.h"

namespace {

constexpr std::uint64_t kWrap = std::uint64_t{1} << 40;

}  // namespace

TEST_CASE("a control word gives back its sequence and chunk", "[ring]") {
  const std::uint64_t ctl = tarn_ctl(77, 0x123456);
  REQUIRE(tarn_ctl_chunk(ctl) == 0x123456);
  REQUIRE(tarn_ctl_sequence(ctl, 1) == 77);
  REQUIRE(tarn_ctl_chunk(tarn_ctl(kWrap - 1, TARN_CHUNK_NONE)) == TARN_CHUNK_NONE);
  REQUIRE(tarn_ctl_chunk(tarn_ctl(0, TARN_CHUNK_INLINE)) == TARN_CHUNK_INLINE);
}

TEST_CASE("a control word names the sequence that is nearest, past 40 bits too", "[ring]") {
  const std::uint64_t reach = kWrap / 2 - 1;
  for (const std::uint64_t near : {kWrap - 1, kWrap, kWrap + 1, 5 * kWrap - 3, 5 * kWrap + 7}) {
    for (const std::uint64_t distance : {std::uint64_t{0}, std::uint64_t{1}, kWrap / 4, reach}) {
      REQUIRE(tarn_ctl_sequence(tarn_ctl(near + distance, 3), near) == near + distance);
      REQUIRE(tarn_ctl_sequence(tarn_ctl(near - distance, 3), near) == near - distance);
    }
  }
  REQUIRE(tarn_ctl_sequence(tarn_ctl(0, TARN_CHUNK_NONE), 1) == 0);
}

TEST_CASE("a payload of any length comes back whole words, padded with zero bytes", "[ring]") {
  constexpr std::size_t kWords = 5;
  std::array<unsigned char, 40> payload{};
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<unsigned char>(i + 1);
  for (std::uint32_t length = 0; length <= payload.size(); ++length) {
    const std::vector<unsigned char> exact(payload.begin(), payload.begin() + length);
    const auto words =
        static_cast<std::uint32_t>((length + sizeof(std::uintptr_t) - 1) / sizeof(std::uintptr_t));
    std::vector<std::uintptr_t> slot(kWords * 8 / sizeof(std::uintptr_t), ~std::uintptr_t{0});
    tarn_write_payload(slot.data(), exact.data(), length);
    std::vector<std::uintptr_t> copy(words);
    tarn_copy_words(copy.data(), slot.data(), words);
    const auto copied = std::as_bytes(std::span(copy));
    std::vector<std::byte> expected(copied.size());
    std::transform(exact.begin(), exact.end(), expected.begin(),
                   [](unsigned char byte) { return std::byte{byte}; });
    REQUIRE(std::equal(copied.begin(), copied.end(), expected.begin()));
    REQUIRE(std::all_of(slot.begin() + words, slot.end(),
                        [](std::uintptr_t word) { return word == ~std::uintptr_t{0}; }));
  }
}

TEST_CASE("a copy is valid only while the control word is the one observed", "[ring]") {
  std::uint64_t ctl = tarn_ctl(3, TARN_CHUNK_INLINE);
  const std::uint64_t seen = tarn_ctl_observe(&ctl);
  REQUIRE(tarn_copy_finish(&ctl, seen));
  tarn_slot_begin(&ctl, 7);
  REQUIRE(tarn_ctl_chunk(ctl) == TARN_CHUNK_NONE);
  REQUIRE_FALSE(tarn_copy_finish(&ctl, seen));
  tarn_slot_commit(&ctl, 7, TARN_CHUNK_INLINE);
  REQUIRE_FALSE(tarn_copy_finish(&ctl, seen));
}

TEST_CASE("a pin stays set when its claim fails, for the caller to release", "[ring]") {
  std::uint64_t ctl = tarn_ctl(3, 5);
  std::uint32_t pin = 0;
  const std::uint64_t seen = tarn_ctl_observe(&ctl);
  REQUIRE(tarn_pin_claim(&pin, 105, &ctl, seen));
  REQUIRE(tarn_pin_read(&pin) == 106);
  tarn_slot_begin(&ctl, 7);
  REQUIRE_FALSE(tarn_pin_claim(&pin, 105, &ctl, seen));
  REQUIRE(tarn_pin_read(&pin) == 106);
  tarn_pin_release(&pin);
  REQUIRE(tarn_pin_read(&pin) == 0);
}

TEST_CASE("summary bits come and go one by one", "[ring]") {
  std::uint64_t word = 0;
  tarn_summary_set(&word, 1U << 3);
  tarn_summary_set(&word, 1U << 5);
  tarn_summary_set(&word, 1U << 3);
  REQUIRE(tarn_summary_look(&word) == ((1U << 3) | (1U << 5)));
  tarn_summary_clear(&word, 1U << 3);
  REQUIRE(tarn_summary_look(&word) == 1U << 5);
}

TEST_CASE("a program in C runs the same steps", "[ring]") {
  // One message from C to here, one back: the words mean the same on both sides.
  std::uint64_t ctl = tarn_ctl(0, TARN_CHUNK_NONE);
  std::uint64_t tail = 0;
  std::array<std::uintptr_t, 40 / sizeof(std::uintptr_t)> slot{};
  std::array<std::uintptr_t, 40 / sizeof(std::uintptr_t)> copy{};
  tarn_c_publish(&ctl, slot.data(), &tail, 4242);
  const std::uint64_t seen = tarn_ctl_observe(&ctl);
  REQUIRE(tarn_ctl_sequence(seen, tarn_tail_read(&tail)) == 4242);
  tarn_copy_words(copy.data(), slot.data(), static_cast<std::uint32_t>(copy.size()));
  REQUIRE(tarn_copy_finish(&ctl, seen));
  REQUIRE(std::memcmp(copy.data(), "4242 from C", 12) == 0);

  std::uint32_t pin = 0;
  tarn_slot_commit(&ctl, 4243, 9);
  REQUIRE(tarn_c_pin(&ctl, &pin, 1000) == 4243);
  REQUIRE(tarn_pin_read(&pin) == 1000 + 9 + 1);
  tarn_c_unpin(&pin);
  REQUIRE(tarn_pin_read(&pin) == 0);
}
