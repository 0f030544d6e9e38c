#include "tests/contract/tested_publisher.hpp"

namespace tarn::test {

namespace {

// What of NodeOptions has no place of its own elsewhere.
struct NodeRequest {
  std::array<char, 64> name{};
  std::array<char, 192> runtime_directory{};
  std::chrono::nanoseconds timeout{};
};

detail::Carried<std::uint64_t> open_node(Objects& objects, const NodeRequest& asked) {
  auto node = Node::open({.name = asked.name.data(),
                          .runtime_directory = asked.runtime_directory.data(),
                          .timeout = asked.timeout});
  const std::uint64_t kept = node ? objects.keep(std::move(*node)) : 0;
  return detail::Carried<std::uint64_t>::of(node, kept);
}

}  // namespace

Result<TestedNode> TestedNode::open_elsewhere(const NodeOptions& options) {
  auto process = std::make_shared<PublishingProcess>();
  NodeRequest request{.timeout = options.timeout};
  options.name.copy(request.name.data(), request.name.size() - 1);
  options.runtime_directory.copy(request.runtime_directory.data(),
                                 request.runtime_directory.size() - 1);
  return process->call(&open_node, request).result().map([&](std::uint64_t number) {
    return TestedNode(detail::Remote(process, number));
  });
}

}  // namespace tarn::test
