// The other side of mixed_width_test.cpp: a program that may be of another word size than the test,
// and under an emulator. Answers small messages, messages in chunks, messages
// with open members and slices until the last of each.
//
//   mixed_width_peer RUNTIME_DIRECTORY
#include <cstdio>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/echo.hpp"
#include "tests/process/open_messages.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/watchdog.hpp"

namespace {

using tarn::test::EchoEnds;

int fail(const char* what) {
  std::fprintf(stderr, "mixed_width_peer: %s\n", what);
  return 1;
}

template <typename M>
int answer(tarn::Node& node, const std::string& name) {
  // The caller does not wait for us: its first call is in the history.
  auto ends = EchoEnds<M>::echo(node, name, {.history = 1});
  if (!ends) return fail(ends.error().message());
  if (!ends->answer_all()) return fail("a call did not come, or not whole");
  const tarn::SubscriberCounts counts = ends->subscriber.counts();
  if (counts.lost() != 0) return fail("calls were lost");
  if (counts.safety_wakeups != 0) return fail("a bell was not heard");
  return 0;
}

int answer_slices(tarn::Node& node) {
  using tarn::test::Halves;
  using tarn::test::Words;
  auto subscriber = node.subscriber<Words>("mixed/words", {.history = 1});
  if (!subscriber) return fail(subscriber.error().message());
  auto publisher =
      node.publisher<Halves>("mixed/halves", {.max_elements = 2 * tarn::test::kMostWords});
  if (!publisher) return fail(publisher.error().message());
  if (!tarn::test::answer_words(*subscriber, *publisher)) return fail("a slice did not come");
  return subscriber->counts().lost() == 0 ? 0 : fail("slices were lost");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("usage: mixed_width_peer RUNTIME_DIRECTORY");
  auto node = tarn::Node::open(
      {.name = "peer", .runtime_directory = argv[1], .timeout = tarn::test::kWatchdog});
  if (!node) return fail(node.error().message());
  const int small = answer<tarn::test::Small>(*node, "mixed/small");
  const int large = answer<tarn::test::Large>(*node, "mixed/large");
  const int labelled = answer<tarn::test::Labelled>(*node, "mixed/labelled");
  const int slices = answer_slices(*node);
  return small + large + labelled + slices == 0 ? 0 : 1;
}
