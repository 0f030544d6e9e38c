// The configuration files that come with tarn, each run by a real broker: the pool is what the plan says,
// and on every topic there is room for all the publishers and subscribers that the file promises.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "config/default_file.hpp"
#include "config/load.hpp"
#include "config/memory_demand.hpp"
#include "config/shipped_files.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "platform/file_mapping.hpp"
#include "tests/process/command_line.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

struct ShippedFile {
  const char* name;
  std::string text;
};

// With every setting that it explains but the group, which need not be there.
std::string default_file_in_full() {
  std::string text = config::with_all_settings(config::default_file());
  const std::string group = "group: sensors\n";
  const std::size_t place = text.find(group);
  REQUIRE(place != std::string::npos);
  return text.erase(place, group.size());
}

std::vector<ShippedFile> shipped_files() {
  return {{"tiny.yaml", std::string(config::tiny_file())},
          {"camera.yaml", std::string(config::camera_file())},
          {"default.yaml", config::default_file()},
          {"default.yaml in full", default_file_in_full()}};
}

plan::MemoryPlan plan_of(const std::string& text) {
  const auto file = must(config::load_text(text, "file"));
  return must(plan::plan_memory(
      file.rules, config::memory_demand(file, static_cast<std::uint32_t>(platform::page_bytes()))));
}

// Everybody whom the file lets onto a topic.
struct Crowd {
  std::vector<UntypedPublisher> publishers;
  std::vector<UntypedSubscriber> subscribers;
};

Crowd crowd_on(Node& node, const plan::TopicPlan& topic) {
  const auto& settings = topic.settings;
  const auto type =
      RuntimeMessageType::describe(settings.type.empty() ? "Bytes" : settings.type,
                                   settings.payload_bytes == 0 ? 8 : settings.payload_bytes, 1, "");
  Crowd crowd;
  for (std::uint32_t i = 0; i < settings.publishers; ++i) {
    crowd.publishers.push_back(must(node.untyped_publisher(topic.name, type)));
  }
  for (std::uint32_t i = 0; i < settings.subscribers; ++i) {
    crowd.subscribers.push_back(must(node.untyped_subscriber(topic.name, type)));
  }
  return crowd;
}

plan::TopicPlan not_listed() {
  plan::TopicPlan topic;
  topic.name = "not/listed";
  topic.settings.subscribers = 1;
  return topic;
}

void exchange(Crowd& crowd) {
  for (UntypedPublisher& publisher : crowd.publishers) {
    REQUIRE(wait_until([&] { return publisher.subscriber_count() == crowd.subscribers.size(); }));
    must(publisher.send(std::vector<std::byte>(publisher.max_bytes(), std::byte{0x5a})));
  }
  for (UntypedSubscriber& subscriber : crowd.subscribers) {
    for (std::size_t i = 0; i < crowd.publishers.size(); ++i) {
      const auto sample = subscriber.wait_take(kWatchdog);
      REQUIRE(sample);
      CHECK(sample.bytes().size() == crowd.publishers.front().max_bytes());
      CHECK(sample.bytes().back() == std::byte{0x5a});
    }
  }
}

}  // namespace

TEST_CASE("the files that come with tarn run as planned", "[config]") {
  const ShippedFile file = GENERATE(from_range(shipped_files()));
  CAPTURE(file.name);
  const plan::MemoryPlan plan = plan_of(file.text);
  const Place place;
  ProgramRun broker = place.tarn({"broker", "-c", place.write("tarn.yaml", file.text)});
  REQUIRE(broker.says(kReady));
  CHECK(std::filesystem::file_size(place.domain_path() + "/pool") == plan.pool_bytes);
  Node node = place.open("everybody");
  std::vector<Crowd> crowds;  // all at once
  for (const plan::TopicPlan& topic : plan.topics) crowds.push_back(crowd_on(node, topic));
  crowds.push_back(crowd_on(node, not_listed()));
  for (Crowd& crowd : crowds) exchange(crowd);
}

TEST_CASE("tiny.yaml asks for less than 512 KiB and has a sensor, a motor and a status",
          "[config]") {
  const Place place;
  const std::string text(config::tiny_file());
  ProgramRun broker = place.tarn({"broker", "-c", place.write("tarn.yaml", text)});
  REQUIRE(broker.says(kReady));
  CHECK(std::filesystem::file_size(place.domain_path() + "/pool") < 512 * 1024);
  std::vector<std::string> names;
  for (const plan::TopicPlan& topic : plan_of(text).topics) names.push_back(topic.name);
  CHECK(names == std::vector<std::string>{"cmd/motor", "sensor/imu", "status"});
}

}  // namespace tarn::test
