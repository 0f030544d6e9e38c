#include "middleware/pool/domain_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "platform/runtime_directory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::Errc;
using tarn::Result;
using tarn::test::must;
using tarn::test::TemporaryDirectory;
using namespace tarn::pool;

namespace {

constexpr const char* kNotTmpfs = "/proc";

// A machine of its own below a temporary directory, on tmpfs: run/, xdg/ and shm/.
class Machine {
 public:
  Machine() {
    for (const char* name : {"run", "xdg", "shm"}) make(name);
    environment.run_directory = path("run");
    environment.xdg_runtime_dir = path("xdg");
    environment.shm_directory = path("shm");
    environment.uid = tarn::platform::effective_uid();
  }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
  [[nodiscard]] std::string shm_home() const {
    return path("shm/tarn-" + std::to_string(environment.uid));
  }
  void make(const std::string& name, mode_t mode = 0700) const {
    std::filesystem::create_directories(path(name));
    REQUIRE(::chmod(path(name).c_str(), mode) == 0);
  }
  [[nodiscard]] Result<DomainPaths> find(const std::string& domain = "default") const {
    return find_domain_directory(environment, domain);
  }
  [[nodiscard]] Result<DomainPaths> create(const std::string& domain = "default") const {
    return create_domain_directory(environment, domain);
  }

  DirectoryEnvironment environment;

