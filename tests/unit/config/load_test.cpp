#include "config/load.hpp"

#include <cerrno>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::Errc;
using tarn::config::DomainConfig;
using tarn::config::load_file;
using tarn::config::load_text;
using tarn::plan::resolve;
using tarn::plan::Stamp;
using tarn::test::must;

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

std::string pool(const std::string& entry) { return "version: 1\npool: {" + entry + "}\n"; }
std::string topic(const std::string& entry) {
  return "version: 1\ntopics:\n  imu: {" + entry + "}\n";
}

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

TEST_CASE("every key of a file arrives", "[config]") {
  const auto config = load(R"(# topics first: the order of the parts means nothing
topics:
  sensor/imu:   { type: Imu, size: 32B, depth: 64, history: 3, publishers: 2, subscribers: 5 }
  camera/front: { size: 1MiB, orphans: 0, held: 4, loans: 3, stamp: none }
  plain: {}
version: 1
domain: boat_1
pool: { size: 64MiB, unplanned: 2MiB, unlisted: refuse, lock_memory: true }
limits:
  clients: 1
  topics: 3
  publishers: 4
  memberships: 5
  waiters: 6
  observers: 0
  type_text: 8KiB
defaults: { depth: 8, history: 2, publishers: 3, subscribers: 4, orphans: 5, held: 6, loans: 7 }
)");
  CHECK(config.domain == "boat_1");
  CHECK(config.pool.size_bytes == 64u << 20);
  CHECK(config.pool.unplanned_bytes == 2u << 20);
  CHECK(config.pool.refuse_unlisted);
  CHECK(config.pool.lock_memory);
  CHECK(config.limits.clients == 1);
  CHECK(config.limits.topics == 3);
  CHECK(config.limits.publishers == 4);
  CHECK(config.limits.memberships == 5);
  CHECK(config.limits.waiters == 6);
  CHECK(config.limits.observers == 0);
  CHECK(config.limits.type_text_bytes == 8192);
  REQUIRE(config.rules.rules.size() == 3);

  const auto& imu = config.rules.rules[0];
  CHECK(imu.name == "sensor/imu");
  CHECK(imu.type == "Imu");
  CHECK(imu.payload_bytes == 32);
  CHECK(imu.depth == 64);
  CHECK(imu.history == 3);
  CHECK(imu.publishers == 2);
  CHECK(imu.subscribers == 5);

  const auto& camera = config.rules.rules[1];
  CHECK(camera.payload_bytes == 1u << 20);
  CHECK(camera.orphans == 0);
  CHECK(camera.held == 4);
  CHECK(camera.loans == 3);
  CHECK(camera.stamp == Stamp::None);

  SECTION("and what a topic leaves out is taken from the defaults") {
    CHECK(resolve(config.rules, "sensor/imu").orphans == 5);
    CHECK(resolve(config.rules, "sensor/imu").held == 6);
    CHECK(resolve(config.rules, "sensor/imu").loans == 7);
    CHECK_FALSE(camera.type);
    CHECK(resolve(config.rules, "camera/front").depth == 8);
    CHECK(resolve(config.rules, "camera/front").history == 2);
    CHECK(resolve(config.rules, "plain").payload_bytes == 0);
    CHECK(resolve(config.rules, "plain").publishers == 3);
  }
}

TEST_CASE("a file says its version", "[config]") {
  CHECK(problem_of("domain: x\n") == "1:1: version: found nothing; allowed: 1");
  CHECK(problem_of("version: 2\n") == "1:10: version: found '2'; allowed: 1");
  CHECK(problem_of("").find("found nothing; allowed: a map") != std::string::npos);
}

TEST_CASE("an unknown key is refused where it stands", "[config]") {
  CHECK(problem_of("version: 1\npol: {}\n") ==
        "2:1: pol: found an unknown key; allowed: version, domain, pool, limits, defaults, topics");
  CHECK(problem_of(pool("size: 1MiB, sise: 2MiB")) ==
        "2:20: pool.sise: found an unknown key; allowed: size, unplanned, unlisted, lock_memory");
  CHECK(problem_of("version: 1\nlimits: { client: 3 }\n").find("2:11: limits.client: ") == 0);
  CHECK(problem_of("version: 1\ndefaults: { size: 3B }\n").find("2:13: defaults.size: ") == 0);
  CHECK(problem_of(topic("depht: 3")).find("3:9: topics.imu.depht: ") == 0);
}

