// A process that comes to a domain, asks for one of everything, gives it back and leaves: each of these
// steps when its test says so. Whenever a broker is not there any more it says so and asks again when it
// is told to; what it was granted and did not hear of must not be in its way then. Main thread of the test.
//
//   Visitor visitor(domain, Visit::Ask);    // has come
//   visitor.go();                           // asks
//   while (visitor.next() == kNoBroker) { domain.start_broker(); visitor.go(); }
#pragma once

#include <string>

#include "middleware/plan/topic_rules.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

// Which step comes next.
enum class Visit {
  Come,      // opens a node
  Ask,       // for a publisher, subscriptions and so on
  GiveBack,  // all of it, and asks for some once more and gives that back
  Leave,     // with all it has
  Die,       // when it is killed
};

inline constexpr const char* kNoBroker = "no broker";
inline constexpr const char* kDone = "done";

class Visitor {
 public:
  // What it needs besides the topics of a circle: one of its own, with room for nobody else.
  [[nodiscard]] static plan::TopicRule topic(int which);

  // Where all visitors speak, to whoever is there.
  [[nodiscard]] static plan::TopicRule meeting();

  // Returns when all steps before `step` are done.
  Visitor(const TestDomain& domain, Visit step, int which = 1);

  // Makes the step; or tries again.
  void go() { process_.go(); }
  // kDone, or kNoBroker.
  [[nodiscard]] std::string next() { return process_.next_report(); }
  // After its step: whatever is left of it goes in order.
  void leave();
  void kill();

 private:
  ChildProcess process_;
};

}  // namespace tarn::test