 private:
  TemporaryDirectory directory_;
};

std::uint32_t mode_of(const std::string& path) {
  return must(tarn::platform::path_facts(path)).mode;
}

std::string error_text(const Result<DomainPaths>& result, Errc code) {
  REQUIRE_FALSE(result);
  CHECK(tarn::to_string(result.error().code()) == tarn::to_string(code));
  return result.error().message();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a domain's files have their names in its directory", "[pool]") {
  const DomainPaths paths = must(domain_paths("/run/tarn/default"));
  CHECK(paths.directory == "/run/tarn/default");
  CHECK(paths.socket == "/run/tarn/default/broker.sock");
  CHECK(paths.lock == "/run/tarn/default/broker.lock");
  CHECK(paths.pool == "/run/tarn/default/pool");
  CHECK(paths.new_pool == "/run/tarn/default/pool.new");
  CHECK(paths.bells == "/run/tarn/default/bells");
  CHECK(paths.alive == "/run/tarn/default/alive");
}

TEST_CASE("a path too long for a socket is refused with both lengths", "[pool]") {
  const std::string fits = "/" + std::string(106 - std::string("/broker.sock").size(), 'x');
  CHECK(domain_paths(fits).has_value());
  const std::string text = error_text(domain_paths(fits + "x"), Errc::InvalidRuntime);
  CHECK(contains(text, "has 108 bytes"));
  CHECK(contains(text, "allowed are 107"));
}

TEST_CASE("a broker makes its directory in the first place that is on tmpfs", "[pool]") {
  Machine machine;
  SECTION("below /run, open to look into, its own part closed") {
    CHECK(must(machine.create()).directory == machine.path("run/tarn/default"));
    CHECK(mode_of(machine.path("run/tarn")) == 0755);
    CHECK(mode_of(machine.path("run/tarn/default")) == 0700);
  }
  SECTION("else below XDG_RUNTIME_DIR") {
    machine.environment.run_directory = kNotTmpfs;
    CHECK(must(machine.create()).directory == machine.path("xdg/tarn/default"));
    CHECK(mode_of(machine.path("xdg/tarn")) == 0700);
  }
  SECTION("else below /dev/shm, named after the user") {
    machine.environment.run_directory = kNotTmpfs;
    machine.environment.xdg_runtime_dir.clear();
    CHECK(must(machine.create()).directory == machine.shm_home() + "/default");
    CHECK(mode_of(machine.shm_home()) == 0700);
  }
  SECTION("where a missing directory is no place") {
    machine.environment.run_directory = machine.path("missing");
    machine.environment.xdg_runtime_dir = machine.path("missing");
    CHECK(must(machine.create()).directory == machine.shm_home() + "/default");
  }
  SECTION("which is the same the next time") {
    CHECK(must(machine.create()).directory == must(machine.create()).directory);
  }
}

TEST_CASE("no tmpfs anywhere is an error that says how to mount one", "[pool]") {
  Machine machine;
  machine.environment.run_directory = kNotTmpfs;
  machine.environment.xdg_runtime_dir.clear();
  machine.environment.shm_directory = kNotTmpfs;
  const std::string text = error_text(machine.create(), Errc::NotTmpfs);
  CHECK(contains(text, "/proc is not on a tmpfs"));
  CHECK(contains(text, "mount -t tmpfs tmpfs /proc"));
}

TEST_CASE("TARN_RUNTIME_DIR is the only place when it is set", "[pool]") {
  Machine machine;
  machine.make("run/tarn/default");
  machine.environment.tarn_runtime_dir = machine.path("mine//");
  SECTION("for a broker, which makes it") {
    CHECK(must(machine.create()).directory == machine.path("mine/default"));
    CHECK(mode_of(machine.path("mine")) == 0700);
  }
  SECTION("for a client") {
    CHECK(contains(error_text(machine.find(), Errc::NoBroker),
                   machine.path("mine/default/broker.sock")));
    must(machine.create());
    CHECK(must(machine.find()).directory == machine.path("mine/default"));
  }
  SECTION("with a directory of its own for each domain") {
    CHECK(must(machine.create("one")).directory != must(machine.create("two")).directory);
  }
  SECTION("even if it will not do") {
    machine.environment.tarn_runtime_dir = "/proc/mine";
    error_text(machine.create(), Errc::NotTmpfs);
    machine.environment.tarn_runtime_dir = machine.path("missing/mine");
    error_text(machine.create(), Errc::InvalidRuntime);
  }
  SECTION("and has to be absolute") {
    machine.environment.tarn_runtime_dir = "mine";
    CHECK(
        contains(error_text(machine.create(), Errc::InvalidRuntime), "TARN_RUNTIME_DIR is 'mine'"));
    error_text(machine.find(), Errc::InvalidRuntime);
  }
}

TEST_CASE("a client looks where the broker went", "[pool]") {
  Machine machine;
  SECTION("below /run") {}
  SECTION("below XDG_RUNTIME_DIR") { machine.environment.run_directory = kNotTmpfs; }
  SECTION("below /dev/shm") {
    machine.environment.run_directory = kNotTmpfs;
    machine.environment.xdg_runtime_dir.clear();
  }
  const std::string made = must(machine.create()).directory;
  CHECK(must(machine.find()).directory == made);
}

TEST_CASE("a client that finds no directory names every socket it looked for", "[pool]") {
  const Machine machine;
  const std::string text = error_text(machine.find("plant"), Errc::NoBroker);
  CHECK(contains(text, machine.path("run/tarn/plant/broker.sock")));
  CHECK(contains(text, machine.path("xdg/tarn/plant/broker.sock")));
  CHECK(contains(text, machine.shm_home() + "/plant/broker.sock"));
  CHECK(contains(text, "tarn broker"));
}

TEST_CASE("domains do not see each other", "[pool]") {
  const Machine machine;
  must(machine.create("one"));
  error_text(machine.find("two"), Errc::NoBroker);
}

TEST_CASE("a directory below /run that exists is never passed over", "[pool]") {
  Machine machine;
  machine.make("run/tarn/default");
  SECTION("when it belongs to somebody else") {
    machine.environment.uid += 1;
    machine.environment.xdg_runtime_dir.clear();
    const std::string text = error_text(machine.create(), Errc::NotPermitted);
    CHECK(contains(text, machine.path("run/tarn/default")));
    CHECK(contains(text, "needed is uid " + std::to_string(machine.environment.uid)));
  }
  SECTION("when others may write to it") {
    machine.make("run/tarn/default", 0770);
    const std::string text = error_text(machine.create(), Errc::NotPermitted);
    CHECK(contains(text, "has mode 0770"));
    CHECK(contains(text, "chmod 700 " + machine.path("run/tarn/default")));
  }
  SECTION("when it is no directory") {
    std::filesystem::remove(machine.path("run/tarn/default"));
    std::ofstream(machine.path("run/tarn/default")) << "x";
    error_text(machine.create(), Errc::InvalidRuntime);
    error_text(machine.find(), Errc::InvalidRuntime);
  }
  SECTION("but a group that may enter is fine") {
    machine.make("run/tarn/default", 0750);
    CHECK(must(machine.create()).directory == machine.path("run/tarn/default"));
  }
}

TEST_CASE("a directory that somebody else put below /dev/shm is not used", "[pool]") {
  Machine machine;
  machine.environment.run_directory = kNotTmpfs;
  machine.environment.xdg_runtime_dir.clear();
  machine.environment.uid += 1;
  std::filesystem::create_directories(machine.shm_home() + "/default");
  error_text(machine.create(), Errc::NotPermitted);
  error_text(machine.find(), Errc::NotPermitted);
}

TEST_CASE("an XDG_RUNTIME_DIR of somebody else is no candidate", "[pool]") {
  Machine machine;
  machine.environment.run_directory = kNotTmpfs;
  machine.make("xdg/tarn/default");
  CHECK(must(machine.find()).directory == machine.path("xdg/tarn/default"));
  machine.environment.uid += 1;
  error_text(machine.find(), Errc::NoBroker);
}

TEST_CASE("names that are no domain's make no directory", "[pool]") {
  const Machine machine;
  error_text(machine.create("../escape"), Errc::InvalidArgument);
  error_text(machine.create(""), Errc::InvalidArgument);
  error_text(machine.find("Upper"), Errc::InvalidArgument);
  CHECK_FALSE(std::filesystem::exists(machine.path("run/tarn")));
}

TEST_CASE("a user without rights below /run goes to the next place", "[pool]") {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() != 0) {
    WARN("skipped: becoming another user needs root");
    return;
  }
  Machine machine;
  machine.environment.xdg_runtime_dir.clear();
  machine.environment.uid = kNobody;
  machine.make("", 0755);
  machine.make("run", 0755);
  machine.make("shm", 01777);
  auto child = tarn::test::ChildProcess::start([&](tarn::test::Parent& parent) {
    parent.check(::setresuid(kNobody, kNobody, kNobody) == 0, "the child becomes nobody");
    const auto created = machine.create();
    parent.report(created ? created->directory : created.error().message());
  });
  CHECK(child.next_report() == machine.shm_home() + "/default");
  CHECK(child.join() == tarn::test::kCleanExit);
  CHECK_FALSE(std::filesystem::exists(machine.path("run/tarn")));
}

TEST_CASE("a directory that was named is made, if its place and owner will do", "[pool]") {
  Machine machine;
  machine.make("", 0700);
  const std::string named = machine.path("named");
  CHECK(must(create_directory_at(machine.environment, named)).directory == named);
  CHECK(std::filesystem::status(named).permissions() == std::filesystem::perms::owner_all);
  CHECK(must(create_directory_at(machine.environment, named)).directory == named);
  error_text(create_directory_at(machine.environment, std::string(kNotTmpfs) + "/named"),
             Errc::NotTmpfs);
  machine.environment.uid += 1;
  error_text(create_directory_at(machine.environment, named), Errc::NotPermitted);
}