TEST_CASE("a repeated key is refused with the line of the first", "[config]") {
  CHECK(problem_of("version: 1\npool: {}\nversion: 1\n") ==
        "3:1: version: found a second time, first in line 1; allowed once");
  CHECK(problem_of(topic("depth: 3, depth: 4")) ==
        "3:19: topics.imu.depth: found a second time, first in line 3; allowed once");
  CHECK(problem_of("version: 1\ntopics:\n  a: {}\n  b: {}\n  a: {}\n").find("5:3: topics.a: ") ==
        0);
}

TEST_CASE("a number is refused outside its range", "[config]") {
  CHECK(problem_of(topic("depth: 0")) ==
        "3:16: topics.imu.depth: found '0'; allowed: a whole number from 1 to 65536");
  CHECK(problem_of(topic("depth: 65536, history: 0")) == "none");
  CHECK(problem_of(topic("depth: 65537")).find("found '65537'") != std::string::npos);
  CHECK(problem_of(topic("held: 17")).find("from 1 to 16") != std::string::npos);
  CHECK(problem_of(topic("loans: 65")).find("from 1 to 64") != std::string::npos);
  CHECK(problem_of(topic("subscribers: 257")).find("from 1 to 256") != std::string::npos);
  CHECK(problem_of(topic("publishers: 65")).find("from 1 to 64") != std::string::npos);
  CHECK(problem_of(topic("depth: 0x10")).find("found '0x10'") != std::string::npos);
  CHECK(problem_of(topic("depth: -1")).find("found '-1'") != std::string::npos);
  CHECK(problem_of(topic("depth: [1]")).find("found a list") != std::string::npos);
  CHECK(problem_of(topic("depth: {a: 1}")).find("found a map") != std::string::npos);
  CHECK(problem_of(topic("depth:")).find("found nothing") != std::string::npos);
}

TEST_CASE("a size needs its unit", "[config]") {
  CHECK(problem_of(pool("size: 16")) ==
        "2:14: pool.size: found '16'; allowed: a size from 1B to 256GiB: a whole number followed "
        "by B, KiB, MiB or GiB");
  CHECK(problem_of(pool("size: 16MB")).find("found '16MB'") != std::string::npos);
  CHECK(problem_of(pool("size: 1025GiB")).find("found '1025GiB'") != std::string::npos);
  CHECK(problem_of(topic("size: 2GiB")).find("from 1B to 1GiB") != std::string::npos);
  CHECK(problem_of(pool("size: auto")).find("auto is not available") != std::string::npos);
}

TEST_CASE("numbers that exclude each other are refused", "[config]") {
  SECTION("a history that the depth does not hold") {
    CHECK(problem_of(topic("depth: 2, history: 3")) ==
          "3:8: topics.imu: found history 3 with depth 2; allowed: history of at most depth");
    CHECK(problem_of("version: 1\ndefaults: {history: 8}\ntopics: {a: {depth: 4}}\n")
              .find("3:13: topics.a: found history 8 with depth 4") == 0);
    CHECK(problem_of("version: 1\ndefaults: {history: 17}\n").find("2:11: defaults: ") == 0);
  }
  SECTION("a part of the pool that is larger than the pool") {
    CHECK(problem_of(pool("size: 1MiB, unplanned: 2MiB")) ==
          "2:7: pool: found unplanned 2MiB in size 1MiB; allowed: unplanned of at most size");
  }
  SECTION("more topics than their limit") {
    CHECK(problem_of("version: 1\nlimits: {topics: 1}\ntopics: {a: {}, b: {}}\n") ==
          "3:9: topics: found 2 topics; allowed: at most 1, which is limits.topics");
  }
}

