#include "middleware/broker/registry.hpp"

#include <csignal>

#include "middleware/broker/liveness.hpp"
#include "platform/file_lock.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/directory/memory_pool.hpp"

using namespace tarn;
using broker::Registry;
using directory::RecordState;
using test::must;

namespace {

// A registry without sockets, over a pool in plain memory.
class Bench {
 public:
  Bench()
      : path(directory_.file("alive")),
        alive_(must(platform::open_or_create_file(path, 0600))),
        poller_(must(platform::Poller::create())),
        registry(pool_.view(), broker::Areas(pool_.view().geometry()), options_,
                 {.journal = journal_, .poller = poller_, .alive = alive_, .bells = bells_}) {}

 private:
  test::TemporaryDirectory directory_;

 public:
  const std::string path;

 private:
  test::MemoryPool pool_;
  broker::BrokerOptions options_;
  broker::Journal journal_{{}};
  platform::FileDescriptor alive_;
  platform::Poller poller_;
  broker::BellSockets bells_{directory_.file("bells"), std::nullopt};

 public:
  Registry registry;
};

constexpr MessageType kImu{
    .name = "Imu", .size_bytes = 32, .alignment = 8, .hash = 1, .fields = "a:u64@0"};

}  // namespace

TEST_CASE("a client of whose process nothing is known is dead when its lock is gone",
          "[broker][registry]") {
  Bench bench;
  auto child = test::ChildProcess::start([path = bench.path](test::Parent& parent) {
    const auto file = platform::open_or_create_file(path, 0600);
    parent.check(file.has_value(), "the child opens the file");
    parent.wait_for_go();
    const auto locked = platform::try_lock_byte(*file, broker::alive_byte(0));
    parent.check(locked && *locked, "the child holds its byte");
    parent.report("locked");
    parent.wait_for_go();  // until it is killed
  });
  auto& clients = bench.registry.clients;
  const auto client = must(clients.add({.node = "elsewhere"}, platform::ProcessHandle()));
  REQUIRE(client == 0);
  child.go();
  REQUIRE(child.next_report() == "locked");
  must(clients.activate(client));
  must(bench.registry.publishers.create({.client = client},
                                        {.topic = "imu", .type = kImu, .publisher = ""}));
  CHECK_FALSE(bench.registry.has_unfinished());  // its connection will tell

  clients.disconnected(client);
  CHECK(bench.registry.has_unfinished());
  child.kill(SIGSTOP);
  clients.probe();
  CHECK(clients.state(client) == RecordState::Active);
  child.kill(SIGKILL);
  REQUIRE(child.join() == test::killed_by(SIGKILL));
  clients.probe();
  CHECK_FALSE(clients.any());
  CHECK_FALSE(bench.registry.has_unfinished());
  CHECK(bench.registry.areas.used_bytes() == 0);
}

TEST_CASE("a byte that a child of a former client still holds is nobody else's",
          "[broker][registry]") {
  Bench bench;
  const auto heir = must(platform::open_file(bench.path, platform::FileAccess::ReadWrite));
  REQUIRE(must(platform::try_lock_byte(heir, broker::alive_byte(0))));
  const auto client = must(bench.registry.clients.add({.node = "next"}, platform::ProcessHandle()));
  CHECK(client == 1);
}
