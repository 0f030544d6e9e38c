#include "tests/contract/transport.hpp"

#include "tests/support/effort.hpp"

namespace tarn::test {

namespace {

// One device: both ends are in one domain, and here in one process.
class LocalPool : public Transport {
 public:
  explicit LocalPool(const DomainOptions& options) : domain_(options) {}

  static std::unique_ptr<Transport> open(const DomainOptions& options) {
    return std::make_unique<LocalPool>(options);
  }
  [[nodiscard]] NodeOptions publishing_node(const std::string& name) const override {
    return domain_.node(name);
  }
  [[nodiscard]] NodeOptions reading_node(const std::string& name) const override {
    return domain_.node(name);
  }
  [[nodiscard]] Result<TestedNode> open_publishing(const std::string& name) const override {
    return TestedNode::open_here(publishing_node(name));
  }

 private:
  TestDomain domain_;
};

// Each node that publishes is in a process of its own.
class SeparateProcesses : public LocalPool {
 public:
  using LocalPool::LocalPool;

  static std::unique_ptr<Transport> open(const DomainOptions& options) {
    return std::make_unique<SeparateProcesses>(options);
  }
  [[nodiscard]] Result<TestedNode> open_publishing(const std::string& name) const override {
    return TestedNode::open_elsewhere(publishing_node(name));
  }
};

}  // namespace

std::vector<TransportKind> transports_here() {
  return {{.name = "one process", .open = LocalPool::open}};
}

std::vector<TransportKind> transports() {
  auto kinds = transports_here();
  // The thread sanitizer sees one process, and no fork of one with threads.
  if (!kThreadSanitized) {
    kinds.push_back({.name = "separate processes", .open = SeparateProcesses::open});
  }
  return kinds;
}

}  // namespace tarn::test
