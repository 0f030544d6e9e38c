// The configuration is replaced while programs go on: a reload is whole or it is nothing, whatever the file
// says and whoever dies.
#include <sys/resource.h>
#include <unistd.h>

#include <grp.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/command_line.hpp"
#include "tests/process/game.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kNobody = 65534;

// One number says what a whole configuration is: settings of the topic `probe` are all the same.
std::string with_probe(std::uint32_t number, const std::string& topics = {}) {
  const std::string n = std::to_string(number);
  return "version: 1\npool: { size: 8MiB }\ndefaults: { depth: " + n + ", history: " + n +
         " }\ntopics:\n  game/call: { size: 512B }\n  game/echo: { size: 512B }\n  probe: { "
         "size: " +
         std::to_string(64 * number) + "B, held: " + n + ", loans: " + n + " }\n" + topics;
}

// Files that do not hold, each with another number that must not be seen.
std::string invalid(std::uint32_t kind, std::uint32_t number) {
  switch (kind % 6) {
    case 0:
      return with_probe(number) + "bad: 1\n";
    case 1:
      return with_probe(number, "  late: { depth: 0 }\n");
    case 2:
      return with_probe(number, "  huge: { size: 1GiB }\n");
    case 3:
      return with_probe(number, "  '*/b': { depth: 3 }\n  'a/*': { depth: 3 }\n");
    case 4:
      return with_probe(number) + "limits: { topics: 2 }\n";
    default:
      return with_probe(number) + "log: {";
  }
}

// A broker with a file, from the outside.
class Reloading {
 public:
  Reloading() {
    put(with_probe(2));
    start();
    watch_.emplace(must(Observer::open(observer())));
  }

  void start() {
    broker_.reset(new ProgramRun(place_.tarn({"broker", "-c", file_})));
    REQUIRE(broker_->says(kReady));
  }
  // Whole at every moment.
  void put(const std::string& text) const {
    std::ofstream(file_ + ".new") << text;
    std::filesystem::rename(file_ + ".new", file_);
  }
  [[nodiscard]] ObserverOptions observer() const {
    return {.runtime_directory = place_.domain_path(), .timeout = kWatchdog};
  }
  [[nodiscard]] NodeOptions node(const std::string& name) const {
    return {.name = name, .runtime_directory = place_.domain_path(), .timeout = kWatchdog};
  }
  [[nodiscard]] ReloadReport reload() { return must(watch_->reload(kWatchdog)); }
  [[nodiscard]] PoolStatus pool() const { return must(watch_->pool()); }
  [[nodiscard]] ProgramRun& broker() { return *broker_; }
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] const std::string& file() const { return file_; }

  // The number of the configuration by which a new topic is made; nothing where it is in pieces.
  [[nodiscard]] std::optional<std::uint32_t> probe(Node& node) const {
    const auto publisher = must(node.publisher<Small>("probe"));
    const TopicSettings settings = must(must(Observer::open(observer())).topic("probe")).settings;
    const std::uint32_t number = settings.depth;
    const bool whole = settings.history == number && settings.held == number &&
                       settings.loans == number && settings.payload_bytes == 64 * number;
    return whole ? std::optional(number) : std::nullopt;
  }

 private:
  Place place_;
  std::string file_ = place_.write("tarn.yaml", "");
  std::unique_ptr<ProgramRun> broker_;
  std::optional<Observer> watch_;
};

std::string describe(const ReloadReport& report) {
  std::string text;
  for (const std::string& finding : report.findings) text += finding + "\n";
  return text;
}

// What the process could open before the next number would be this one.
std::uint64_t lowest_free_descriptor(std::int32_t pid) {
  std::uint64_t fd = 0;
  while (std::filesystem::exists("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd)))
    ++fd;
  return fd;
}

void limit_descriptors(std::int32_t pid, rlim_t most) {
  rlimit limit{};
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) == 0);
  limit.rlim_cur = most;
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

}  // namespace

