#include "middleware/cli/config_show.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "config/memory_demand.hpp"
#include "config/schema.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using namespace tarn::cli;
using tarn::test::must;
namespace config = tarn::config;
namespace plan = tarn::plan;

namespace {

// sensor/imu in line 5, sensor/** in line 9, defaults.held in line 3, and a topic of its own in line 12.
ConfigFile sample() {
  ConfigFile file{.name = "tarn.yaml", .config = {}};
  file.config.rules.defaults.held = 3;
  file.config.rules.rules = {{.name = "sensor/imu", .payload_bytes = 40, .depth = 64},
                             {.name = "sensor/**", .depth = 32, .loans = 1},
                             {.name = "log.all", .overflow = plan::Overflow::Block}};
  const auto said = [&](const std::string& key, int line) {
    file.origins.set(key, {.key = {line, 1}, .value = {line, 10}});
  };
  said("defaults.held", 3);
  said("topics.sensor/imu.size", 5);
  said("topics.sensor/imu.depth", 6);
  said("topics.sensor/**.depth", 9);
  said("topics.sensor/**.loans", 10);
  said("topics.\"log.all\".overflow", 12);
  return file;
}

EffectiveValue find(const EffectiveValues& values, const std::string& key) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const EffectiveValue& value) { return value.key == key; });
  if (found == values.end()) FAIL("no value for " << key);
  return *found;
}

std::string told(const EffectiveValue& value) { return value.value + " by " + value.origin; }

std::string of_topic(const std::string& topic, const std::string& setting) {
  const ConfigFile file = sample();
  return told(find(topic_values(file, topic),
                   config::join_path(config::join_path("topics", topic), setting)));
}

EffectiveValues of_domain(const ConfigFile& file) {
  return domain_values(
      file, must(plan::plan_memory(file.config.rules, config::memory_demand(file.config, 4096))));
}

tarn::TopicDetail as_configured() {
  tarn::TopicDetail live;
  live.type.name = "Imu";
  live.settings = {.payload_bytes = 40,
                   .depth = 64,
                   .history = 1,
                   .publishers = 1,
                   .subscribers = 8,
                   .orphans = 1,
                   .held = 3,
                   .loans = 1,
                   .overflow = "drop_oldest",
                   .stamped = true,
                   .timeout = std::chrono::seconds(1),
                   .evict_after = std::chrono::seconds(0)};
  return live;
}

}  // namespace

TEST_CASE("a setting of a topic says whose line it comes from", "[cli]") {
  CHECK(of_topic("sensor/imu", "depth") == "64 by tarn.yaml:6");
  CHECK(of_topic("sensor/imu", "size") == "40B by tarn.yaml:5");
  CHECK(of_topic("sensor/imu", "loans") == "1 by tarn.yaml:10 (pattern sensor/**)");
  CHECK(of_topic("sensor/imu", "held") == "3 by tarn.yaml:3 (defaults)");
  CHECK(of_topic("sensor/imu", "history") == "1 by default");
  CHECK(of_topic("sensor/imu", "type") == "- by not said: any");
  CHECK(of_topic("log.all", "overflow") == "block by tarn.yaml:12");
  CHECK(of_topic("log.all", "size") == "- by not said: draws on pool.unplanned");
}

TEST_CASE("a topic that is not listed has settings too", "[cli]") {
  CHECK(of_topic("sensor/gnss", "depth") == "32 by tarn.yaml:9 (pattern sensor/**)");
  CHECK(of_topic("sensor/gnss", "publishers") == "16 by default of topics that are not listed");
}

TEST_CASE("every setting that a topic can have is shown", "[cli]") {
  const EffectiveValues values = topic_values(sample(), "sensor/imu");
  CHECK(values.size() == config::parts_of("topics.*").size());
  for (const config::Key* key : config::parts_of("topics.*")) {
    CHECK_FALSE(find(values, "topics.sensor/imu." + std::string(key->name)).origin.empty());
  }
}

TEST_CASE("every key outside topics and links is shown with its default", "[cli]") {
  const EffectiveValues values = of_domain({.name = "the defaults", .config = {}});
  std::size_t shown = 0;
  for (const config::Key& key : config::keys()) {
    const bool other = key.parent.starts_with("topics") || key.parent.starts_with("links");
    const bool holds = key.kind == config::Kind::Map || key.kind == config::Kind::List;
    if (other || holds || key.name == "version") continue;
    const EffectiveValue value = find(values, config::path_of(key));
    CHECK(told(value) == (key.initial.empty() ? "-" : std::string(key.initial)) + " by default");
    ++shown;
  }
  CHECK(shown == values.size());
}

