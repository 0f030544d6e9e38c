#include "middleware/broker/role_lock.hpp"

#include <optional>

#include "platform/process_handle.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace tarn;
using broker::RoleLock;
using test::contains_text;
using test::must;

TEST_CASE("one holds the role, and others learn who", "[broker][role_lock]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("broker.lock");
  std::optional<RoleLock> holder(must(RoleLock::take(path)));
  const auto refused = RoleLock::take(path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::RoleTaken);
  CHECK_THAT(refused.error().message(),
             contains_text("pid " + std::to_string(platform::own_pid())) && contains_text(path));
  holder.reset();
  CHECK(RoleLock::take(path));
}

TEST_CASE("the role ends with the process that has it", "[broker][role_lock]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("broker.lock");
  auto child = test::ChildProcess::start([&](test::Parent& parent) {
    const auto lock = RoleLock::take(path);
    parent.check(lock.has_value(), "the child takes the role");
    parent.report("taken");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "taken");
  const auto refused = RoleLock::take(path);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(), contains_text("pid " + std::to_string(child.pid())));
  child.go();
  REQUIRE(child.join() == test::kCleanExit);
  CHECK(RoleLock::take(path));
}

TEST_CASE("a lock on a file that is no longer there is nobody's role", "[broker][role_lock]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("broker.lock");
  auto first = must(RoleLock::take(path));
  must(first.unlink());
  CHECK_FALSE(must(platform::path_identity(path)));
  auto second = must(RoleLock::take(path));  // while the first still holds the file that was
  must(first.unlink());                      // and leaves alone what is not his
  CHECK(must(platform::path_identity(path)));
  CHECK_FALSE(RoleLock::take(path));
}

TEST_CASE("who only fills in leaves the role to who has a claim to it", "[broker][role_lock]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("broker.lock");
  std::optional<broker::RoleClaim> claim(must(broker::RoleClaim::stake(path)));
  const auto refused = RoleLock::take_unclaimed(path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::RoleTaken);
  CHECK_THAT(refused.error().message(), contains_text(path));
  SECTION("but not who wants it for itself") { CHECK(RoleLock::take(path)); }
  SECTION("as long as it has it") {
    claim.reset();
    CHECK(RoleLock::take_unclaimed(path));
  }
}

TEST_CASE("the holder of the role learns that somebody waits for it", "[broker][role_lock]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("broker.lock");
  const RoleLock holder = must(RoleLock::take(path));
  CHECK_FALSE(holder.is_claimed());
  {
    const broker::RoleClaim claim = must(broker::RoleClaim::stake(path));
    const broker::RoleClaim another = must(broker::RoleClaim::stake(path));  // both wait
    CHECK(holder.is_claimed());
  }
  CHECK_FALSE(holder.is_claimed());
}
