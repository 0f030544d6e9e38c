// Ping-pong between two processes, raw and through tarn, in rounds that take turns so that what
// disturbs one disturbs all. The pinger decides which case runs; the echo follows a word they share.
// Messages carry the trip's number in their first and last word, written and read at both ends.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "bench/support/processes.hpp"
#include "bench/support/raw_limits.hpp"
#include "bench/support/statistics.hpp"

namespace tarn::bench {

struct Message64B {
  std::array<std::uint64_t, 8> words;
};
TARN_MESSAGE(Message64B, words)
struct Message4KiB {
  std::array<std::uint64_t, 512> words;
};
TARN_MESSAGE(Message4KiB, words)
struct Message1MiB {
  std::array<std::uint64_t, 131072> words;
};
TARN_MESSAGE(Message1MiB, words)

enum class Waiting { Polling, Sleeping };

// One direction of a case: a publisher here, a subscriber there.
template <typename T>
class Line {
 public:
  Line(Node& node, const std::string& out, const std::string& in)
      : publisher_(must(node.publisher<T>(out))), subscriber_(must(node.subscriber<T>(in))) {}

  void send(std::uint64_t trip) {
    auto loan = must(publisher_.loan());
    loan->words.front() = trip;
    loan->words.back() = trip;
    if (!publisher_.publish(std::move(loan))) fail("publish");
  }

  // The next trip's number, or 0 when there is none.
  template <Waiting kWaiting>
  std::uint64_t receive() {
    const auto sample =
        kWaiting == Waiting::Polling ? subscriber_.try_take() : subscriber_.wait_take(kEchoLooksUp);
    if (!sample) return 0;
    if (sample->words.front() != sample->words.back()) fail("torn message");
    return sample->words.front();
  }

 private:
  Publisher<T> publisher_;
  Subscriber<T> subscriber_;
};

template <typename T, Waiting kWaiting, typename Wanted>
void echo_messages(Line<T>& line, Wanted wanted) {
  while (wanted()) {
    if (const std::uint64_t trip = line.template receive<kWaiting>(); trip != 0) line.send(trip);
  }
}

template <typename T, Waiting kWaiting>
void ping_message(Line<T>& line, std::uint64_t trip) {
  line.send(trip);
  while (line.template receive<kWaiting>() != trip) {
  }
}

// What a case has shown so far, in nanoseconds of one way.
struct Times {
  std::vector<double> rounds;  // the mean of each round's batch medians
  std::vector<double> trips;   // single trips, timed one by one: for the tail
};

// Runs `ping(trip)` in batches for the rounds and one by one for the tail.
template <typename Ping>
void measure(Times& times, std::uint64_t& trip, std::uint32_t batches, std::uint32_t batch_trips,
             Ping ping) {
  std::vector<double> batch_means;
  for (std::uint32_t batch = 0; batch < batches; ++batch) {
    const std::uint64_t start = platform::monotonic_nanoseconds();
    for (std::uint32_t i = 0; i < batch_trips; ++i) ping(++trip);
    const std::uint64_t end = platform::monotonic_nanoseconds();
    batch_means.push_back(static_cast<double>(end - start) / batch_trips / 2);
  }
  times.rounds.push_back(median(batch_means));
  std::uint64_t before = platform::monotonic_nanoseconds();
  for (std::uint32_t i = 0; i < batches * batch_trips / 4; ++i) {
    ping(++trip);
    const std::uint64_t now = platform::monotonic_nanoseconds();
    times.trips.push_back(static_cast<double>(now - before) / 2);
    before = now;
  }
}

void print_times_header(const char* limit);
// `limit` is asked for as the ratio of medians; 0: no figure is set for this row.
void print_times(const char* name, const Times& times, const Times& raw, double limit);

}  // namespace tarn::bench
