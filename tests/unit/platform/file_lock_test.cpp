#include "platform/file_lock.hpp"

#include <signal.h>

#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

class LockFile {
 public:
  LockFile() : path_(directory_.file("alive")) { must(create_file(path_, 0600)); }
  // A description of its own each time, as every process has.
  FileDescriptor open() const { return must(open_file(path_, FileAccess::ReadWrite)); }

 private:
  TemporaryDirectory directory_;
  std::string path_;
};

constexpr std::uint64_t kByte = 17;

TEST_CASE("a locked byte is refused to everybody else", "[platform][file_lock]") {
  const LockFile lock_file;
  const auto holder = lock_file.open();
  const auto other = lock_file.open();
  REQUIRE(must(try_lock_byte(holder, kByte)));
  REQUIRE_FALSE(must(try_lock_byte(other, kByte)));
  REQUIRE(must(byte_is_locked(other, kByte)));
  SECTION("but not to its holder") {
    REQUIRE(must(try_lock_byte(holder, kByte)));
    REQUIRE_FALSE(must(byte_is_locked(holder, kByte)));
  }
  SECTION("and leaves its neighbours free") {
    REQUIRE_FALSE(must(byte_is_locked(other, kByte - 1)));
    REQUIRE(must(try_lock_byte(other, kByte + 1)));
  }
  SECTION("until it is unlocked") {
    must(unlock_byte(holder, kByte));
    REQUIRE_FALSE(must(byte_is_locked(other, kByte)));
    REQUIRE(must(try_lock_byte(other, kByte)));
  }
}

TEST_CASE("asking for a byte's lock takes nothing", "[platform][file_lock]") {
  const LockFile lock_file;
  const auto one = lock_file.open();
  const auto other = lock_file.open();
  REQUIRE_FALSE(must(byte_is_locked(one, kByte)));
  REQUIRE(must(try_lock_byte(other, kByte)));
}

TEST_CASE("a byte far beyond 4 GiB can be locked", "[platform][file_lock]") {
  const LockFile lock_file;
  const auto holder = lock_file.open();
  const auto other = lock_file.open();
  constexpr std::uint64_t kFar = 1ULL << 40;
  REQUIRE(must(try_lock_byte(holder, kFar)));
  REQUIRE(must(byte_is_locked(other, kFar)));
  REQUIRE_FALSE(must(byte_is_locked(other, 0)));
}

TEST_CASE("a byte lock ends with the process that holds it", "[platform][file_lock]") {
  const LockFile lock_file;
  const auto mine = lock_file.open();
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto own = lock_file.open();
    const auto locked = try_lock_byte(own, kByte);
    parent.check(locked && *locked, "the child gets the lock");
    parent.report("locked");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "locked");
  REQUIRE(must(byte_is_locked(mine, kByte)));
  REQUIRE_FALSE(must(try_lock_byte(mine, kByte)));
  child.kill(SIGKILL);
  REQUIRE(child.join() == killed_by(SIGKILL));
  REQUIRE_FALSE(must(byte_is_locked(mine, kByte)));
  REQUIRE(must(try_lock_byte(mine, kByte)));
}

TEST_CASE("a forked child shares its parent's byte lock until it has gone",
          "[platform][file_lock]") {
  const LockFile lock_file;
  auto holder = lock_file.open();
  const auto other = lock_file.open();
  REQUIRE(must(try_lock_byte(holder, kByte)));
  auto child = ChildProcess::start([](Parent& parent) { parent.wait_for_go(); });
  holder.reset();
  REQUIRE(must(byte_is_locked(other, kByte)));
  child.go();
  REQUIRE(child.join() == kCleanExit);
  REQUIRE_FALSE(must(byte_is_locked(other, kByte)));
}

TEST_CASE("a locked file is refused to everybody else", "[platform][file_lock]") {
  const LockFile lock_file;
  auto holder = lock_file.open();
  const auto other = lock_file.open();
  REQUIRE(must(try_lock_file(holder)));
  REQUIRE(must(try_lock_file(holder)));
  REQUIRE_FALSE(must(try_lock_file(other)));
  SECTION("until it is closed") {
    holder.reset();
    REQUIRE(must(try_lock_file(other)));
  }
  SECTION("and does not get in the way of byte locks") {
    REQUIRE(must(try_lock_byte(other, kByte)));
  }
}

TEST_CASE("a file lock ends with the process that holds it", "[platform][file_lock]") {
  const LockFile lock_file;
  const auto mine = lock_file.open();
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto own = lock_file.open();
    const auto locked = try_lock_file(own);
    parent.check(locked && *locked, "the child gets the lock");
    parent.report("locked");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "locked");
  REQUIRE_FALSE(must(try_lock_file(mine)));
  child.kill(SIGKILL);
  REQUIRE(child.join() == killed_by(SIGKILL));
  REQUIRE(must(try_lock_file(mine)));
}

TEST_CASE("locking through a closed fd is an error", "[platform][file_lock]") {
  const FileDescriptor closed;
  REQUIRE_FALSE(try_lock_byte(closed, kByte).has_value());
  REQUIRE_FALSE(unlock_byte(closed, kByte).has_value());
  REQUIRE_FALSE(byte_is_locked(closed, kByte).has_value());
  REQUIRE_FALSE(try_lock_file(closed).has_value());
}

}  // namespace
}  // namespace tarn::platform
