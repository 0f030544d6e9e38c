#include "platform/file_mapping.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>

#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

constexpr std::size_t kPages = 4;

// A file of a few pages with the page's number in the first byte of each.
struct PageFile {
  explicit PageFile(std::size_t pages = kPages)
      : path(directory.file("pages")),
        file(must(create_file(path, 0600))),
        bytes(pages * page_bytes()) {
    must(allocate(file, bytes, path));
    for (std::size_t page = 0; page < pages; ++page) {
      const auto number = static_cast<std::byte>(page);
      must(write_file_at(file, page * page_bytes(), std::span(&number, 1), path));
    }
  }

  TemporaryDirectory directory;
  std::string path;
  FileDescriptor file;
  std::size_t bytes;
};

// A store that the compiler may not drop.
void poke(std::byte* place, int value) {
  *static_cast<volatile std::byte*>(place) = static_cast<std::byte>(value);
}

void peek(const std::byte* place) {
  static_cast<void>(*static_cast<const volatile std::byte*>(place));
}

TEST_CASE("a mapping shows the whole file", "[platform][file_mapping]") {
  const PageFile pages;
  const auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  REQUIRE(mapping.valid());
  REQUIRE(mapping.size_bytes() == pages.bytes);
  for (std::size_t page = 0; page < kPages; ++page) {
    REQUIRE(mapping.data()[page * page_bytes()] == static_cast<std::byte>(page));
  }
  REQUIRE(static_cast<const void*>(mapping.writable_data()) == mapping.data());
}

TEST_CASE("a file shorter than promised is not mapped", "[platform][file_mapping]") {
  const PageFile pages;
  const auto mapping = FileMapping::map_read_only(pages.file, pages.bytes + 1, "pages");
  REQUIRE_FALSE(mapping.has_value());
  REQUIRE(mapping.error().code() == Errc::ProtocolError);
  REQUIRE_THAT(mapping.error().message(), contains_text("pages") &&
                                              contains_text(std::to_string(pages.bytes)) &&
                                              contains_text(std::to_string(pages.bytes + 1)));
}

TEST_CASE("a file that does not fit the address space names the bytes needed",
          "[platform][file_mapping]") {
  const TemporaryDirectory directory;
  const auto file = must(create_file(directory.file("huge"), 0600));
  const auto bytes = static_cast<std::size_t>(sizeof(void*) == 8 ? 1ULL << 47 : 0xF0000000ULL);
  // Sparse: it takes no memory, and nobody touches it.
  REQUIRE(::ftruncate64(file.get(), static_cast<off64_t>(bytes)) == 0);
  const auto mapping = FileMapping::map_read_only(file, bytes, "huge");
  REQUIRE_FALSE(mapping.has_value());
  REQUIRE(mapping.error().code() == Errc::OutOfMemory);
  REQUIRE_THAT(mapping.error().message(),
               contains_text("huge") && contains_text(std::to_string(bytes)));
}

TEST_CASE("a part of a mapping becomes writable and read-only again", "[platform][file_mapping]") {
  const PageFile pages;
  auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  const auto other = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  const std::size_t page = page_bytes();
  must(mapping.make_writable(page, page));
  poke(mapping.writable_data() + page, 77);
  REQUIRE(other.data()[page] == std::byte{77});
  SECTION("with its contents") {
    must(mapping.make_read_only(page, page));
    REQUIRE(mapping.data()[page] == std::byte{77});
  }
  SECTION("as often as wanted") {
    must(mapping.make_read_only(page, page));
    must(mapping.make_writable(0, 2 * page));
    poke(mapping.writable_data(), 78);
    poke(mapping.writable_data() + page, 79);
    REQUIRE(other.data()[0] == std::byte{78});
    REQUIRE(other.data()[page] == std::byte{79});
  }
}

TEST_CASE("the file may be closed once it is mapped", "[platform][file_mapping]") {
  PageFile pages;
  auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  pages.file.reset();
  must(mapping.make_writable(0, page_bytes()));
  poke(mapping.writable_data(), 5);
  REQUIRE(mapping.data()[0] == std::byte{5});
}

