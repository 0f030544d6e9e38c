// What an observer sees of a domain from its own process.
#include <cstdint>

#include <tarn/tarn.hpp>

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

}  // namespace tarn::test
