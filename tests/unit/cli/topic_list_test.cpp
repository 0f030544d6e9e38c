#include "middleware/cli/topic_list.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using tarn::TopicStatus;
using namespace tarn::cli;

namespace {

std::vector<TopicStatus> two_topics() {
  return {{.name = "camera/front",
           .type = "Frame",
           .publishers = 1,
           .subscribers = 2,
           .published = 300,
           .lost = 4},
          {.name = "sensor/imu",
           .type = "Imu",
           .publishers = 3,
           .subscribers = 0,
           .published = 123456789012,
           .lost = 0}};
}

std::vector<TopicRow> rows_of(const std::vector<TopicStatus>& topics) {
  std::vector<TopicRow> rows;
  for (const TopicStatus& topic : topics) rows.push_back({.status = topic});
  return rows;
}

}  // namespace

TEST_CASE("names stand in a line each", "[cli]") {
  CHECK(names_of({}).empty());
  CHECK(names_of(rows_of(two_topics())) == "camera/front\nsensor/imu\n");
}

TEST_CASE("a rate is what was published between two looks by the time between them", "[cli]") {
  const auto before = two_topics();
  auto after = two_topics();
  after[0].published += 6;
  SECTION("for a topic that was there both times") {
    const auto rows = with_rates(before, after, 0.2);
    CHECK(std::abs(*rows[0].rate_hz - 30.0) < 1e-9);
    CHECK(*rows[1].rate_hz == 0.0);
  }
  SECTION("and cannot be told of a new topic") {
    CHECK_FALSE(with_rates({before[1]}, after, 0.2)[0].rate_hz.has_value());
  }
  SECTION("or of one that a publisher has left") {
    after[1].published = 5;
    CHECK_FALSE(with_rates(before, after, 0.2)[1].rate_hz.has_value());
  }
}

TEST_CASE("a table has a heading and its columns stand below each other", "[cli]") {
  auto rows = rows_of(two_topics());
  rows[0].rate_hz = 29.97;
  CHECK(table_of(rows) ==
        "topic         type   publishers  subscribers  messages/s      messages      lost\n"
        "camera/front  Frame           1            2        30.0           300         4\n"
        "sensor/imu    Imu             3            0           -  123456789012         0\n");
}

TEST_CASE("JSON is an array with an object a line", "[cli]") {
  auto rows = rows_of(two_topics());
  rows[0].rate_hz = 29.97;
  CHECK(json_of(rows) ==
        "[\n"
        "{\"topic\":\"camera/front\",\"type\":\"Frame\",\"publishers\":1,\"subscribers\":2,"
        "\"rate_hz\":29.970,\"messages\":300,\"lost\":4},\n"
        "{\"topic\":\"sensor/imu\",\"type\":\"Imu\",\"publishers\":3,\"subscribers\":0,"
        "\"rate_hz\":null,\"messages\":123456789012,\"lost\":0}\n"
        "]\n");
  CHECK(json_of({}) == "[\n]\n");
}

TEST_CASE("JSON survives a type name that was chosen to break it", "[cli]") {
  auto rows = rows_of({two_topics()[0]});
  rows[0].status.type = "a\"b\\c\n";
  CHECK(json_of(rows).find("\"type\":\"a\\\"b\\\\c\\u000a\"") != std::string::npos);
}