TEST_CASE("a store outside the writable parts kills the writer", "[platform][file_mapping]") {
  const PageFile pages;
  const auto store_at = [&](std::size_t offset, bool ended) {
    auto child = ChildProcess::start([&](Parent& parent) {
      auto mapping = FileMapping::map_read_only(pages.file, pages.bytes, "pages");
      parent.check(mapping.has_value(), "the child maps the file");
      parent.check(mapping->make_writable(page_bytes(), page_bytes()).has_value(),
                   "a part is writable");
      if (ended) {
        parent.check(mapping->make_read_only(page_bytes(), page_bytes()).has_value(),
                     "and no more");
      }
      poke(mapping->writable_data() + offset, 1);
    });
    return child.join();
  };
  const std::size_t page = page_bytes();
  REQUIRE(store_at(page - 1, false) == killed_by(SIGSEGV));
  REQUIRE(store_at(page, false) == kCleanExit);
  REQUIRE(store_at(2 * page - 1, false) == kCleanExit);
  REQUIRE(store_at(2 * page, false) == killed_by(SIGSEGV));
  REQUIRE(store_at(page, true) == killed_by(SIGSEGV));
}

TEST_CASE("a forked child does not have its parent's mapping", "[platform][file_mapping]") {
  if (is_emulated()) return skip("the emulator ignores MADV_DONTFORK");
  const PageFile pages;
  auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  const auto look_at = [&](std::size_t offset) {
    return ChildProcess::start([&](Parent&) { peek(mapping.data() + offset); }).join();
  };
  REQUIRE(look_at(0) == killed_by(SIGSEGV));
  must(mapping.make_writable(page_bytes(), page_bytes()));
  SECTION("nor its writable parts") {
    REQUIRE(look_at(page_bytes()) == killed_by(SIGSEGV));
    REQUIRE(look_at(2 * page_bytes()) == killed_by(SIGSEGV));
  }
  SECTION("nor parts that were writable once") {
    must(mapping.make_read_only(page_bytes(), page_bytes()));
    REQUIRE(look_at(page_bytes()) == killed_by(SIGSEGV));
  }
}

