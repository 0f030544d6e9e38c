// Eight processes that pass a message round: each publishes what the one before it publishes, on a reliable
// topic of its own, and waits for the next. While laps go round, everybody lives and nothing is lost.
// Knows nothing of what is done to their broker. Main thread of the test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "middleware/plan/topic_rules.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

class Circle {
 public:
  static constexpr std::uint32_t kMembers = 8;  // and the test, where it begins and ends

  // Those it needs.
  [[nodiscard]] static std::vector<plan::TopicRule> topics();

  explicit Circle(const TestDomain& domain);

  // Sends a message round and has it back, the next one and whole.
  void lap();
  // All of them have nothing to do.
  [[nodiscard]] bool rests() const;
  // Whether the test's node gets a place there, for a moment.
  [[nodiscard]] bool may_publish_on(const std::string& topic) {
    return node_.publisher<Large>(topic).has_value();
  }
  // Every one of them received every lap, lost none, and slept as long as nothing came.
  void finish();

 private:
  static std::string topic(std::uint32_t place) { return "circle/" + std::to_string(place); }
  static void pass_on(Parent& parent, const NodeOptions& options, std::uint32_t place);

  std::vector<ChildProcess> members_;
  Node node_;
  Publisher<Large> publisher_;
  Subscriber<Large> subscriber_;
  Subscriber<Large> listener_;  // to whoever comes by
  std::uint64_t laps_ = 0;
};

}  // namespace tarn::test
