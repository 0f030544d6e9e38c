#include "config/load.hpp"

#include <pthread.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "middleware/plan/topic_rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::Errc;
using tarn::config::DomainConfig;
using tarn::config::examine_file;
using tarn::config::examine_text;
using tarn::config::load_file;
using tarn::config::load_text;
using tarn::plan::Overflow;
using tarn::plan::Stamp;
using tarn::plan::TopicRule;
using tarn::plan::TopicSettings;
using tarn::test::must;
using namespace std::chrono_literals;

namespace {

DomainConfig load(std::string_view text) { return must(load_text(text, "tarn.yaml")); }

// The first problem without the file's name: "line:column: key.path: words".
std::string problem_of(const std::string& text) {
  const auto loaded = load_text(text, "tarn.yaml");
  if (loaded) return "none";
  CHECK(loaded.error().code() == Errc::InvalidConfig);
  const std::string message = loaded.error().message();
  REQUIRE(message.rfind("tarn.yaml:", 0) == 0);
  return message.substr(10, message.find('\n') - 10);
}

// A thread that has no more stack than this.
class SmallStack {
 public:
  explicit SmallStack(std::size_t bytes) {
    pthread_attr_init(&attributes_);
    pthread_attr_setstacksize(&attributes_, bytes);
  }
  ~SmallStack() { pthread_attr_destroy(&attributes_); }
  SmallStack(const SmallStack&) = delete;
  SmallStack& operator=(const SmallStack&) = delete;

  void run(const std::function<void()>& work) const {
    pthread_t thread{};
    const auto enter = [](void* argument) -> void* {
      (*static_cast<const std::function<void()>*>(argument))();
      return nullptr;
    };
    auto* const argument = const_cast<std::function<void()>*>(&work);
    REQUIRE(pthread_create(&thread, &attributes_, enter, argument) == 0);
    REQUIRE(pthread_join(thread, nullptr) == 0);
  }

 private:
  pthread_attr_t attributes_{};
};

}  // namespace

TEST_CASE("a file with a version alone gives the defaults", "[config]") {
  const auto config = load("version: 1\n");
  CHECK(config.domain == "default");
  CHECK(config.pool.size_bytes == 16u << 20);
  CHECK(config.pool.unplanned_bytes == 1u << 20);
  CHECK_FALSE(config.pool.refuse_unlisted);
  CHECK_FALSE(config.pool.lock_memory);
  CHECK(config.limits == tarn::config::LimitsConfig{});
  CHECK(config.rules.defaults.depth == 16);
  CHECK(config.rules.defaults.history == 1);
  CHECK(config.rules.defaults.publishers == 1);
  CHECK(config.rules.defaults.subscribers == 8);
  CHECK(config.rules.defaults.orphans == 1);
  CHECK(config.rules.defaults.held == 2);
  CHECK(config.rules.defaults.loans == 2);
  CHECK(config.rules.defaults.stamp == Stamp::Source);
  CHECK(config.rules.rules.empty());
}