TEST_CASE("1,000 reloads, half of them refused, cost no message and are never seen in part",
          "[process][reload]") {
  Reloading domain;
  Game<Large> game(domain.node({}));
  auto node = must(Node::open(domain.node("probe")));
  std::uint32_t holds = 2;
  for (std::uint32_t round = 0; round < 500; ++round) {
    holds = 2 + round % 7;
    domain.put(with_probe(holds));
    // Who asks at the same time gets the same.
    if (round % 5 == 0) domain.broker().kill(SIGHUP);
    const ReloadReport good = domain.reload();
    if (!good.findings.empty()) FAIL(describe(good));
    domain.put(invalid(round, 9 + round % 3));
    if (round % 7 == 0) domain.broker().kill(SIGHUP);
    const ReloadReport bad = domain.reload();
    CHECK_FALSE(bad.findings.empty());
    CHECK(bad.reason == Errc::InvalidConfig);
    if (round % 10 == 0) REQUIRE(domain.probe(node) == holds);
  }
  game.go_on(100);
  game.finish();
  CHECK(domain.probe(node) == holds);
  CHECK(domain.pool().reloads >= 500);
  CHECK(domain.pool().reloads_failed >= 500);
  CHECK(domain.pool().last_reload_failed);
  CHECK(domain.pool().last_reload_ns > 0);
}

TEST_CASE("a broker that is killed among reloads leaves one whole configuration",
          "[process][reload]") {
  Reloading domain;
  auto node = must(Node::open(domain.node("resident")));
  SharedWord reloads;
  auto hammer = ChildProcess::start([&](Parent&) {
    for (std::uint32_t round = 0;; ++round) {
      auto observer = Observer::open(domain.observer());
      while (observer) {
        domain.put(with_probe(round % 2 == 0 ? 3 : 7));
        if (!observer->reload(kWatchdog)) break;
        reloads.store(reloads.load() + 1);
        ++round;
      }
    }
  });
  int threes = 0;
  for (int brokers = 0; brokers < 25; ++brokers) {
    const std::uint64_t before = reloads.load();
    REQUIRE(wait_until([&] { return reloads.load() > before + 2; }));
    domain.broker().kill(SIGKILL);
    REQUIRE(domain.broker().join() == killed_by(SIGKILL));
    domain.start();
    CHECK(contains(domain.broker().output(), "taken over with its clients"));
    CHECK_FALSE(contains(domain.broker().errors(), "do not agree"));
    const auto number = domain.probe(node);
    REQUIRE((number == 3U || number == 7U));
    threes += number == 3U ? 1 : 0;
  }
  UNSCOPED_INFO("of 25 found by the probe, " << threes << " were the one with 3");
  hammer.kill(SIGKILL);
  CHECK(hammer.join() == killed_by(SIGKILL));
}

TEST_CASE("a reload without a free descriptor leaves the configuration that was there",
          "[process][reload]") {
  Reloading domain;
  auto node = must(Node::open(domain.node("probe")));
  const std::int32_t pid = domain.broker().pid();
  rlimit usual{};
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, nullptr, &usual) == 0);
  std::uint32_t holds = 2;
  for (std::uint32_t more = 0; more < 5; ++more) {
    const std::uint32_t wanted = 3 + more;
    domain.put(with_probe(wanted));
    limit_descriptors(pid, lowest_free_descriptor(pid) + more);
    const ReloadReport report = domain.reload();
    limit_descriptors(pid, usual.rlim_cur);
    if (more == 0) {
      CHECK_FALSE(report.findings.empty());
      CHECK(report.reason == Errc::System);
    }
    if (report.findings.empty()) holds = wanted;
    CHECK(domain.probe(node) == holds);
  }
  domain.put(with_probe(8));
  CHECK(domain.reload().findings.empty());
  CHECK(domain.probe(node) == 8U);
}

TEST_CASE("SIGHUP makes tarn broker read its file again", "[process][reload]") {
  Reloading domain;
  auto node = must(Node::open(domain.node("probe")));
  domain.put(with_probe(6));
  domain.broker().kill(SIGHUP);
  REQUIRE(wait_until([&] { return domain.pool().reloads == 1; }));
  CHECK(domain.probe(node) == 6U);
  domain.put(invalid(0, 5));
  domain.broker().kill(SIGHUP);
  REQUIRE(wait_until([&] { return domain.pool().reloads_failed == 1; }));
  CHECK(domain.probe(node) == 6U);
  CHECK(contains(domain.broker().errors(), domain.file() + ":8:1: bad: "));
}

