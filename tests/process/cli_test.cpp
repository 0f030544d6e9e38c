// The programs as a user meets them: tarn broker and tarn topic list, started from the outside.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "platform/file_descriptor.hpp"
#include "tests/process/command_line.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

using namespace tarn::test;
using tarn::Node;
using tarn::platform::FileDescriptor;

TEST_CASE("tarn broker says what it owns and when it is ready", "[cli]") {
  const Place place;
  ProgramRun broker = place.tarn({"broker"});
  REQUIRE(broker.says(kReady + place.domain_path() + "/broker.sock\n"));
  const std::string output = broker.output();
  CHECK(contains(output, "domain default\n"));
  CHECK(contains(output, "runtime directory " + place.domain_path() + "\n"));
  CHECK(contains(output, "pool 16777216 bytes, created\n"));
  SECTION("and leaves in order when it is asked to, and nothing behind") {
    const int signal = GENERATE(SIGTERM, SIGINT);
    broker.kill(signal);
    CHECK(broker.join() == kCleanExit);
    CHECK(std::filesystem::is_empty(place.domain_path()));
  }
}

TEST_CASE("tarn broker tells a service manager that it is ready", "[cli]") {
  const Place place;
  const TemporaryDirectory home;
  const FileDescriptor manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  home.file("notify").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ProgramRun broker = place.tarn({"broker"}, {{"NOTIFY_SOCKET", home.file("notify")}});
  std::array<char, 64> text{};
  REQUIRE(wait_until([&] { return ::recv(manager.get(), text.data(), text.size(), 0) > 0; }));
  CHECK(std::string(text.data()) == "READY=1");
  CHECK(contains(broker.output(), kReady));
  // Clients may come from now on.
  CHECK(Node::open({.name = "early", .runtime_directory = place.domain_path()}).has_value());
}

TEST_CASE("a second tarn broker of a domain is refused with the first one's pid", "[cli]") {
  const Place place;
  ProgramRun first = place.tarn({"broker"});
  REQUIRE(first.says(kReady));
  ProgramRun second = place.tarn({"broker"});
  CHECK(second.join() == kRoleTaken);
  CHECK(contains(second.errors(), "pid " + std::to_string(first.pid())));
  CHECK(second.output().empty());
  ProgramRun other = place.tarn({"broker", "--domain", "other"});
  CHECK(other.says(kReady + place.domain_path("other")));
}

TEST_CASE("tarn broker takes the pool of a killed one over with its clients", "[cli]") {
  const Place place;
  ProgramRun first = place.tarn({"broker"});
  REQUIRE(first.says(kReady));
  const Node node = place.open("survivor");
  first.kill(SIGKILL);
  REQUIRE(first.join() == killed_by(SIGKILL));
  ProgramRun second = place.tarn({"broker"});
  REQUIRE(second.says(kReady));
  CHECK(contains(second.output(), "taken over with its clients"));
}

TEST_CASE("tarn broker reads the configuration it is given", "[cli]") {
  const Place place;
  SECTION("and serves it") {
    const std::string file = place.write("tarn.yaml",
                                         "version: 1\n"
                                         "pool: { size: 8MiB }\n"
                                         "topics:\n"
                                         "  imu: { size: 64B, depth: 4 }\n");
    ProgramRun broker = place.tarn({"broker", "-c", file});
    REQUIRE(broker.says(kReady));
    CHECK(contains(broker.output(), "pool 8388608 bytes"));
  }
  SECTION("or says where it is wrong and makes nothing") {
    const std::string file = place.write("tarn.yaml", "version: 1\npool: { sise: 8MiB }\n");
    ProgramRun broker = place.tarn({"broker", "-c", file});
    CHECK(broker.join() == kUsage);
    CHECK(contains(broker.errors(), file + ":2:"));
    CHECK_FALSE(std::filesystem::exists(place.path()));
  }
  SECTION("or that it is not there") {
    ProgramRun broker = place.tarn({"broker", "-c", place.path() + "/missing.yaml"});
    CHECK(broker.join() == kUsage);
    CHECK(contains(broker.errors(), "missing.yaml"));
  }
}

TEST_CASE("tarn broker refuses a pool that is too small with both numbers", "[cli]") {
  const Place place;
  const std::string file =
      place.write("tarn.yaml", "version: 1\npool: { size: 1MiB, unplanned: 0B }\n");
  ProgramRun broker = place.tarn({"broker", "-c", file});
  CHECK(broker.join() == kUsage);
  CHECK(contains(broker.errors(), "pool.size: found 1MiB; allowed: at least "));
}

TEST_CASE("tarn without a broker names the socket it looked for", "[cli]") {
  const Place place;
  SECTION("where nobody has ever been") {}
  SECTION("where one was killed") {
    ProgramRun broker = place.tarn({"broker"});
    REQUIRE(broker.says(kReady));
    broker.kill(SIGKILL);
    REQUIRE(broker.join() == killed_by(SIGKILL));
  }
  ProgramRun list = place.tarn({"topic", "list"});
  CHECK(list.join() == kNoBroker);
  CHECK(list.output().empty());
  CHECK(contains(list.errors(), "no broker answers at " + place.domain_path() +
                                    "/broker.sock: start one with `tarn broker`"));
}