TEST_CASE("every key of a domain arrives", "[config]") {
  const auto config = load(R"(
topics:                            # first: the order of the parts means nothing
  sensor/imu:   { type: Imu, size: 32B, depth: 64, history: 3, publishers: 2, subscribers: 5 }
  camera/front: { size: 1MiB, orphans: 0, held: 4, loans: 3, stamp: none }
  "cmd/**":     { overflow: block, timeout: 20ms, evict_after: 1s }
version: 1
domain: boat_1
group: root
node: nav-board
pool: { size: 128MiB, unplanned: 2MiB, unlisted: refuse, lock_memory: true }
limits:
  clients: 1
  topics: 300
  publishers: 400
  memberships: 500
  waiters: 600
  observers: 0
  patterns: 3
  type_text: 8KiB
defaults:
  depth: 8
  history: 2
  publishers: 3
  subscribers: 4
  orphans: 5
  held: 6
  loans: 7
  overflow: block
  timeout: 2s
  evict_after: 3s
  stamp: none
  spin: never
log: { level: debug }
)");
  CHECK(config.domain == "boat_1");
  CHECK(config.group == tarn::config::GroupConfig{.name = "root", .id = 0});
  CHECK(config.node == "nav-board");
  CHECK(config.pool.size_bytes == 128u << 20);
  CHECK(config.pool.unplanned_bytes == 2u << 20);
  CHECK(config.pool.refuse_unlisted);
  CHECK(config.pool.lock_memory);
  CHECK(config.limits == tarn::config::LimitsConfig{.clients = 1,
                                                    .topics = 300,
                                                    .publishers = 400,
                                                    .memberships = 500,
                                                    .waiters = 600,
                                                    .observers = 0,
                                                    .patterns = 3,
                                                    .type_text_bytes = 8192});
  CHECK(config.rules.defaults == TopicSettings{.type = {},
                                               .payload_bytes = 0,
                                               .depth = 8,
                                               .history = 2,
                                               .publishers = 3,
                                               .subscribers = 4,
                                               .orphans = 5,
                                               .held = 6,
                                               .loans = 7,
                                               .overflow = Overflow::Block,
                                               .stamp = Stamp::None,
                                               .timeout = 2s,
                                               .evict_after = 3s});
  CHECK(config.spin == tarn::config::Spin::Never);
  CHECK(config.log_level == tarn::config::LogLevel::Debug);
  REQUIRE(config.rules.rules.size() == 3);
  CHECK(config.rules.rules[0] == TopicRule{.name = "sensor/imu",
                                           .type = "Imu",
                                           .payload_bytes = 32,
                                           .depth = 64,
                                           .history = 3,
                                           .publishers = 2,
                                           .subscribers = 5});
  CHECK(config.rules.rules[1] == TopicRule{.name = "camera/front",
                                           .payload_bytes = 1u << 20,
                                           .orphans = 0,
                                           .held = 4,
                                           .loans = 3,
                                           .stamp = Stamp::None});
  CHECK(
      config.rules.rules[2] ==
      TopicRule{.name = "cmd/**", .overflow = Overflow::Block, .timeout = 20ms, .evict_after = 1s});
}

TEST_CASE("every key of a link arrives", "[config]") {
  const auto config = load(R"(version: 1
links:
  - name: vision
    connect: [tcp://10.0.0.2:7450, tcp://vision.local:7450]
    listen: tcp://[::]:7451
    export:
      - sensor/imu
      - { topic: camera/front, max_rate: 5Hz, max_size: 1MiB, priority: low, as: front_camera }
      - { topic: "status/**", reliable: true }
    import: [{ topic: "cmd/**", prefix: vision/, max_rate: 100Hz, max_size: 1KiB }]
    queue: { messages: 32, bytes: 1MiB }
    heartbeat: 100ms
    insecure: true
    forward: true
  - { name: plain, connect: "tcp://a:1", insecure: true }
)");
  using tarn::config::LinkConfig;
  using tarn::config::LinkTopicConfig;
  using tarn::config::Priority;
  REQUIRE(config.links.size() == 2);
  const LinkConfig& link = config.links[0];
  CHECK(link.name == "vision");
  CHECK(link.connect == std::vector<std::string>{"tcp://10.0.0.2:7450", "tcp://vision.local:7450"});
  CHECK(link.listen == "tcp://[::]:7451");
  REQUIRE(link.exports.size() == 3);
  CHECK(link.exports[0] == LinkTopicConfig{.topic = "sensor/imu", .as = {}, .prefix = {}});
  CHECK(link.exports[1] == LinkTopicConfig{.topic = "camera/front",
                                           .as = "front_camera",
                                           .prefix = {},
                                           .max_rate_hz = 5,
                                           .max_size_bytes = 1u << 20,
                                           .priority = Priority::Low});
  CHECK(link.exports[2] ==
        LinkTopicConfig{.topic = "status/**", .as = {}, .prefix = {}, .reliable = true});
  REQUIRE(link.imports.size() == 1);
  CHECK(link.imports[0] == LinkTopicConfig{.topic = "cmd/**",
                                           .as = {},
                                           .prefix = "vision/",
                                           .max_rate_hz = 100,
                                           .max_size_bytes = 1024});
  CHECK(link.queue == tarn::config::LinkQueueConfig{.messages = 32, .bytes = 1u << 20});
  CHECK(link.heartbeat == 100ms);
  CHECK(link.insecure);
  CHECK(link.forward);
  LinkConfig plain;
  plain.name = "plain";
  plain.connect = {"tcp://a:1"};
  plain.insecure = true;
  CHECK(config.links[1] == plain);
}

TEST_CASE("a file says its version", "[config]") {
  CHECK(problem_of("domain: x\n") == "1:1: version: found nothing; allowed: 1");
  CHECK(problem_of("version: 2\n") == "1:10: version: found '2'; allowed: 1");
  CHECK(problem_of("").find("found nothing; allowed: a map") != std::string::npos);
}

TEST_CASE("the findings of a file come in its order, and so many as a person reads", "[config]") {
  std::string text = "version: 1\nlimits: {clients: 0}\ntopics:\n";
  for (int i = 10; i < 40; ++i) text += "  t" + std::to_string(i) + ": {depth: 0}\n";
  const auto loading = examine_text(text, "f");
  REQUIRE_FALSE(loading);
  const auto lines = loading.error().lines();
  REQUIRE(lines.size() == 21);
  CHECK(lines.front() ==
        "f:2:19: limits.clients: found '0'; allowed: a whole number from 1 to 1024");
  CHECK(lines[1] == "f:4:16: topics.t10.depth: found '0'; allowed: a whole number from 1 to 65536");
  CHECK(lines[19].rfind("f:22:16: topics.t28.depth: ", 0) == 0);
  CHECK(lines.back() == "f: and 11 more");
  CHECK(loading.error().findings.size() == 20);
  CHECK(loading.error().more == 11);

  SECTION("an error holds the first of them") {
    const auto loaded = load_text(text, "f");
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == Errc::InvalidConfig);
    const std::string message = loaded.error().message();
    CHECK(message.rfind(lines[0] + "\n" + lines[1] + "\n", 0) == 0);
    CHECK(message.substr(message.size() - 3) == "...");
  }
}