TEST_CASE("limits that grew with the topics say so", "[cli]") {
  ConfigFile file{.name = "tarn.yaml", .config = {}};
  for (int i = 0; i < 300; ++i) {
    file.config.rules.rules.push_back({.name = "topic" + std::to_string(i)});
  }
  CHECK(told(find(of_domain(file), "limits.topics")) ==
        "300 by default 256, grown: the listed topics need 300");
  CHECK(told(find(of_domain(file), "limits.clients")) == "64 by default");
  file.config.limits.waiters = 4000;
  file.origins.set("limits.waiters", {.key = {4, 3}, .value = {4, 12}});
  CHECK(told(find(of_domain(file), "limits.waiters")) == "4000 by tarn.yaml:4");
}

TEST_CASE("an automatic pool size is shown as what it comes to", "[cli]") {
  ConfigFile file{.name = "tarn.yaml", .config = {}};
  file.config.pool = {.size_bytes = std::nullopt, .unplanned_bytes = 4096};
  file.origins.set("pool.size", {.key = {2, 9}, .value = {2, 15}});
  const EffectiveValue size = find(of_domain(file), "pool.size");
  CHECK(size.value.ends_with("KiB"));
  CHECK(size.origin == "tarn.yaml:2 (auto)");
}

TEST_CASE("links are shown with all their settings", "[cli]") {
  ConfigFile file{.name = "tarn.yaml", .config = {}};
  config::LinkTopicConfig topic{.topic = "imu", .as = {}, .prefix = {}, .max_rate_hz = 5};
  file.config.links.push_back({.name = "vision",
                               .connect = {"tcp://a:1", "tcp://b:2"},
                               .listen = {},
                               .exports = {topic},
                               .imports = {},
                               .queue = {},
                               .insecure = true});
  const EffectiveValues values = link_values(file);
  CHECK(find(values, "links[0].connect").value == "[tcp://a:1, tcp://b:2]");
  CHECK(find(values, "links[0].listen").value == "-");
  CHECK(find(values, "links[0].export[0].max_rate").value == "5Hz");
  CHECK(find(values, "links[0].export[0].priority").value == "normal");
  CHECK(find(values, "links[0].queue.bytes").value == "4MiB");
  CHECK(find(values, "links[0].heartbeat").value == "500ms");
  for (const config::Key* key : config::parts_of("links[]")) {
    if (key->name != "export" && key->name != "import" && key->name != "queue") {
      CHECK_FALSE(find(values, "links[0]." + std::string(key->name)).value.empty());
    }
  }
}

TEST_CASE("a topic in use shows what differs from the file", "[cli]") {
  ConfigFile file = sample();
  file.config.rules.rules[0].type = "Imu";
  const EffectiveValues values = topic_values(file, "sensor/imu");
  for (const ShownValue& value : beside(values, as_configured())) CHECK(value.live.empty());
  auto live = as_configured();
  live.type.name = "Other";
  live.settings = {.payload_bytes = 41,
                   .depth = 16,
                   .history = 2,
                   .publishers = 3,
                   .subscribers = 4,
                   .orphans = 5,
                   .held = 6,
                   .loans = 7,
                   .overflow = "reject",
                   .stamped = false,
                   .timeout = std::chrono::milliseconds(8),
                   .evict_after = std::chrono::milliseconds(9)};
  std::string differing;
  for (const ShownValue& value : beside(values, live)) {
    const auto setting = value.is.key.substr(value.is.key.rfind('.') + 1);
    if (!value.live.empty()) differing += setting + "=" + value.live + " ";
  }
  CHECK(
      differing ==
      "type=Other size=41B depth=16 history=2 publishers=3 subscribers=4 orphans=5 held=6 loans=7 "
      "overflow=reject stamp=none timeout=8ms evict_after=9ms ");
}

TEST_CASE("a type and a size that the file does not say are the first publisher's to choose",
          "[cli]") {
  auto live = as_configured();
  live.settings.payload_bytes = 123;
  for (const ShownValue& value : beside(topic_values(sample(), "log.all"), live)) {
    const bool chosen = value.is.key.ends_with(".size") || value.is.key.ends_with(".type");
    if (chosen) CHECK(value.live.empty());
  }
}

TEST_CASE("values are shown in columns, with their origin if asked", "[cli]") {
  const std::vector<ShownValue> values{
      {.is = {.key = "domain", .value = "default", .origin = "default"}},
      {.is = {.key = "topics.imu.depth", .value = "64", .origin = "tarn.yaml:6"}, .live = "16"}};
  CHECK(show_text(values, true) ==
        "domain            default  default\n"
        "topics.imu.depth  64       tarn.yaml:6\n"
        "                  16       in force until everybody has left the topic\n");
  CHECK(show_text(values, false).starts_with("domain            default\n"));
  CHECK(show_json(values) ==
        "{\"key\":\"domain\",\"value\":\"default\",\"origin\":\"default\",\"in_force\":null}\n"
        "{\"key\":\"topics.imu.depth\",\"value\":\"64\",\"origin\":\"tarn.yaml:6\","
        "\"in_force\":\"16\"}\n");
}
