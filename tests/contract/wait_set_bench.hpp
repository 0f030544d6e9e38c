// Both ends of as many topics as a case wants, over one of the transports, and a wait set on the reading
// side. Main thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

struct WaitSetBench {
  explicit WaitSetBench(const TransportKind& kind)
      : transport(kind.open({})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))),
        set(must(reading.wait_set())) {}

  // A topic's ends, which know of each other.
  struct Pair {
    TestedPublisher<Small> publisher;
    Subscriber<Small> subscriber;
    std::uint64_t sent = 0;

    void send() { must(publisher.send(numbered<Small>(1, ++sent))); }
  };
  [[nodiscard]] Pair pair(const std::string& topic) {
    Pair made{must(publishing.publisher<Small>(topic)), must(reading.subscriber<Small>(topic))};
    if (!meet(made.publisher, made.subscriber)) FAIL("the two ends of " << topic << " do not meet");
    return made;
  }

  // What a wait answers, copied.
  [[nodiscard]] std::vector<Ready> wait(std::chrono::nanoseconds timeout = kWatchdog) {
    const auto ready = must(set.wait(timeout));
    return {ready.begin(), ready.end()};
  }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
  WaitSet set;
};

[[nodiscard]] inline bool is(const Ready& ready, AttachmentId id, WaitReason reason) {
  return ready.id == id && ready.reason == reason;
}

inline void check_refused(const auto& result, const std::string& words) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::InvalidArgument);
  INFO(result.error().message());
  CHECK(std::string(result.error().message()).find(words) != std::string::npos);
}

}  // namespace tarn::test
