// Two processes that throw messages back and forth: each sleeps until the other's message comes, so a
// wake-up that is lost stops the game. The echo answers number n with number n.
#pragma once

#include <cstdint>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/support/domain/numbered.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

inline constexpr std::uint32_t kCallingWriter = 1;
inline constexpr std::uint32_t kEchoingWriter = 2;
inline constexpr std::uint64_t kLastNumber = ~std::uint64_t{0};  // ends the echo

// One side's two ends. The caller publishes on <name>/call, the echo on <name>/echo.
template <typename M>
struct EchoEnds {
  Publisher<M> publisher;
  Subscriber<M> subscriber;

  static Result<EchoEnds> open(Node& node, const std::string& from, const std::string& to,
                               const SubscriberOptions& options = {}) {
    auto subscriber = node.subscriber<M>(from, options);
    if (!subscriber) return Failure(subscriber.error());
    auto publisher = node.publisher<M>(to);
    if (!publisher) return Failure(publisher.error());
    return EchoEnds{std::move(*publisher), std::move(*subscriber)};
  }
  static Result<EchoEnds> caller(Node& node, const std::string& name) {
    return open(node, name + "/echo", name + "/call");
  }
  static Result<EchoEnds> echo(Node& node, const std::string& name,
                               const SubscriberOptions& options = {}) {
    return open(node, name + "/call", name + "/echo", options);
  }

  // Calls with `number` and waits for its echo. False: it did not come, or not whole.
  bool call(std::uint64_t number) {
    if (!publisher.send(numbered<M>(kCallingWriter, number))) return false;
    const auto sample = subscriber.wait_take(kWatchdog);
    return sample && sample->writer == kEchoingWriter && sample->number == number &&
           sample.lost_before() == 0 && is_intact(*sample);
  }

  // Answers one call, filling the answer where it stays. Empty sample or a damaged one: false.
  bool answer(std::uint64_t& number) {
    const auto sample = subscriber.wait_take(kWatchdog);
    if (!sample || sample->writer != kCallingWriter || sample.lost_before() != 0 ||
        !is_intact(*sample)) {
      return false;
    }
    number = sample->number;
    auto loan = publisher.loan();
    if (!loan) return false;
    fill(**loan, kEchoingWriter, number);
    return publisher.publish(std::move(*loan)).has_value();
  }

  // Answers until the last number. False as answer().
  bool answer_all() {
    std::uint64_t number = 0;
    while (number != kLastNumber) {
      if (!answer(number)) return false;
    }
    return true;
  }
};

}  // namespace tarn::test
