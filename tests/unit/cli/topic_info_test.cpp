#include "middleware/cli/topic_info.hpp"

#include "tests/support/catch.hpp"

using namespace tarn::cli;
using namespace std::chrono_literals;

namespace {

tarn::TopicDetail imu() {
  return {.status = {.name = "sensor/imu",
                     .type = "Imu",
                     .publishers = 1,
                     .subscribers = 1,
                     .published = 300,
                     .lost = 4,
                     .rate_hz = 100},
          .type = {.name = "Imu", .hash = 0xabc, .bytes = 32, .alignment = 8, .fields = "a:f32@0"},
          .settings = {.payload_bytes = 32,
                       .depth = 64,
                       .history = 1,
                       .publishers = 1,
                       .subscribers = 8,
                       .held = 2,
                       .loans = 2,
                       .overflow = "drop_oldest",
                       .stamped = true},
          .publishers = {{.node = "driver",
                          .name = "left",
                          .pid = 12,
                          .depth = 64,
                          .published = 300,
                          .bytes = 9600,
                          .newest_age = 5ms,
                          .traffic = tarn::TrafficStatus{.messages = 100,
                                                         .bytes = 3200,
                                                         .interval_mean = 10ms,
                                                         .interval_minimum = 9ms,
                                                         .interval_maximum = 11ms,
                                                         .jitter = 500us}}},
          .subscriptions = {{.node = "fusion",
                             .pid = 13,
                             .depth = 64,
                             .held_limit = 2,
                             .received = 296,
                             .lost_overwritten = 4,
                             .lag = 1,
                             .high_water = 64}}};
}

}  // namespace

TEST_CASE("a topic's information is a line for each thing to know", "[cli]") {
  CHECK(info_text(imu(), false) ==
        "topic: sensor/imu\n"
        "type: Imu\n"
        "hash: \"0000000000000abc\"\n"
        "type_bytes: 32\n"
        "alignment: 8\n"
        "largest_message_bytes: 32\n"
        "depth: 64\n"
        "history: 1\n"
        "overflow: drop_oldest\n"
        "stamp: source\n"
        "publisher_count: 1\n"
        "publisher_limit: 1\n"
        "subscriber_count: 1\n"
        "subscriber_limit: 8\n"
        "messages: 300\n"
        "rate_hz: 100.0\n"
        "lost: 4\n");
}

TEST_CASE("with -v it has a line for each publisher and subscriber", "[cli]") {
  const std::string text = info_text(imu(), true);
  CHECK(text.find("fields: \"a:f32@0\"\npublishers:\n- {publisher: left, node: driver, pid: 12,") !=
        std::string::npos);
  CHECK(text.find("newest_age_ns: 5000000, rate_hz: 100, bytes_per_second: 3200, "
                  "interval_mean_ns: 10000000") != std::string::npos);
  CHECK(text.find("jitter_ns: 500000}\nsubscribers:\n- {subscriber: fusion, pid: 13, depth: 64, "
                  "received: 296, lag: 1, high_water: 64, held: 0, held_limit: 2, lost: 4, "
                  "overwritten: 4,") != std::string::npos);
}

TEST_CASE("as JSON it is one object on one line", "[cli]") {
  tarn::TopicDetail detail = imu();
  detail.publishers.clear();
  detail.status.rate_hz.reset();
  const std::string json = info_json(detail);
  CHECK(json.find("{\"topic\":\"sensor/imu\",\"type\":\"Imu\",") == 0);
  CHECK(json.find("\"rate_hz\":null") != std::string::npos);
  CHECK(json.find("\"publishers\":[],\"subscribers\":[{\"subscriber\":\"fusion\",") !=
        std::string::npos);
  CHECK(json.find('\n') == json.size() - 1);
}
