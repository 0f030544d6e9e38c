#include "tests/support/domain/numbered.hpp"

namespace tarn::test::detail {

namespace {

// Odd, so that multiplying by it loses nothing; the golden ratio's bits spread small numbers.
constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;

}  // namespace

void fill_words(std::uint32_t writer, std::uint64_t number, std::span<std::uint64_t> words) {
  std::uint64_t value = (number + 1) * kSpread + writer;
  for (std::uint64_t& word : words) {
    value = value * kSpread + 1;
    word = value;
  }
}

std::uint64_t checksum_of(std::uint32_t writer, std::uint64_t number,
                          std::span<const std::uint64_t> words) {
  std::uint64_t sum = writer + number * kSpread;
  // Every word counts with its place: two that changed places do not go unnoticed.
  for (const std::uint64_t word : words) sum = (sum << 7 | sum >> 57) + word;
  return sum;
}

}  // namespace tarn::test::detail
