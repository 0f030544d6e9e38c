// Receives what 01_publish sends, checks every message, and says what it missed.
//
//   02_subscribe [COUNT]        ends after COUNT readings, or when none came for three seconds
#include <chrono>
#include <cstdlib>
#include <iostream>

#include <tarn/tarn.hpp>

#include "examples/reading.hpp"

using namespace std::chrono_literals;
using examples::Reading;

namespace {

// True when at least one reading came and none was damaged.
bool receive_readings(std::uint64_t count) {
  auto node = tarn::Node::open({.name = "subscribe"}).value();
  // history: who joins late gets the last reading at once, even when the publisher is silent.
  auto subscriber = node.subscriber<Reading>(examples::kReadingTopic, {.history = 1}).value();
  std::cout << "waiting for " << examples::kReadingTopic << std::endl;

  std::uint64_t wrong = 0;
  while (subscriber.counts().received < count) {
    // Sleeps until there is a message; an empty sample means that none came in time.
    const auto sample = subscriber.wait_take(3s);
    if (!sample) break;

    if (!examples::is_whole(*sample)) ++wrong;
    const auto age_ns = tarn::stamp_now() - sample.stamp_ns();
    std::cout << "got #" << sample.sequence() << ": " << sample->celsius << " C, " << age_ns / 1000
              << " us old, " << sample.lost_before() << " lost before it\n";
  }

  const tarn::SubscriberCounts counts = subscriber.counts();
  std::cout << "received " << counts.received << ", lost " << counts.lost() << ", wrong " << wrong
            << '\n';
  return counts.received + counts.history_received > 0 && wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100;
    return receive_readings(count) ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "02_subscribe: " << failure.error().message() << '\n';
    return 1;
  }
}
