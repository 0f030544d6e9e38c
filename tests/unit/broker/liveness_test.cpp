#include "middleware/broker/liveness.hpp"

#include <sys/resource.h>

#include <csignal>

#include "platform/file_lock.hpp"
#include "platform/process_handle.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace tarn;
using broker::check_liveness;
using test::must;

namespace {

// A process that holds the byte of client 3 until it is told otherwise.
test::ChildProcess start_holder(const std::string& path) {
  auto child = test::ChildProcess::start([path](test::Parent& parent) {
    const auto file = platform::open_or_create_file(path, 0600);
    parent.check(file.has_value(), "the child opens the file");
    const auto locked = platform::try_lock_byte(*file, broker::alive_byte(3));
    parent.check(locked && *locked, "the child holds its byte");
    parent.report("locked");
    parent.wait_for_go();
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "locked");
  return child;
}

directory::ClientRecordLayout record_of(std::int32_t pid, std::uint64_t start_time) {
  directory::ClientRecordLayout record{};
  record.pid = pid;
  record.start_time = start_time;
  record.numbering = platform::process_numbering();
  return record;
}

}  // namespace

TEST_CASE("a process is known by its pid and when it started", "[broker][liveness]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("alive");
  const auto alive = must(platform::open_or_create_file(path, 0600));
  auto child = start_holder(path);
  const auto pid = child.pid();
  const auto started = child.start_time();

  CHECK(check_liveness(record_of(pid, started), 3, alive).alive);
  // Another process has the pid by now.
  CHECK_FALSE(check_liveness(record_of(pid, started + 1), 3, alive).alive);
  child.kill(SIGKILL);
  REQUIRE(child.join() == test::killed_by(SIGKILL));
  CHECK_FALSE(check_liveness(record_of(pid, started), 3, alive).alive);
}

TEST_CASE("where the pid says nothing the lock decides", "[broker][liveness]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("alive");
  const auto alive = must(platform::open_or_create_file(path, 0600));
  auto child = start_holder(path);
  // Of a broker in a container, say, where this pid is somebody else's.
  auto of_elsewhere = record_of(1, 1);
  ++of_elsewhere.numbering;
  const auto unknown = GENERATE_COPY(record_of(0, 0), record_of(1, 0), of_elsewhere);
  CHECK(check_liveness(unknown, 3, alive).alive);
  CHECK_FALSE(check_liveness(unknown, 4, alive).alive);
  child.kill(SIGSTOP);
  CHECK(check_liveness(unknown, 3, alive).alive);
  child.kill(SIGKILL);
  REQUIRE(child.join() == test::killed_by(SIGKILL));
  CHECK_FALSE(check_liveness(unknown, 3, alive).alive);
}

TEST_CASE(
    "a process about which nobody can ask for lack of descriptors is alive while it has its byte",
    "[broker][liveness]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("alive");
  const auto alive = must(platform::open_or_create_file(path, 0600));
  auto child = start_holder(path);
  const auto record = record_of(child.pid(), child.start_time());
  const int first_free = must(platform::open_file(path, platform::FileAccess::ReadOnly)).get();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const auto left = GENERATE(0, 1);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(first_free + left);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  const bool answer = check_liveness(record, 3, alive).alive;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(answer);
}
