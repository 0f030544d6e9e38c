#include "platform/runtime_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "platform/shared_file.hpp"
#include "platform/unix_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

constexpr std::uint32_t kNobody = 65534;

TEST_CASE("path facts tell what a path names", "[platform][runtime_directory]") {
  const TemporaryDirectory directory;
  const auto kind_of = [&](const std::string& name) {
    return must(path_facts(directory.file(name))).kind;
  };
  SECTION("nothing") {
    REQUIRE(kind_of("missing") == PathKind::Missing);
    REQUIRE(kind_of("missing/deeper") == PathKind::Missing);
    REQUIRE_FALSE(must(path_facts(directory.file("missing"))).exists());
  }
  SECTION("a directory and whose it is") {
    const auto facts = must(path_facts(directory.path()));
    REQUIRE(facts.is_directory());
    REQUIRE(facts.uid == effective_uid());
    REQUIRE(facts.gid == ::getegid());
    REQUIRE(facts.mode == 0700);
  }
  SECTION("a file, also on the way") {
    must(create_file(directory.file("file"), 0600));
    REQUIRE(kind_of("file") == PathKind::RegularFile);
    REQUIRE(kind_of("file/deeper") == PathKind::Missing);
  }
  SECTION("a symbolic link, not what it points to") {
    REQUIRE(::symlink(directory.path().c_str(), directory.file("link").c_str()) == 0);
    REQUIRE(kind_of("link") == PathKind::SymbolicLink);
  }
  SECTION("a socket") {
    const auto listener = must(SeqPacketListener::listen(directory.file("socket"), 0600));
    REQUIRE(kind_of("socket") == PathKind::Socket);
  }
  SECTION("something else") {
    REQUIRE(::mkfifo(directory.file("fifo").c_str(), 0600) == 0);
    REQUIRE(kind_of("fifo") == PathKind::Other);
  }
}

TEST_CASE("a directory that may not be searched is NotPermitted", "[platform][runtime_directory]") {
  if (!is_root()) return skip("only root can hide a directory from another user");
  const TemporaryDirectory directory;
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.check(::setuid(kNobody) == 0, "root can become nobody");
    const auto facts = path_facts(directory.file("inside"));
    parent.check(!facts && facts.error().code() == Errc::NotPermitted,
                 "nobody may not look inside");
    const auto made = make_directory(directory.file("inside"), 0700);
    parent.check(!made && made.error().code() == Errc::NotPermitted, "nor make anything there");
  });
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("tmpfs is told from other file systems", "[platform][runtime_directory]") {
  const TemporaryDirectory directory;
  REQUIRE(must(is_tmpfs(directory.path())));
  REQUIRE_FALSE(must(is_tmpfs("/proc")));
  const auto missing = is_tmpfs(directory.file("missing"));
  REQUIRE(missing.error().code() == Errc::InvalidRuntime);
  REQUIRE_THAT(missing.error().message(), contains_text(directory.file("missing")));
}

TEST_CASE("a file takes its bytes from what is available", "[platform][runtime_directory]") {
  const TemporaryDirectory directory;
  const auto file = must(create_file(directory.file("file"), 0600));
  REQUIRE(must(available_bytes(directory.path())) > 0);
  REQUIRE(must(available_bytes(file, "file")) > 0);
  REQUIRE(available_bytes(directory.file("missing")).error().code() == Errc::InvalidRuntime);
}

TEST_CASE("a directory is made with exactly the mode asked for", "[platform][runtime_directory]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("tarn");
  const mode_t before = ::umask(0077);
  const bool made = must(make_directory(path, 0750));
  ::umask(before);
  REQUIRE(made);
  REQUIRE(must(path_facts(path)).mode == 0750);
  SECTION("and left as it is when it is there already") {
    REQUIRE_FALSE(must(make_directory(path, 0700)));
    REQUIRE(must(path_facts(path)).mode == 0750);
  }
}

TEST_CASE("a directory gets the group asked for", "[platform][runtime_directory]") {
  if (!is_root()) return skip("only root can give a directory to any group");
  const TemporaryDirectory directory;
  REQUIRE(must(make_directory(directory.file("tarn"), 0750, kNobody)));
  const auto facts = must(path_facts(directory.file("tarn")));
  REQUIRE(facts.gid == kNobody);
  REQUIRE(facts.uid == 0);
  REQUIRE(facts.mode == 0750);
}

TEST_CASE("a directory that cannot get its group is not left behind",
          "[platform][runtime_directory]") {
  if (!is_root()) return skip("needs a second user");
  const TemporaryDirectory directory;
  REQUIRE(::chmod(directory.path().c_str(), 0777) == 0);
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.check(::setgid(kNobody) == 0 && ::setuid(kNobody) == 0, "root can become nobody");
    const auto made = make_directory(directory.file("tarn"), 0750, 0);
    parent.check(!made && made.error().code() == Errc::NotPermitted, "nobody has no group 0");
  });
  REQUIRE(child.join() == kCleanExit);
  REQUIRE_FALSE(must(path_facts(directory.file("tarn"))).exists());
}

TEST_CASE("what stands in a directory's way is named", "[platform][runtime_directory]") {
  const TemporaryDirectory directory;
  SECTION("a file of that name") {
    must(create_file(directory.file("tarn"), 0600));
    const auto made = make_directory(directory.file("tarn"), 0700);
    REQUIRE(made.error().code() == Errc::InvalidRuntime);
    REQUIRE_THAT(made.error().message(), contains_text(directory.file("tarn")));
  }
  SECTION("a symbolic link of that name") {
    REQUIRE(::symlink(directory.path().c_str(), directory.file("tarn").c_str()) == 0);
    REQUIRE(make_directory(directory.file("tarn"), 0700).error().code() == Errc::InvalidRuntime);
  }
  SECTION("a missing parent") {
    const auto made = make_directory(directory.file("no/tarn"), 0700);
    REQUIRE(made.error().code() == Errc::InvalidRuntime);
    REQUIRE_THAT(made.error().message(), contains_text(directory.file("no/tarn")));
  }
}

TEST_CASE("the names in a directory are all that is in it", "[platform][runtime_directory]") {
  const TemporaryDirectory directory;
  REQUIRE(must(directory_entries(directory.path())).empty());
  must(create_file(directory.file(".hidden"), 0600));
  must(make_directory(directory.file("deeper"), 0700));
  auto names = must(directory_entries(directory.path()));
  std::sort(names.begin(), names.end());
  REQUIRE(names == std::vector<std::string>{".hidden", "deeper"});
  REQUIRE(directory_entries(directory.file("missing")).error().code() == Errc::InvalidRuntime);
}

TEST_CASE("only an empty directory is removed", "[platform][runtime_directory]") {
  const TemporaryDirectory directory;
  REQUIRE_FALSE(must(remove_directory(directory.file("tarn"))));
  must(make_directory(directory.file("tarn"), 0700));
  must(create_file(directory.file("tarn/file"), 0600));
  REQUIRE(remove_directory(directory.file("tarn")).error().system_errno() == ENOTEMPTY);
  REQUIRE(must(unlink_file(directory.file("tarn/file"))));
  REQUIRE(must(remove_directory(directory.file("tarn"))));
  REQUIRE_FALSE(must(path_facts(directory.file("tarn"))).exists());
}

}  // namespace
}  // namespace tarn::platform
