// A domain whose broker is killed again and again, at every point of what it does, and those who go on: two
// readers in processes of their own and a publisher in the test's, of which no message may be lost, whether
// there is a broker or not. Main thread of the test.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include <tarn/tarn.hpp>

#include "tests/support/child_process.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/survive/points/matrix.hpp"
#include "tests/survive/points/survivors.hpp"

namespace tarn::test {

using GuestBody = std::function<void(Parent&, const TestDomain&)>;

class BrokerStage {
 public:
  explicit BrokerStage(Matrix& matrix);

  // A broker that does what a guest asks for, from its coming to its leaving.
  void serve(const GuestBody& guest);
  // One that cleans up after the death of a guest, who has reported once before.
  void reap(const GuestBody& guest);
  // One that takes over a pool in which a guest has died meanwhile.
  void adopt(const GuestBody& guest);
  // All that these leave is what was there before; everybody leaves in order.
  void finish();

 private:
  // Counted from its first step on, or from the next pause(false) on.
  void start_watched(bool from_the_start);
  // Where the broker was killed: it is seen that nobody needs it, then there is another one.
  void revive();
  void check_after();
  void check_flow();

  Matrix& matrix_;
  TestDomain domain_;
  PoolObserver pool_;
  std::array<Survivor<Small>, 2> survivors_;
  Node node_;
  Publisher<Small> publisher_;
  std::uint64_t published_ = 0;
  PoolUsage base_{};
  bool revived_ = false;
};

}  // namespace tarn::test
