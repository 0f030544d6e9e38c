// In which order messages come, which of them do not, and how one is told. The text is docs/semantics.md,
// which quotes these lines.
//
//   TARN_CONFIG=examples/semantics/tarn.yaml order_and_loss
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <vector>

#include <tarn/tarn.hpp>

#include "examples/semantics/say.hpp"

using namespace std::chrono_literals;
using examples::say;

namespace {

struct Step {
  std::uint32_t writer;
  std::uint32_t number;
};
TARN_MESSAGE(Step, writer, number)

void order(tarn::Node& node) {
  auto left = node.publisher<Step>("steps").value();
  auto right = node.publisher<Step>("steps").value();
  auto subscriber = node.subscriber<Step>("steps").value();
  for (std::uint32_t number = 1; number <= 3; ++number) {
    left.send({.writer = 1, .number = number}).value();
    right.send({.writer = 2, .number = number}).value();
  }

  std::vector<tarn::Sample<Step>> steps;
  while (auto step = subscriber.try_take()) steps.push_back(std::move(step));
  // Each publisher's own come in its order; between publishers there is the time of each message.
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto& a, const auto& b) { return a.stamp_ns() < b.stamp_ns(); });
  say(steps.size() == 6 && steps[0]->writer == 1 && steps[1]->writer == 2,
      "stamps merge publishers");
  say(steps[0].publisher() != steps[1].publisher(), "and a sample says whose it is");
}

void loss(tarn::Node& node) {
  auto publisher = node.publisher<Step>("steps").value();
  auto subscriber = node.subscriber<Step>("steps").value();
  for (std::uint32_t number = 1; number <= 20; ++number) {
    publisher.send({.writer = 1, .number = number}).value();
  }

  const auto oldest = subscriber.try_take();  // the queue holds 16, 20 were published
  say(oldest.sequence() == 5 && oldest.lost_before() == 4, "the gap is known to the message");

  const auto latest = subscriber.read_latest();  // passes over what is between
  const tarn::SubscriberCounts counts = subscriber.counts();
  say(latest.sequence() == 20 && counts.skipped == 14, "what one passes over is no loss");
  say(counts.received + counts.lost() + counts.skipped == 20, "together they are all there was");
  say(counts.lost_overwritten == 4, "and each loss has its reason");
}

void late(tarn::Node& node) {
  auto publisher = node.publisher<Step>("steps").value();
  for (std::uint32_t number = 1; number <= 3; ++number) {
    publisher.send({.writer = 1, .number = number}).value();
  }

  auto subscriber = node.subscriber<Step>("steps", {.history = 2}).value();
  const auto first = subscriber.try_take();
  say(first && first->number == 2 && subscriber.counts().lost() == 0,
      "who comes late gets the history it asks for, and has lost nothing");
}

}  // namespace

int main() {
  try {
    auto node = tarn::Node::open({.name = "order_and_loss"}).value();
    order(node);
    loss(node);
    late(node);
    return 0;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "order_and_loss: " << failure.error().message() << '\n';
    return 1;
  }
}
