#include "middleware/pool/pool_file.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "middleware/pool/pool_state.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::Errc;
using tarn::test::must;
using tarn::test::TemporaryDirectory;
using namespace tarn::pool;

namespace {

constexpr std::uint64_t kPoolBytes = 4 << 20;

PoolGeometry geometry(std::uint64_t pool_bytes = kPoolBytes) {
  return must(
      plan_geometry({}, pool_bytes, static_cast<std::uint32_t>(tarn::platform::page_bytes())));
}

struct Home {
  TemporaryDirectory directory;
  DomainPaths paths = must(domain_paths(directory.path()));
};

struct stat status_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status;
}

Errc open_fails_with(const Home& home, std::string_view domain = "default") {
  const auto opened = PoolFile::open(home.paths, domain);
  REQUIRE_FALSE(opened);
  return opened.error().code();
}

// Builds a pool and lets `change` at its header behind the broker's back.
template <typename Change>
void build_changed(const Home& home, Change change) {
  PoolFile pool = must(PoolFile::build(home.paths, "default", geometry()));
  change(pool.view().header());
}

}  // namespace

TEST_CASE("a pool is built whole and then appears under its name", "[pool]") {
  const Home home;
  const PoolFile pool = must(PoolFile::build(home.paths, "default", geometry()));
  const PoolHeaderLayout& header = pool.view().header();
  CHECK(header.magic == kPoolMagic);
  CHECK(header.layout_version == kLayoutVersion);
  CHECK(header.stamp_clock == 1);
  CHECK(header.pool_id == pool.view().geometry().pool_id);
  CHECK(std::string(header.domain) == "default");
  CHECK(load_pool_state(header) == PoolState::Ready);
  CHECK(header.broker_epoch == 0);
  CHECK_FALSE(std::filesystem::exists(home.paths.new_pool));
  const struct stat status = status_of(home.paths.pool);
  CHECK(static_cast<std::uint64_t>(status.st_size) == kPoolBytes);
  CHECK(static_cast<std::uint64_t>(status.st_blocks) * 512 >= kPoolBytes);  // every byte backed
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("another pool has another id", "[pool]") {
  const Home home;
  const PoolFile one = must(PoolFile::build(home.paths, "default", geometry()));
  const PoolFile other = must(PoolFile::build(home.paths, "default", geometry()));
  CHECK(one.view().geometry().pool_id != other.view().geometry().pool_id);
}

TEST_CASE("what a builder left that died is built anew", "[pool]") {
  const Home home;
  std::ofstream(home.paths.new_pool) << "half a pool";
  CHECK(must(PoolFile::build(home.paths, "default", geometry())).valid());
  CHECK_FALSE(std::filesystem::exists(home.paths.new_pool));
}

TEST_CASE("a pool that the file system cannot back is refused and leaves nothing", "[pool]") {
  const Home home;
  // More than the file system has in all: refused before a single page is taken.
  const std::uint64_t capacity = std::filesystem::space(home.directory.path()).capacity;
  if (capacity == 0 || capacity > (std::uint64_t{1} << 37)) {
    WARN("skipped: the tmpfs under /dev/shm is larger than any pool");
    return;
  }
  const auto built =
      PoolFile::build(home.paths, "default", geometry(capacity + (std::uint64_t{64} << 20)));
  REQUIRE_FALSE(built);
  CHECK(built.error().code() == Errc::NoSpace);
  CHECK(std::string(built.error().message()).find(home.paths.pool) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(home.paths.new_pool));
  CHECK_FALSE(std::filesystem::exists(home.paths.pool));
}

TEST_CASE("the next broker opens the pool that is there", "[pool]") {
  const Home home;
  std::uint64_t pool_id = 0;
  {
    PoolFile pool = must(PoolFile::build(home.paths, "default", geometry()));
    pool.view().header().broker_epoch = 5;
    pool_id = pool.view().geometry().pool_id;
  }
  auto opened = must(PoolFile::open(home.paths, "default"));
  REQUIRE(opened.has_value());
  CHECK(opened->view().geometry().pool_id == pool_id);
  CHECK(opened->view().geometry().areas.count == geometry().areas.count);
  CHECK(opened->view().header().broker_epoch == 5);
  opened->view().header().broker_epoch = 6;  // it is mapped writable
}

TEST_CASE("where there is no pool there is none to open", "[pool]") {
  const Home home;
  CHECK_FALSE(must(PoolFile::open(home.paths, "default")).has_value());
}

TEST_CASE("a file that is no pool of this domain is not opened", "[pool]") {
  const Home home;
  SECTION("shorter than a header") {
    std::ofstream(home.paths.pool) << "x";
    CHECK(open_fails_with(home) == Errc::Corrupt);
  }
  SECTION("empty") {
    std::ofstream(home.paths.pool).flush();
    CHECK(open_fails_with(home) == Errc::Corrupt);
  }
  SECTION("long enough, but something else") {
    std::ofstream(home.paths.pool) << std::string(8192, 'x');
    CHECK(open_fails_with(home) == Errc::Corrupt);
  }
  SECTION("another layout version") {
    build_changed(home, [](PoolHeaderLayout& header) { header.layout_version = 9; });
    CHECK(open_fails_with(home) == Errc::VersionMismatch);
  }
  SECTION("never completed") {
    build_changed(home,
                  [](PoolHeaderLayout& header) { store_pool_state(header, PoolState::Building); });
    CHECK(open_fails_with(home) == Errc::Corrupt);
  }
  SECTION("given up") {
    build_changed(home,
                  [](PoolHeaderLayout& header) { store_pool_state(header, PoolState::Gone); });
    CHECK(open_fails_with(home) == Errc::DomainReset);
  }
  SECTION("of another domain") {
    build_changed(home, [](PoolHeaderLayout&) {});
    CHECK(open_fails_with(home, "plant") == Errc::InvalidRuntime);
    CHECK(open_fails_with(home, "defaul") == Errc::InvalidRuntime);
  }
  SECTION("a name without its end") {
    build_changed(home, [](PoolHeaderLayout& header) {
      std::fill(std::begin(header.domain), std::end(header.domain), 'd');
    });
    CHECK(open_fails_with(home) == Errc::InvalidRuntime);
  }
}

TEST_CASE("a pool that is unlinked says so to whoever still maps it", "[pool]") {
  const Home home;
  PoolFile pool = must(PoolFile::build(home.paths, "default", geometry()));
  const auto other = must(PoolFile::open(home.paths, "default"));
  must(pool.unlink());
  CHECK(load_pool_state(other->view().header()) == PoolState::Gone);
  CHECK_FALSE(std::filesystem::exists(home.paths.pool));
}

TEST_CASE("unlinking a pool leaves the one that took its name", "[pool]") {
  const Home home;
  PoolFile before = must(PoolFile::build(home.paths, "default", geometry()));
  const PoolFile after = must(PoolFile::build(home.paths, "default", geometry()));
  must(before.unlink());
  CHECK(std::filesystem::exists(home.paths.pool));
  CHECK(load_pool_state(after.view().header()) == PoolState::Ready);
}

TEST_CASE("an observer's descriptor cannot be mapped writable", "[pool]") {
  const Home home;
  const PoolFile pool = must(PoolFile::build(home.paths, "default", geometry()));
  const auto file = must(pool.open_read_only());
  void* const writable = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  CHECK(writable == MAP_FAILED);
  CHECK(errno == EACCES);
  void* const readable = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file.get(), 0);
  REQUIRE(readable != MAP_FAILED);
  CHECK(static_cast<const PoolHeaderLayout*>(readable)->pool_id == pool.view().geometry().pool_id);
  CHECK(::munmap(readable, 4096) == 0);

  SECTION("and is never that of another pool") {
    const PoolFile after = must(PoolFile::build(home.paths, "default", geometry()));
    const auto stale = pool.open_read_only();
    REQUIRE_FALSE(stale);
    CHECK(stale.error().code() == Errc::DomainReset);
  }
}
