// The messages of mixed_width_test.cpp that are no plain structs: one with members that may be there or
// not and be longer or shorter, and slices. Both sides fill and check them by a number. Values and free
// functions; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <tarn/tarn.hpp>

#include "tests/support/domain/numbered.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

struct Labelled {
  std::uint32_t writer;
  std::uint32_t reserved;
  std::uint64_t number;
  Text<21> label;
  List<std::uint64_t, 7> words;
  Maybe<double> half;
};
TARN_MESSAGE(Labelled, writer, reserved, number, label, words, half)

// Every length of its members comes round.
inline void fill(Labelled& message, std::uint32_t writer, std::uint64_t number) {
  message = Labelled{};
  message.writer = writer;
  message.number = number;
  message.label.assign(std::to_string(number).substr(0, number % 4));
  for (std::uint64_t i = 0; i < number % 8; ++i) (void)message.words.push_back(number + i);
  if (number % 2 == 0) message.half = static_cast<double>(number / 2);
}

[[nodiscard]] inline bool is_intact(const Labelled& message) {
  Labelled same;
  fill(same, message.writer, message.number);
  return message.label == same.label && message.words == same.words && message.half == same.half;
}

// Slices go one way as 64-bit words and come back as their halves, twice as many.
inline constexpr std::uint32_t kMostWords = 100;
using Words = Slice<std::uint64_t>;
using Halves = Slice<std::uint32_t>;

// Calls with `count` words. False: they did not come back, or not those.
[[nodiscard]] inline bool call_with_words(Publisher<Words>& publisher,
                                          Subscriber<Halves>& subscriber, std::size_t count) {
  auto loan = publisher.loan(count);
  if (!loan) return false;
  std::uint64_t next = count;
  for (std::uint64_t& word : *loan) word = next++ << 32 | 7;
  if (!publisher.publish(std::move(*loan))) return false;
  const auto sample = subscriber.wait_take(kWatchdog);
  if (!sample || sample.size() != 2 * count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (sample[2 * i] != count + i || sample[2 * i + 1] != 7) return false;
  }
  return true;
}

// Answers calls until one without words. False: one did not come.
[[nodiscard]] inline bool answer_words(Subscriber<Words>& subscriber,
                                       Publisher<Halves>& publisher) {
  for (std::size_t count = 1; count != 0;) {
    const auto sample = subscriber.wait_take(kWatchdog);
    if (!sample) return false;
    count = sample.size();
    auto loan = publisher.loan(2 * count);
    if (!loan) return false;
    auto* half = loan->data();
    for (const std::uint64_t word : sample) {
      *half++ = static_cast<std::uint32_t>(word >> 32);
      *half++ = static_cast<std::uint32_t>(word);
    }
    if (!publisher.publish(std::move(*loan))) return false;
  }
  return true;
}

}  // namespace tarn::test
