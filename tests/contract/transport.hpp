// What the contract suite runs over: anything that carries messages from nodes that publish to nodes
// that read. The suite says what its users may rely on, so it knows no more of a transport than this.
// One object per test; main thread.
//
//   const auto transport = GENERATE(from_range(transports())).open({.topics = {...}});
//   auto publishing = must(transport->open_publishing("driver"));
//   auto reading = must(Node::open(transport->reading_node("logger")));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/tested_publisher.hpp"
#include "tests/contract/tested_slices.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

class Transport {
 public:
  virtual ~Transport() = default;
  // Where messages are published, and where they are read. May be the same place.
  [[nodiscard]] virtual NodeOptions publishing_node(const std::string& name) const = 0;
  [[nodiscard]] virtual NodeOptions reading_node(const std::string& name) const = 0;
  // A node that publishes, in whatever process this transport publishes from.
  [[nodiscard]] virtual Result<TestedNode> open_publishing(const std::string& name) const = 0;
};

struct TransportKind {
  const char* name;
  std::unique_ptr<Transport> (*open)(const DomainOptions& options);
};

// Every kind there is; each case runs over all of them.
[[nodiscard]] std::vector<TransportKind> transports();
// Those that publish from the test's own process, for cases that open publishing_node() themselves.
[[nodiscard]] std::vector<TransportKind> transports_here();

// Waits until publisher and subscriber know of as many of each other as there are. What is published
// then is received or counted.
[[nodiscard]] bool meet(auto& publisher, auto& subscriber, std::uint32_t subscribers = 1,
                        std::uint32_t publishers = 1) {
  return wait_until([&] {
    return publisher.subscriber_count() == subscribers &&
           subscriber.publisher_count() == publishers;
  });
}

}  // namespace tarn::test
