// A domain in which a circle of clients passes messages round, visitors come and go, and the broker is
// ended by a trap at some place of its work for them. Each of the functions says whether the trap sprang,
// and has checked that messages went on without a broker, that the next one found everything, and that it
// left nothing over. Main thread of the test.
#pragma once

#include <cstdint>
#include <map>

#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/survive/broker/circle.hpp"
#include "tests/survive/broker/trap.hpp"
#include "tests/survive/broker/visitor.hpp"

namespace tarn::test {

class Scene {
 public:
  Scene();

  // The broker works for a visitor that makes this step.
  bool spring_during(Visit step, Trap& trap);
  // It cleans up after one that was killed.
  bool spring_during_reap(Trap& trap);
  // Its successor takes over, and finds one client dead and another one that has closed everything.
  bool spring_during_take_over(Trap& trap);

  // Nobody lost anything. The last call.
  void finish() { circle_.finish(); }

 private:
  struct Usage {
    PoolUsage usage;
    std::uint32_t patterns = 0;
    friend bool operator==(const Usage&, const Usage&) = default;
  };

  [[nodiscard]] Usage look() const;
  void live_without_broker();
  void start_next_broker();
  void replace_ended_broker();
  void check_agreement();
  void check_usage(const Usage& expected);
  void check_at_rest();

  TestDomain domain_;
  Circle circle_;
  Usage at_rest_;                // nobody visits
  std::map<Visit, Usage> done_;  // a visitor has made its step, undisturbed
};

}  // namespace tarn::test