TEST_CASE("every value of a file has its place", "[config]") {
  const auto loading = examine_text(
      "version: 1\npool: {size: auto}\ntopics:\n  a.b: {depth: 3}\n  \"c/*\":\n    size: 8B\n"
      "links:\n  - name: x\n    connect: tcp://a:1\n    export: [d, {topic: e}]\n    insecure: "
      "true\n",
      "f");
  REQUIRE(loading);
  const auto place = [&](const std::string& path) {
    const auto origin = loading->origins.find(path);
    REQUIRE(origin);
    return std::pair(origin->value.line, origin->value.column);
  };
  CHECK(place("pool.size") == std::pair(2, 14));
  CHECK(place("topics.\"a.b\".depth") == std::pair(4, 16));
  CHECK(place("topics.c/*.size") == std::pair(6, 11));
  CHECK(loading->origins.find("topics.c/*")->key == tarn::config::Position{5, 3});
  CHECK(place("links[0].connect[0]") == std::pair(9, 14));
  CHECK(place("links[0].export[0].topic") == std::pair(10, 14));
  CHECK(place("links[0].export[1].topic") == std::pair(10, 25));
  CHECK_FALSE(loading->origins.find("topics.a.b.depth"));
  CHECK_FALSE(loading->origins.find("pool.unplanned"));
}

TEST_CASE("a damaged file is read or refused, never more", "[config]") {
  const std::string whole =
      "version: 1\ndomain: d\npool: {size: 16MiB, unplanned: 1MiB}\n"
      "limits: {clients: 64}\ndefaults: {depth: 16, stamp: none}\n"
      "topics:\n  \"a/b\": {size: 32B, type: Imu}\n  c:\n    depth: 4\n";
  REQUIRE(load_text(whole, "f"));
  constexpr std::string_view kTelling = "{}[]:,-?&*!|>'\"%@`# \n\t\\\0\xff\xc3";
  std::mt19937 random(tarn::test::seed());
  for (int round = 0; round < 3000; ++round) {
    std::string text = whole;
    for (auto damages = 1 + random() % 4; damages > 0; --damages) {
      const auto at = random() % text.size();
      const char byte = random() % 2 == 0 ? kTelling[random() % kTelling.size()]
                                          : static_cast<char>(random() % 256);
      switch (random() % 3) {
        case 0:
          text.erase(at, 1 + random() % 8);
          break;
        case 1:
          text.insert(at, 1 + random() % 3, byte);
          break;
        default:
          text[at] = byte;
      }
    }
    const auto loaded = load_text(text, "f");
    if (loaded || loaded.error().code() == Errc::InvalidConfig) continue;
    CAPTURE(text);
    FAIL(loaded.error().message());
  }
}