TEST_CASE("an observer sees which topics go by a former configuration", "[process][reload]") {
  Reloading domain;
  auto node = must(Node::open(domain.node("probe")));
  auto publisher = std::make_optional(must(node.publisher<Small>("probe")));
  const auto settings = [&] {
    return must(must(Observer::open(domain.observer())).topic("probe")).settings;
  };
  CHECK_FALSE(settings().former);
  domain.put(with_probe(6));
  CHECK(domain.reload().live == std::vector<std::string>{"probe"});
  CHECK(settings().former);
  CHECK(settings().depth == 2);
  publisher.reset();
  publisher.emplace(must(node.publisher<Small>("probe")));
  CHECK_FALSE(settings().former);
  CHECK(settings().depth == 6);
}

TEST_CASE("tarn config reload says what came of it", "[process][reload]") {
  Reloading domain;
  const auto ask = [&](ChildEnd expected) {
    ProgramRun run = domain.place().tarn({"config", "reload"});
    CHECK(run.join() == expected);
    return run.output() + run.errors();
  };
  SECTION("applied, and what waits") {
    domain.put(with_probe(5) + "limits: { clients: 10 }\nlog: { level: error }\n");
    const std::string said = ask(kCleanExit);
    CHECK(contains(said, "applied:\n  defaults\n  topics.probe\n"));
    CHECK(contains(said, "have ended, its broker too:\n  limits.clients (64, configured 10)"));
  }
  SECTION("refused for what the file says") {
    domain.put(invalid(1, 5));
    const std::string said = ask(kUsage);
    CHECK(contains(said, domain.file() + ":8:"));
    CHECK(contains(said, "topics.late.depth"));
  }
  SECTION("refused because there is no file") {
    std::filesystem::remove(domain.file());
    CHECK(contains(ask(kNothingFound), domain.file()));
  }
  SECTION("nobody there") {
    domain.broker().kill(SIGTERM);
    REQUIRE(domain.broker().join() == kCleanExit);
    CHECK(contains(ask(kNoBroker), "no broker answers"));
  }
}

TEST_CASE("a broker without a file has nothing to reload, and goes on", "[process][reload]") {
  const Place place;
  ProgramRun broker = place.tarn({"broker"});
  REQUIRE(broker.says(kReady));
  broker.kill(SIGHUP);
  ProgramRun run = place.tarn({"config", "reload"});
  CHECK(run.join() == kNothingFound);
  CHECK(contains(run.errors(), "without a configuration file"));
  broker.kill(SIGTERM);
  CHECK(broker.join() == kCleanExit);
}

TEST_CASE("who is neither root nor the broker's user may not reload", "[process][reload]") {
  if (!is_root()) return skip("becoming another user needs root");
  const Place place;
  const group* const theirs = ::getgrgid(kNobody);
  if (theirs == nullptr) return skip("there is no group 65534");
  const std::string file =
      place.write("tarn.yaml", "version: 1\ngroup: " + std::string(theirs->gr_name) + "\n");
  ProgramRun broker = place.tarn({"broker", "-c", file});
  REQUIRE(broker.says(kReady));
  using std::filesystem::perms;
  const auto above = std::filesystem::path(place.domain_path()).parent_path();
  for (const auto& path : {above, above.parent_path()}) {
    std::filesystem::permissions(path, perms::others_exec, std::filesystem::perm_options::add);
  }
  auto stranger = ChildProcess::start([&](Parent& parent) {
    parent.check(::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0,
                 "it is nobody");
    auto observer = need(parent, Observer::open({.runtime_directory = place.domain_path()}));
    const auto refused = observer.reload(kWatchdog);
    parent.check(!refused && refused.error().code() == Errc::NotPermitted, "it is refused");
    parent.check(observer.topics().has_value(), "it may look");
  });
  CHECK(stranger.join() == kCleanExit);
  ProgramRun run = place.tarn({"config", "reload"});
  CHECK(run.join() == kCleanExit);
}

}  // namespace tarn::test