TEST_CASE("a forked child's copy leaves alone what lies there now", "[platform][file_mapping]") {
  if (is_emulated()) return skip("the emulator ignores MADV_DONTFORK");
  const PageFile pages;
  auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  auto child = ChildProcess::start([&](Parent& parent) {
    std::byte* const place = mapping.writable_data();
    void* const mine = ::mmap(place, page_bytes(), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    parent.check(mine == place, "the child maps something of its own in the same place");
    mapping.reset();
    poke(place, 1);
  });
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("only whole pages inside the mapping change protection", "[platform][file_mapping]") {
  const PageFile pages;
  auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  const std::size_t page = page_bytes();
  const auto refused = [&](std::size_t offset, std::size_t bytes) {
    const auto result = mapping.make_writable(offset, bytes);
    return !result && result.error().code() == Errc::InvalidArgument;
  };
  REQUIRE(refused(1, page));
  REQUIRE(refused(0, page + 1));
  REQUIRE(refused(0, pages.bytes + page));
  REQUIRE(refused(pages.bytes, page));
  REQUIRE(refused(page, SIZE_MAX - page + 1));
  REQUIRE_FALSE(refused(0, pages.bytes));
}

TEST_CASE("a file opened for reading never becomes writable", "[platform][file_mapping]") {
  const PageFile pages;
  const auto file = must(open_file(pages.path, FileAccess::ReadOnly));
  auto mapping = must(FileMapping::map_read_only(file, pages.bytes, "pages"));
  const auto result = mapping.make_writable(0, page_bytes());
  REQUIRE_FALSE(result.has_value());
  REQUIRE(result.error().code() == Errc::NotPermitted);
  REQUIRE_FALSE(FileMapping::map_writable(file, pages.bytes, "pages").has_value());
}

TEST_CASE("the owner of a file maps all of it writable", "[platform][file_mapping]") {
  const PageFile pages;
  const auto mapping = must(FileMapping::map_writable(pages.file, pages.bytes, "pages"));
  poke(mapping.writable_data(), 9);
  poke(mapping.writable_data() + pages.bytes - 1, 9);
  REQUIRE(mapping.data()[pages.bytes - 1] == std::byte{9});
}

TEST_CASE("a moved mapping leaves the source empty and stays where it is",
          "[platform][file_mapping]") {
  const PageFile pages;
  auto first = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  const std::byte* const place = first.data();
  FileMapping second(std::move(first));
  REQUIRE(second.data() == place);
  FileMapping third = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  third = std::move(second);
  REQUIRE(third.data() == place);
  REQUIRE(third.data()[page_bytes()] == std::byte{1});
  // What a move leaves behind is what this is about. NOLINTBEGIN(bugprone-use-after-move, *.Move)
  REQUIRE_FALSE(second.valid());
  REQUIRE(second.size_bytes() == 0);
  // NOLINTEND(bugprone-use-after-move, *.Move)
}

TEST_CASE("locking memory is refused with the limit found and the bytes needed",
          "[platform][file_mapping]") {
  if (is_emulated()) return skip("the emulator does not pass the limit on");
  if (is_sanitized()) return skip("sanitizers do not let mlock through");
  const PageFile pages;
  auto child = ChildProcess::start([&](Parent& parent) {
    const rlimit limit{.rlim_cur = page_bytes(), .rlim_max = page_bytes()};
    parent.check(::setrlimit(RLIMIT_MEMLOCK, &limit) == 0, "the limit can be lowered");
    constexpr uid_t kNobody = 65534;  // root's locks know no limit
    if (is_root()) parent.check(::setuid(kNobody) == 0, "root can become nobody");
    auto mapping = FileMapping::map_read_only(pages.file, pages.bytes, "pages");
    parent.check(mapping.has_value(), "the child maps the file");
    const auto locked = mapping->lock_memory();
    parent.check(!locked, "the lock is refused");
    parent.check(locked.error().code() == Errc::OutOfMemory, "as memory that is not to be had");
    parent.report(locked.error().message());
  });
  const std::string message = child.next_report();
  REQUIRE_THAT(message,
               contains_text("pages") &&
                   contains_text("RLIMIT_MEMLOCK is " + std::to_string(page_bytes()) + " bytes") &&
                   contains_text(std::to_string(pages.bytes) + " are needed"));
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("locked memory is known to the kernel", "[platform][file_mapping]") {
  if (is_sanitized()) return skip("sanitizers do not let mlock through");
  const PageFile pages;
  auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
  must(mapping.lock_memory());
  // Only a mapping that is not locked may be invalidated.
  REQUIRE(::msync(mapping.writable_data(), pages.bytes, MS_ASYNC | MS_INVALIDATE) == -1);
  REQUIRE(errno == EBUSY);
}

TEST_CASE("a populated mapping takes no more page faults", "[platform][file_mapping]") {
  if (is_emulated()) return skip("the emulator has page faults of its own");
  if (is_sanitized()) return skip("sanitizers have page faults of their own");
  constexpr std::size_t kManyPages = 2048;
  const PageFile pages(kManyPages);
  const auto faults_of = [](const auto& touch) {
    rusage before{};
    rusage after{};
    ::getrusage(RUSAGE_SELF, &before);
    touch();
    ::getrusage(RUSAGE_SELF, &after);
    return static_cast<std::size_t>(after.ru_minflt - before.ru_minflt);
  };
  // Without it the kernel maps at most 64 KiB at each fault.
  constexpr std::size_t kFewFaults = kManyPages / 64;
  SECTION("when it is read") {
    auto mapping = must(FileMapping::map_read_only(pages.file, pages.bytes, "pages"));
    must(mapping.populate());
    const auto faults = faults_of([&] {
      for (std::size_t page = 0; page < kManyPages; ++page)
        peek(mapping.data() + page * page_bytes());
    });
    REQUIRE(faults < kFewFaults);
  }
  SECTION("when it is written, and keeps its contents") {
    auto mapping = must(FileMapping::map_writable(pages.file, pages.bytes, "pages"));
    must(mapping.populate());
    REQUIRE(mapping.data()[3 * page_bytes()] == std::byte{3});
    const auto faults = faults_of([&] {
      for (std::size_t page = 0; page < kManyPages; ++page)
        poke(mapping.writable_data() + page * page_bytes(), 1);
    });
    REQUIRE(faults < kFewFaults);
  }
}

}  // namespace
}  // namespace tarn::platform