TEST_CASE("a file cannot be made large or deep enough to hurt", "[config]") {
  const auto first = [](const std::string& text) {
    const auto loading = examine_text(text, "f");
    return loading ? "none" : loading.error().lines().front();
  };
  SECTION("by 100,000 brackets, on a small stack") {
    // Enough for the sixteen levels that are allowed, and for nothing that grows with the file.
    const SmallStack stack(256 * 1024);
    std::string in_one_line, in_many;
    stack.run([&] {
      const std::string many(30'000, '[');
      in_one_line = first("version: 1\na: " + many + std::string(30'000, ']') + '\n');
      std::string text = "version: 1\na: ";
      for (int i = 0; i < 100'000; ++i) text += i < 50'000 ? "[\n" : "]\n";
      in_many = first(text);
    });
    CHECK(in_one_line == "f:2:19: found a 17th level of nesting; allowed: at most 16");
    CHECK(in_many == "f:17:1: found a 17th level of nesting; allowed: at most 16");
  }
  SECTION("by a line for which the YAML library would look ahead") {
    CHECK(first("version: 1\na: [" + std::string(64 * 1024, ',') + "]\n") ==
          "f:2:1: found a line of more than 64 KiB; allowed: lines of at most 64 KiB");
  }
  SECTION("by more than 10,000 values") {
    std::string text = "version: 1\nlinks:\n";
    for (int i = 0; i < 9'995; ++i) text += "- a\n";
    CHECK(first(text) == "f:3:1: links: found 9995 entries; allowed: a list of at most 16 entries");
    text += "- a\n";
    CHECK(first(text) ==
          "f:9998:3: found more than 10000 values; allowed: at most 10000, keys included");
  }
  SECTION("by more than 1 MiB") {
    CHECK(first("version: 1\n" + std::string((1 << 20) - 11, '\n')) == "none");
    CHECK(first("version: 1\n" + std::string((1 << 20) - 10, '\n')) ==
          "f:1:1: found more than 1 MiB; allowed: files of at most 1 MiB");
  }
  SECTION("by aliases of aliases, which are counted and not followed") {
    std::string text = "version: 1\na: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char name = 'b'; name < 'k'; ++name) {
      const std::string before = std::string(" *") + static_cast<char>(name - 1) + ',';
      text += std::string(1, name) + ": &" + name + " [";
      for (int i = 0; i < 10; ++i) text += before;
      text += "]\n";
    }
    const auto loading = examine_text(text, "f");
    REQUIRE_FALSE(loading);
    // Ten keys that are none, ten anchors, ninety aliases: 10^10 values for who follows them.
    CHECK(loading.error().findings.size() + loading.error().more == 110);
  }
}

TEST_CASE("a configuration is read from its file", "[config]") {
  const tarn::test::TemporaryDirectory directory;
  const std::string path = directory.file("tarn.yaml");
  SECTION("and names it in errors") {
    std::ofstream(path) << "version: 1\ndomain: A\n";
    const auto loaded = load_file(path);
    REQUIRE_FALSE(loaded);
    CHECK(std::string(loaded.error().message()).find(path + ":2:9: domain: ") == 0);
  }
  SECTION("whole") {
    std::ofstream(path) << "version: 1\ndomain: whole\n";
    CHECK(must(load_file(path)).domain == "whole");
  }
  SECTION("unless it is not there") {
    const auto loaded = load_file(path);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == Errc::System);
    CHECK(loaded.error().system_errno() == ENOENT);
    CHECK(std::string(loaded.error().message()).find("'" + path + "'") != std::string::npos);
  }
  SECTION("unless it is a directory") {
    const auto loaded = load_file(directory.path());
    REQUIRE_FALSE(loaded);
    CHECK(std::string(loaded.error().message()) ==
          "'" + directory.path() + "': found a directory; allowed is a regular file");
  }
  SECTION("unless it is a FIFO, for which nobody waits") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const auto loading = examine_file(path);
    REQUIRE_FALSE(loading);
    CHECK(loading.error().findings.empty());
    CHECK(loading.error().lines() ==
          std::vector<std::string>{"'" + path + "': found a FIFO; allowed is a regular file"});
  }
  SECTION("unless it is too large") {
    std::ofstream(path) << std::string(2 << 20, '#');
    const auto loading = examine_file(path);
    REQUIRE_FALSE(loading);
    CHECK(loading.error().error.code() == Errc::InvalidConfig);
    CHECK(loading.error().lines() ==
          std::vector<std::string>{path +
                                   ":1:1: found more than 1 MiB; allowed: files of at most 1 MiB"});
  }
}
