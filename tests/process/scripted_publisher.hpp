// A publisher in a process of its own that does what its test says when it says so: publishes its
// batches one by one, and closes in order after the last, unless it is killed before. Main thread of
// the test.
//
//   ScriptedPublisher<Large> publisher(domain, "camera", {.writer = 1, .batches = {3, 100}});
//   publisher.publish_batch();   // returns when messages 1 to 3 are out
//   publisher.kill();
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

struct Script {
  std::uint32_t writer = 0;
  std::vector<std::uint64_t> batches{};  // how many messages at each word
};

template <typename M>
class ScriptedPublisher {
 public:
  // Returns when the publisher exists.
  ScriptedPublisher(const TestDomain& domain, const std::string& topic, const Script& script)
      : process_(ChildProcess::start([&](Parent& parent) { run(parent, domain, topic, script); })) {
    REQUIRE(process_.next_report() == "ready");
  }

  // The next batch; returns when it is out.
  void publish_batch() {
    process_.go();
    REQUIRE(process_.next_report() == "published");
  }
  // Closes in order. Requires: every batch is out.
  void close() {
    process_.go();
    REQUIRE(process_.join() == kCleanExit);
  }
  void kill() {
    process_.kill(SIGKILL);
    REQUIRE(process_.join() == killed_by(SIGKILL));
  }
  [[nodiscard]] const ChildProcess& process() const { return process_; }

 private:
  static void run(Parent& parent, const TestDomain& domain, const std::string& topic,
                  const Script& script) {
    auto node = need(parent, Node::open(domain.node("writer" + std::to_string(script.writer))));
    auto publisher = need(parent, node.publisher<M>(topic));
    parent.report("ready");
    std::uint64_t number = 0;
    for (const std::uint64_t count : script.batches) {
      parent.wait_for_go();
      for (std::uint64_t i = 0; i < count; ++i) {
        need(parent, publisher.send(numbered<M>(script.writer, ++number)));
      }
      parent.report("published");
    }
    parent.wait_for_go();
  }

  ChildProcess process_;
};

}  // namespace tarn::test
