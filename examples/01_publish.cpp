// Publishes a temperature ten times a second. Nothing has to run before it: the first node of a domain
// is its broker, too.
//
//   01_publish [COUNT]                    and 02_subscribe in another terminal, before or after
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <tarn/tarn.hpp>

#include "examples/reading.hpp"

using namespace std::chrono_literals;
using examples::Reading;

namespace {

void publish_readings(std::uint32_t count) {
  // .value() throws what went wrong; main() prints it.
  auto node = tarn::Node::open({.name = "publish"}).value();
  auto publisher = node.publisher<Reading>(examples::kReadingTopic).value();

  auto next = std::chrono::steady_clock::now();
  for (std::uint32_t number = 1; number <= count; ++number) {
    Reading reading{.number = number, .celsius = 0, .checksum = 0};
    reading.celsius = 21.0F + 2.0F * std::sin(static_cast<float>(number) / 10.0F);
    examples::seal(reading);

    // Copies the reading into the pool. Nobody needs to listen, and nobody who does can slow us down.
    const tarn::Published published = publisher.send(reading).value();
    std::cout << "sent #" << published.sequence << ": " << reading.celsius << " C" << std::endl;

    next += 100ms;
    std::this_thread::sleep_until(next);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100;
    publish_readings(static_cast<std::uint32_t>(count));
    return 0;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "01_publish: " << failure.error().message() << '\n';
    return 1;
  }
}