TEST_CASE("words are refused when they are none of those allowed", "[config]") {
  CHECK(problem_of(topic("stamp: both")) ==
        "3:16: topics.imu.stamp: found 'both'; allowed: source or none");
  CHECK(problem_of(pool("unlisted: no")).find("allow or refuse") != std::string::npos);
  CHECK(problem_of(pool("lock_memory: yes")).find("false or true") != std::string::npos);
  CHECK(problem_of("version: 1\ndomain: Boat\n").find("2:9: domain: ") == 0);
  CHECK(problem_of("version: 1\ndomain: Boat\n").find("found 'B' at position 1") !=
        std::string::npos);
  CHECK(problem_of(topic("type: " + std::string(64, 'x'))).find("1 to 63 bytes") !=
        std::string::npos);
}

TEST_CASE("a topic of the file has a whole name that users may have", "[config]") {
  const auto named = [](const std::string& name) {
    return problem_of("version: 1\ntopics:\n  \"" + name + "\": {}\n");
  };
  CHECK(named("sensor/**").find("3:3: topics.sensor/**: found a pattern") == 0);
  CHECK(named("a b").find("3:3: topics.a b: topic name 'a b': found ' ' at position 2") == 0);
  CHECK(named("tarn/stats").find("reserved") != std::string::npos);
  CHECK(named("").find("is empty") != std::string::npos);
}

TEST_CASE("all problems of a file are found in one run, in its order", "[config]") {
  const auto loaded =
      load_text("version: 1\ntopics: {a: {depth: 0}}\npool: {size: 3}\nx: 1\n", "f");
  REQUIRE_FALSE(loaded);
  const std::string message = loaded.error().message();
  const auto topics = message.find("f:2:21: topics.a.depth: ");
  const auto size = message.find("\nf:3:14: pool.size: ");
  const auto unknown = message.find("\nf:4:1: x: ");
  CHECK(topics == 0);
  CHECK(size != std::string::npos);
  CHECK(unknown != std::string::npos);
  CHECK(size < unknown);
}

TEST_CASE("what is not YAML is refused where it stops being YAML", "[config]") {
  CHECK(problem_of("version: 1\npool: {size: 1MiB\n").find(": not YAML: ") != std::string::npos);
  CHECK(problem_of("version: 1\n\tpool: {}\n").find("2:") == 0);
  CHECK(problem_of("just words\n") == "1:1: found 'just words'; allowed: a map (key: value)");
  CHECK(problem_of("- version\n").find("1:1: found a list") == 0);
  CHECK(problem_of("version: 1\n? [a, b]\n: 1\n")
            .find("2:3: found a list; allowed: a plain word as key") == 0);
}

TEST_CASE("what makes a small file large is refused", "[config]") {
  CHECK(problem_of("version: &one 1\n").find("found an anchor") != std::string::npos);
  CHECK(problem_of("version: 1\ntopics: {a: *one}\n") != "none");
  CHECK(problem_of("version: !!int 1\n").find("1:10: found a tag") == 0);
  CHECK(problem_of("version: 1\npool: !mine {}\n").find("found a tag") != std::string::npos);
  CHECK(problem_of("version: 1\n---\nversion: 1\n").find("found a second document") !=
        std::string::npos);
  CHECK(problem_of("a: " + std::string(16, '[') + std::string(16, ']') + "\n")
            .find("nested deeper than 16 levels") != std::string::npos);
  CHECK(problem_of("a: " + std::string(15, '[') + std::string(15, ']') + "\n")
            .find("1:1: a: found an unknown key") != std::string::npos);
  const auto large = load_text(std::string((1 << 20) + 1, '#'), "tarn.yaml");
  REQUIRE_FALSE(large);
  CHECK(std::string(large.error().message()) == "tarn.yaml: larger than the allowed 1 MiB");
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
    CHECK(loaded.error().system_errno() == EISDIR);
  }
  SECTION("unless it is too large") {
    std::ofstream(path) << std::string((1 << 20) + 1, '#');
    const auto loaded = load_file(path);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == Errc::InvalidConfig);
  }
}