TEST_CASE("tarn topic list names the topics in their order, a line each", "[cli]") {
  const Place place;
  ProgramRun broker = place.tarn({"broker"});
  REQUIRE(broker.says(kReady));
  SECTION("none at first, which is an answer of its own") {
    ProgramRun list = place.tarn({"topic", "list"});
    CHECK(list.join() == kNothingFound);
    CHECK(list.output().empty());
    ProgramRun count = place.tarn({"topic", "list", "-c"});
    CHECK(count.join() == kNothingFound);
    CHECK(count.output() == "0\n");
  }
  SECTION("then those that somebody publishes or subscribes to") {
    Node node = place.open("tester");
    const auto gnss = must(node.publisher<Small>("sensor/gnss"));
    const auto camera = must(node.publisher<Large>("camera/front"));
    const auto imu = must(node.subscriber<Small>("sensor/imu"));
    ProgramRun list = place.tarn({"topic", "list"});
    CHECK(list.join() == kCleanExit);
    CHECK(list.output() == "camera/front\nsensor/gnss\nsensor/imu\n");
    ProgramRun count = place.tarn({"topic", "list", "-c"});
    CHECK(count.join() == kCleanExit);
    CHECK(count.output() == "3\n");
  }
}

TEST_CASE("tarn topic list -v tells what flows through a topic", "[cli]") {
  const Place place;
  ProgramRun broker = place.tarn({"broker"});
  REQUIRE(broker.says(kReady));
  Node node = place.open("tester");
  auto publisher = must(node.publisher<Small>("imu"));
  auto subscriber = must(node.subscriber<Small>("imu"));
  const auto idle = must(node.subscriber<Small>("imu"));
  for (std::uint64_t n = 1; n <= 20; ++n) must(publisher.send(numbered<Small>(1, n)));
  std::uint64_t received = 0;
  while (subscriber.try_take()) ++received;
  REQUIRE(received == 16);  // the depth, of 20
  SECTION("as a table") {
    ProgramRun list = place.tarn({"topic", "list", "-v"});
    CHECK(list.join() == kCleanExit);
    const std::string output = list.output();
    CHECK(contains(output, "topic"));
    CHECK(contains(output, "imu"));
    CHECK(contains(output, "Small"));
    CHECK(std::count(output.begin(), output.end(), '\n') == 2);
  }
  SECTION("as JSON") {
    ProgramRun list = place.tarn({"topic", "list", "-v", "--json"});
    CHECK(list.join() == kCleanExit);
    // The 20 messages may be those of the last whole second.
    const std::string output = list.output();
    CHECK(contains(output,
                   "[\n{\"topic\":\"imu\",\"type\":\"Small\",\"publishers\":1,"
                   "\"subscribers\":2,\"rate_hz\":"));
    CHECK(contains(output, ",\"messages\":20,\"lost\":4}\n]\n"));
  }
  CHECK(subscriber.counts().received == 16);  // looking took nothing from anybody
}

TEST_CASE("looking takes no client's place and leaves nothing behind", "[cli]") {
  const Place place;
  const std::string file = place.write("tarn.yaml", "version: 1\nlimits: { clients: 1 }\n");
  ProgramRun broker = place.tarn({"broker", "-c", file});
  REQUIRE(broker.says(kReady));
  Node node = place.open("only one");
  const auto publisher = must(node.publisher<Small>("imu"));
  for (int look = 0; look < 20; ++look) {  // more often than limits.observers
    ProgramRun list = place.tarn({"topic", "list"});
    REQUIRE(list.join() == kCleanExit);
    REQUIRE(list.output() == "imu\n");
  }
}

TEST_CASE("tarn explains itself and refuses what it does not know", "[cli]") {
  const Place place;
  SECTION("with examples in the help of every verb") {
    for (const auto& verb : std::vector<std::vector<std::string>>{{"-h"},
                                                                  {"broker", "-h"},
                                                                  {"config", "-h"},
                                                                  {"config", "check", "-h"},
                                                                  {"config", "plan", "-h"},
                                                                  {"config", "show", "-h"},
                                                                  {"config", "default", "-h"},
                                                                  {"config", "schema", "-h"},
                                                                  {"config", "reference", "-h"},
                                                                  {"topic", "-h"},
                                                                  {"topic", "list", "-h"},
                                                                  {"topic", "echo", "-h"},
                                                                  {"topic", "info", "-h"}}) {
      ProgramRun help = place.tarn(verb);
      CHECK(help.join() == kCleanExit);
      CHECK(contains(help.output(), "Examples:\n  tarn "));
    }
  }
  SECTION("with exit code 2") {
    for (const auto& wrong :
         std::vector<std::vector<std::string>>{{},
                                               {"topic"},
                                               {"topics"},
                                               {"topic", "list", "--no-such"},
                                               {"broker", "--no-such"},
                                               {"config"},
                                               {"config", "check"},
                                               {"config", "default", "--tiny", "--camera"},
                                               {"topic", "list", "imu"},
                                               {"topic", "echo"},
                                               {"topic", "echo", "imu", "--json", "--csv"}}) {
      ProgramRun refused = place.tarn(wrong);
      CHECK(refused.join() == kUsage);
      CHECK(refused.output().empty());
      CHECK_FALSE(refused.errors().empty());
    }
    ProgramRun nearly = place.tarn({"topic", "lists"});
    CHECK(nearly.join() == kUsage);
    CHECK(contains(nearly.errors(), "tarn topic: 'lists' is not a command; allowed: list, "));
    CHECK(contains(nearly.errors(), "nearest: list"));
  }
  SECTION("a domain's name included") {
    ProgramRun refused = place.tarn({"topic", "list", "--domain", "No Such"});
    CHECK(refused.join() == kUsage);
    CHECK(contains(refused.errors(), "domain name 'No Such'"));
  }
}
