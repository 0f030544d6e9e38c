// What an observer sees of a domain from its own process.
#include <cstdint>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr std::uint64_t kPoolBytes = std::uint64_t{4} << 20;

TestDomain small_domain() {
  return TestDomain(
      {.topics = {listed("imu", sizeof(Large), {.depth = 64})}, .pool_bytes = kPoolBytes});
}

Observer observe(const TestDomain& domain) {
  return must(Observer::open({.runtime_directory = domain.path(), .timeout = kWatchdog}));
}

}  // namespace

TEST_CASE("an observer sees the pool fill and empty as publishers come and go", "[process]") {
  const TestDomain domain = small_domain();
  const Observer observer = observe(domain);
  const PoolStatus empty = must(observer.pool());
  CHECK(empty.size_bytes == kPoolBytes);
  CHECK(empty.used_bytes > 0);  // the bookkeeping
  CHECK(empty.used_bytes < kPoolBytes);
  auto node = domain.open("driver");
  {
    const auto publisher = must(node.publisher<Large>("imu"));
    // At least its ring's worth of chunks.
    CHECK(must(observer.pool()).used_bytes >= empty.used_bytes + 64 * sizeof(Large));
  }
  CHECK(wait_until([&] { return must(observer.pool()).used_bytes == empty.used_bytes; }));
}

TEST_CASE("an observer whose pool was made anew says so", "[process]") {
  TestDomain domain = small_domain();
  const Observer observer = observe(domain);
  domain.stop_broker();
  domain.start_broker();
  const auto pool = observer.pool();
  REQUIRE_FALSE(pool);
  CHECK(pool.error().code() == Errc::DomainReset);
  const auto topics = observer.topics();
  REQUIRE_FALSE(topics);
  CHECK(topics.error().code() == Errc::DomainReset);
}

TEST_CASE("an observer sees what was published and lost, also while there is no broker",
          "[process]") {
  constexpr std::uint32_t kDepth = 4;
  TestDomain domain({.topics = {listed("watched", sizeof(Large), {.depth = kDepth})}});
  const Observer observer = observe(domain);
  CHECK(must(observer.topics()).empty());
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>("watched"));
  ScriptedPublisher<Large> publisher(domain, "watched", {.writer = 1, .batches = {10, 5}});
  const auto drain = [&] {
    while (subscriber.try_take()) {
    }
  };
  const auto check_topic = [&](std::uint64_t published, std::uint64_t lost) {
    const auto topics = must(observer.topics());
    REQUIRE(topics.size() == 1);
    CHECK(topics[0].name == "watched");
    CHECK(topics[0].type == "Large");
    CHECK(topics[0].publishers == 1);
    CHECK(topics[0].subscribers == 1);
    CHECK(topics[0].published == published);
    CHECK(topics[0].lost == lost);
  };
  check_topic(0, 0);
  publisher.publish_batch();
  drain();
  check_topic(10, 10 - kDepth);
  domain.kill_broker();
  publisher.publish_batch();
  drain();
  check_topic(15, 15 - 2 * kDepth);
  CHECK(subscriber.counts().received == 2 * kDepth);
  domain.start_broker();
  publisher.close();
}

}  // namespace tarn::test
