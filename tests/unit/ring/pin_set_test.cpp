#include "middleware/ring/pin_set.hpp"

#include <array>

#include "tests/support/catch.hpp"

using tarn::ring::PinSet;

TEST_CASE("a pin set finds a free word until every one is taken", "[ring]") {
  std::array<std::uint32_t, 3> words{};
  const PinSet pins{words};
  REQUIRE(pins.capacity() == 3);
  for (std::uint32_t& word : words) {
    REQUIRE(pins.find_free() == &word);
    word = 17;
  }
  REQUIRE(pins.find_free() == nullptr);
  tarn_pin_release(&words[1]);
  REQUIRE(pins.find_free() == &words[1]);
}

TEST_CASE("a pin set is free when each of its words is", "[ring]") {
  std::array<std::uint32_t, 16> words{};
  const PinSet pins{words};
  REQUIRE(pins.all_free());
  for (std::uint32_t& word : words) {
    word = 1;
    REQUIRE_FALSE(pins.all_free());
    word = 0;
  }
  REQUIRE(pins.all_free());
}

TEST_CASE("a pin set without words has none to give", "[ring]") {
  const PinSet pins{{}};
  REQUIRE(pins.find_free() == nullptr);
  REQUIRE(pins.all_free());
}
