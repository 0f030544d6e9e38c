#include "platform/shared_file.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "platform/runtime_directory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/signal_storm.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

bool closes_on_exec(const FileDescriptor& file) {
  return (::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST_CASE("a created file has exactly the mode asked for", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const Umask umask(0077);
  const auto file = must(create_file(directory.file("pool"), 0640));
  REQUIRE(must(path_facts(directory.file("pool"))).mode == 0640);
  REQUIRE(closes_on_exec(file));
}

TEST_CASE("creating a file replaces nothing", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("pool");
  SECTION("no file") { must(create_file(path, 0600)); }
  SECTION("no symbolic link, not even a dangling one") {
    REQUIRE(::symlink(directory.file("elsewhere").c_str(), path.c_str()) == 0);
  }
  const auto again = create_file(path, 0600);
  REQUIRE_FALSE(again.has_value());
  REQUIRE(again.error().system_errno() == EEXIST);
  REQUIRE_THAT(again.error().message(), contains_text(path));
  REQUIRE_FALSE(must(path_facts(directory.file("elsewhere"))).exists());
}

TEST_CASE("opening a file follows no symbolic link", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  must(create_file(directory.file("pool"), 0600));
  REQUIRE(::symlink("pool", directory.file("link").c_str()) == 0);
  REQUIRE(closes_on_exec(must(open_file(directory.file("pool"), FileAccess::ReadOnly))));
  const auto link = open_file(directory.file("link"), FileAccess::ReadWrite);
  REQUIRE_FALSE(link.has_value());
  REQUIRE(link.error().system_errno() == ELOOP);
}

TEST_CASE("opening a FIFO in a file's place does not wait", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  REQUIRE(::mkfifo(directory.file("pool").c_str(), 0600) == 0);
  REQUIRE(open_file(directory.file("pool"), FileAccess::ReadOnly).has_value());
}

TEST_CASE("a missing file is ENOENT, a forbidden one NotPermitted", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const auto missing = open_file(directory.file("pool"), FileAccess::ReadOnly);
  REQUIRE(missing.error().system_errno() == ENOENT);
  if (!is_root()) return skip("only root can hide a file from another user");
  must(create_file(directory.file("pool"), 0600));
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.check(::setuid(65534) == 0, "root can become nobody");
    const auto file = open_file(directory.file("pool"), FileAccess::ReadOnly);
    parent.check(!file && file.error().code() == Errc::NotPermitted, "nobody may open it");
  });
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("a lock file is made once and found later", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("broker.lock");
  const Umask umask(0077);
  const auto made = must(open_or_create_file(path, 0640));
  const auto found = must(open_or_create_file(path, 0600));
  REQUIRE(must(file_identity(made, path)) == must(file_identity(found, path)));
  REQUIRE(must(path_facts(path)).mode == 0640);
}

TEST_CASE("an allocated file is backed in full and reads as zeros", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("pool");
  const auto file = must(create_file(path, 0600));
  constexpr std::uint64_t kBytes = (20U << 20) + 123;  // more than one step, and no whole page
  must(allocate(file, kBytes, path));
  REQUIRE(must(file_size(file, path)) == kBytes);
  struct stat status {};
  REQUIRE(::fstat(file.get(), &status) == 0);
  REQUIRE(static_cast<std::uint64_t>(status.st_blocks) * 512 >= kBytes);
  std::array<std::byte, 64> tail;
  tail.fill(std::byte{1});
  REQUIRE(must(read_file_at(file, kBytes - 32, tail, path)) == 32);
  REQUIRE(tail[31] == std::byte{0});
  REQUIRE(tail[32] == std::byte{1});
}

TEST_CASE("an allocation that signals keep interrupting still ends", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("pool");
  constexpr std::uint64_t kBytes = 64U << 20;
  const SignalStorm storm;
  REQUIRE(storm.shakes([&] {
    const auto file = must(create_file(path, 0600));
    must(allocate(file, kBytes, path));
    REQUIRE(must(file_size(file, path)) == kBytes);
    must(unlink_file(path));
  }));
}

void write_text(const char* path, const std::string& text) {
  const FileDescriptor file(::open(path, O_WRONLY | O_CLOEXEC));
  static_cast<void>(::write(file.get(), text.data(), text.size()));
}

// In the child's own view of the file systems. Ends the child where the machine allows no mount.
void mount_tmpfs(Parent& parent, const std::string& path, const char* options) {
  const bool root = is_root();
  const std::string uid_map = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string gid_map = "0 " + std::to_string(::getegid()) + " 1";
  bool mounted = ::unshare(root ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0;
  if (mounted && !root) {
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", uid_map);
    write_text("/proc/self/gid_map", gid_map);
  }
  mounted = mounted && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            ::mount("tmpfs", path.c_str(), "tmpfs", 0, options) == 0;
  parent.report(mounted ? "mounted" : "no mount");
  if (!mounted) ::_exit(0);
}

TEST_CASE("a full file system refuses with the bytes needed and available",
          "[platform][shared_file]") {
  const TemporaryDirectory directory;
  auto child = ChildProcess::start([&](Parent& parent) {
    mount_tmpfs(parent, directory.path(), "size=1m");
    const std::string path = directory.file("pool.new");
    auto file = create_file(path, 0600);
    parent.check(file.has_value(), "the file is created");
    const auto result = allocate(*file, 2U << 20, path);
    parent.check(!result && result.error().code() == Errc::NoSpace, "2 MiB do not fit in 1 MiB");
    parent.report(result.error().message());
    parent.check(file_size(*file, path).value_or(1) == 0, "what was taken is given back");
    parent.check(allocate(*file, 1U << 19, path).has_value(), "half a MiB fits");
  });
  if (child.next_report() != "mounted") return skip("this machine allows no tmpfs mount");
  const std::string message = child.next_report();
  REQUIRE_THAT(message, contains_text(directory.file("pool.new")) &&
                            contains_text("2097152 bytes needed") &&
                            contains_text("1048576 available"));
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("a tmpfs larger than the memory refuses what the memory cannot back",
          "[platform][shared_file]") {
  const TemporaryDirectory directory;
  auto child = ChildProcess::start([&](Parent& parent) {
    mount_tmpfs(parent, directory.path(), "size=0");  // no limit
    // So that a mistake in what is tested fills nobody's memory.
    const rlimit limit{.rlim_cur = 1U << 20, .rlim_max = 1U << 20};
    parent.check(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "files are limited to 1 MiB");
    const std::string path = directory.file("pool.new");
    auto file = create_file(path, 0600);
    parent.check(file.has_value(), "the file is created");
    const auto result = allocate(*file, 1ULL << 50, path);
    parent.check(!result && result.error().code() == Errc::NoSpace, "no machine has a PiB");
    parent.report(result.error().message());
    parent.check(allocate(*file, 1U << 19, path).has_value(), "half a MiB fits");
  });
  if (child.next_report() != "mounted") return skip("this machine allows no tmpfs mount");
  REQUIRE_THAT(child.next_report(), contains_text("1125899906842624 bytes needed") &&
                                        contains_text("available in the machine's memory"));
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("an allocation that fails half-way takes nothing", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  auto child = ChildProcess::start([&](Parent& parent) {
    const rlimit limit{.rlim_cur = 20U << 20, .rlim_max = 20U << 20};
    parent.check(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "files are limited to 20 MiB");
    ::signal(SIGXFSZ, SIG_IGN);
    const std::string path = directory.file("pool.new");
    auto file = create_file(path, 0600);
    parent.check(file.has_value(), "the file is created");
    parent.check(allocate(*file, 4096, path).has_value(), "a page fits");
    const auto result = allocate(*file, 40U << 20, path);
    parent.check(!result && result.error().system_errno() == EFBIG, "40 MiB are beyond the limit");
    parent.check(file_size(*file, path).value_or(0) == 4096, "the file is as it was");
  });
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("what is written at an offset is read there", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("broker.lock");
  const auto file = must(create_file(path, 0600));
  must(write_file_at(file, 3, bytes_of("abc"), path));
  std::array<std::byte, 16> buffer{};
  REQUIRE(must(read_file_at(file, 0, buffer, path)) == 6);
  REQUIRE(std::memcmp(buffer.data(), "\0\0\0abc", 6) == 0);
  REQUIRE(must(read_file_at(file, 100, buffer, path)) == 0);
}

TEST_CASE("renaming puts one file in the place of another", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  const auto old = must(create_file(directory.file("pool"), 0600));
  const auto fresh = must(create_file(directory.file("pool.new"), 0600));
  const auto old_identity = must(file_identity(old, "pool"));
  const auto fresh_identity = must(file_identity(fresh, "pool.new"));
  REQUIRE_FALSE(old_identity == fresh_identity);
  must(rename_file(directory.file("pool.new"), directory.file("pool")));
  REQUIRE(must(path_identity(directory.file("pool"))) == fresh_identity);
  REQUIRE_FALSE(must(path_identity(directory.file("pool.new"))).has_value());
  const auto again = rename_file(directory.file("pool.new"), directory.file("pool"));
  REQUIRE(again.error().system_errno() == ENOENT);
}

TEST_CASE("unlinking says whether there was a file", "[platform][shared_file]") {
  const TemporaryDirectory directory;
  must(create_file(directory.file("pool"), 0600));
  REQUIRE(must(unlink_file(directory.file("pool"))));
  REQUIRE_FALSE(must(unlink_file(directory.file("pool"))));
  REQUIRE(unlink_file(directory.path()).error().system_errno() == EISDIR);
}

}  // namespace
}  // namespace tarn::platform
