#include "middleware/broker/broker.hpp"

#include <sys/resource.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "middleware/pool/pool_state.hpp"
#include "platform/process_handle.hpp"
#include "platform/shared_file.hpp"
#include "platform/wakeup.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using broker::Broker;
using broker::PoolOrigin;

namespace {

bool exists(const TestBroker& broker, const char* name) {
  return must(platform::path_identity(broker.directory() + "/" + name)).has_value();
}

// Leaves the process no fd to open, while it lives: a limit a little above what it has, and the rest
// taken.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(open_descriptors().rbegin()->first) + 8;
    ::setrlimit(RLIMIT_NOFILE, &few);
    while (auto wakeup = platform::Wakeup::create()) taken_.push_back(std::move(*wakeup));
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
  std::vector<platform::Wakeup> taken_;
};

}  // namespace

TEST_CASE("a broker makes its pool and signs it", "[broker]") {
  TestBroker broker;
  CHECK(broker.broker().pool_origin() == PoolOrigin::Created);
  CHECK(broker.header().broker_pid == platform::own_pid());
  CHECK(broker.header().broker_epoch == 1);
  CHECK(pool::load_pool_state(broker.header()) == pool::PoolState::Ready);
  CHECK(broker.header().pool_bytes == std::uint64_t{16} << 20);
  CHECK(broker.all_free());
}

TEST_CASE("a second broker is told who the first is", "[broker]") {
  TestBroker broker;
  const auto refused = Broker::create(broker.options());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::RoleTaken);
  CHECK_THAT(refused.error().message(),
             contains_text("pid " + std::to_string(platform::own_pid())));
}

TEST_CASE("an orderly exit without clients leaves nothing", "[broker]") {
  TestBroker broker;
  const auto& header = broker.header();
  must(broker.broker().leave());
  CHECK(pool::load_pool_state(header) == pool::PoolState::Gone);
  for (const char* name : {"pool", "pool.new", "broker.sock", "broker.lock", "alive", "bells"}) {
    CHECK_FALSE(exists(broker, name));
  }
  CHECK(broker.start());
}

TEST_CASE("an orderly exit with clients leaves the pool to the next broker", "[broker]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  client.publish("imu", type("Imu", 32));
  must(broker.broker().leave());
  CHECK(pool::load_pool_state(broker.header()) == pool::PoolState::Ready);
  CHECK(exists(broker, "pool"));
  CHECK_FALSE(exists(broker, "broker.sock"));
  must(broker.start());
  CHECK(broker.broker().pool_origin() == PoolOrigin::Adopted);
}

TEST_CASE("stop ends run, which leaves in order", "[broker]") {
  TestBroker broker;
  std::thread stopper([&] { broker.broker().stop(); });
  must(broker.broker().run());
  stopper.join();
  CHECK_FALSE(exists(broker, "pool"));
  CHECK_FALSE(must(broker.broker().poll_once(platform::kForever)));
}

TEST_CASE("a configuration that does not fit its pool is refused with what it needs", "[broker]") {
  const TemporaryDirectory directory;
  broker::BrokerOptions options;
  options.runtime_directory = directory.path();
  SECTION("for its topics") {
    options.rules.rules.push_back({.name = "frame", .payload_bytes = 8 << 20});
    const auto refused = Broker::create(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidConfig);
    CHECK_THAT(refused.error().message(), contains_text("topics.frame"));
  }
  SECTION("for its limits") {
    options.limits.waiters = 7;
    options.rules.rules.push_back({.name = "frame", .subscribers = 8});
    const auto refused = Broker::create(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidConfig);
    CHECK_THAT(refused.error().message(),
               contains_text("limits.waiters is 7") && contains_text("need 8"));
  }
  SECTION("for its bookkeeping") {
    options.pool_bytes = 64 << 10;
    const auto refused = Broker::create(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidConfig);
    CHECK_THAT(refused.error().message(), contains_text("bookkeeping"));
  }
  CHECK_FALSE(must(platform::path_identity(directory.file("pool"))));
}

TEST_CASE("a path too long for a socket is refused", "[broker]") {
  broker::BrokerOptions options;
  options.runtime_directory = "/dev/shm/" + std::string(100, 'x');
  const auto refused = Broker::create(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidRuntime);
}

TEST_CASE("a thousand clients that come and go leave every byte free and no fd", "[broker]") {
  TestBroker broker;
  const auto descriptors = open_descriptors().size();
  for (int i = 0; i < 1000; ++i) {
    WireClient client(broker, "visitor");
    const auto ring = client.publish("imu", type("Imu", 32));
    const auto subscriber = client.subscribe("imu", type("Imu", 32));
    client.publish("frame", type("Frame", 1000));
    publish_messages(broker, ring, 3);
    if (i % 2 == 0) {
      leave(broker, ring, subscriber);
      must(client.close(ring));
      must(client.close(subscriber));
    }
    must(client.goodbye());
    if (!broker.all_free()) FAIL("something is left after client " << i);
  }
  CHECK(open_descriptors().size() == descriptors);
  CHECK(broker.header().connections == 1000);
  CHECK(broker.header().protocol_errors == 0);
}

TEST_CASE("without fds a broker turns connections away and goes on", "[broker]") {
  TestBroker broker;
  WireClient bystander(broker, "bystander");
  WireClient late(broker);  // connected, not accepted yet: its own fd is there
  {
    const NoDescriptors none;
    broker.pump();
    CHECK(broker.logged("no file descriptor left"));
    CHECK(bystander.try_publish("imu", type("Imu", 32)));
  }
  CHECK(late.is_closed());
  CHECK_NOTHROW(WireClient(broker, "after"));
}
