// Two topics, two coroutines, one thread: each reads as if it were alone, and nothing is allocated from
// one message to the next.
#include <iostream>

#include <tarn/coroutine.hpp>
#include <tarn/tarn.hpp>

#include "examples/reading.hpp"

using examples::Reading;

namespace {

constexpr std::uint32_t kReadings = 20;

// Sends every reading on, corrected.
tarn::Coroutine correct(tarn::Stream<Reading>& raw, tarn::Publisher<Reading>& corrected) {
  for (;;) {
    const auto sample = co_await raw.next();
    if (!sample) co_return;  // sample.outcome() says why
    auto reading = *sample;
    reading.celsius += 0.5F;
    corrected.send(reading).value();
  }
}

tarn::Coroutine show(tarn::Stream<Reading>& corrected, tarn::WaitSet& set) {
  for (std::uint32_t shown = 0; shown < kReadings; ++shown) {
    const auto sample = co_await corrected.next();
    if (!sample) break;
    std::cout << "reading " << sample->number << ": " << sample->celsius << " C\n";
  }
  set.stop();
}

bool run() {
  auto node = tarn::Node::open({.name = "coroutines"}).value();
  auto sensor = node.publisher<Reading>("room/raw").value();
  auto corrected = node.publisher<Reading>("room/corrected").value();

  auto set = node.wait_set().value();
  auto raw = tarn::Stream<Reading>::open(set, node.subscriber<Reading>("room/raw").value()).value();
  auto shown =
      tarn::Stream<Reading>::open(set, node.subscriber<Reading>("room/corrected").value()).value();
  const auto correcting = correct(raw, corrected);
  const auto showing = show(shown, set);

  std::uint32_t number = 0;
  auto measure = [&] {
    sensor
        .send(
            {.number = ++number, .celsius = 20 + 0.1F * static_cast<float>(number), .checksum = 0})
        .value();
  };
  set.add_interval(std::chrono::milliseconds(2), measure).value();
  return set.run().has_value();
}

}  // namespace

int main() {
  try {
    return run() ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "10_coroutines: " << failure.error().message() << '\n';
    return 1;
  }
}
