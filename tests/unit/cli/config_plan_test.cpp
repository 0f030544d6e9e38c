#include "middleware/cli/config_plan.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tarn::cli;
namespace plan = tarn::plan;

namespace {

constexpr std::uint32_t kPage = 4096;

ConfigFile file_with(const std::vector<plan::TopicRule>& rules) {
  ConfigFile file{.name = "tarn.yaml", .config = {}};
  file.config.rules.rules = rules;
  return file;
}

PlanView view_of(const ConfigFile& file) {
  const auto view = plan_of(file, kPage);
  REQUIRE(view);
  return *view;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The number in the line that begins with these words.
std::uint64_t sum_of(const std::string& text, const std::string& words) {
  const std::size_t line = text.find("\n" + words + "  ");
  REQUIRE(line != std::string::npos);
  const std::size_t digits = text.find_first_of("0123456789", line + words.size() + 1);
  return std::stoull(text.substr(digits));
}

}  // namespace

TEST_CASE("a plan shows what each listed topic takes", "[cli]") {
  const PlanView view = view_of(file_with({{.name = "imu", .payload_bytes = 40, .depth = 4},
                                           {.name = "camera/front",
                                            .payload_bytes = 300 * 1024,
                                            .depth = 4,
                                            .subscribers = 2,
                                            .held = 1,
                                            .loans = 1},
                                           {.name = "later"},
                                           {.name = "sensor/**", .depth = 7}}));
  CHECK(plan_text(view).substr(0, plan_text(view).find("\n\n")) ==
        "topic           size  rings  slots  slot bytes  chunks  chunk bytes      bytes\n"
        "camera/front  300KiB      2      4          64       8       307200    4923392\n"
        "imu              40B      2      4          64       0            -       8192\n"
        "later              -      2     16           -       -            -  unplanned");
}

TEST_CASE("the sums of a plan add up", "[cli]") {
  ConfigFile file = file_with({{.name = "imu", .payload_bytes = 40}});
  file.config.pool.size_bytes = 4 << 20;
  const PlanView view = view_of(file);
  const std::string text = plan_text(view);
  CHECK(sum_of(text, "sum") ==
        sum_of(text, "listed topics") + sum_of(text, "unplanned") + sum_of(text, "bookkeeping"));
  CHECK(sum_of(text, "pool.size") == 4 << 20);
  CHECK(sum_of(text, "left for other topics") == (4 << 20) - sum_of(text, "sum"));
  std::uint64_t parts = 0;
  for (const plan::BookkeepingPart& part : view.bookkeeping) parts += part.bytes;
  CHECK(parts == sum_of(text, "bookkeeping"));
  CHECK(holds(text, "64 client records"));
}

TEST_CASE("a pool of automatic size has nothing left", "[cli]") {
  ConfigFile file = file_with({{.name = "imu", .payload_bytes = 40}});
  file.config.pool.size_bytes = std::nullopt;
  const std::string text = plan_text(view_of(file));
  CHECK(sum_of(text, "pool.size (auto)") == sum_of(text, "sum"));
  CHECK(sum_of(text, "left for other topics") == 0);
}

TEST_CASE("a plan is one JSON object", "[cli]") {
  const std::string json = plan_json(view_of(file_with({{.name = "imu", .payload_bytes = 40},  //
                                                        {.name = "later"}})));
  CHECK(
      json.starts_with("{\"page_bytes\":4096,\"topics\":[{\"topic\":\"imu\",\"planned\":true,"
                       "\"size\":40,\"rings\":2,\"slots\":16,\"slot_bytes\":64,"));
  CHECK(holds(json, "{\"topic\":\"later\",\"planned\":false,\"size\":null,"));
  CHECK(holds(json, "\"limits\":[{\"key\":\"limits.topics\",\"need\":2,\"limit\":256,"));
  CHECK(holds(json, "\"bookkeeping\":[{\"part\":\"header\",\"count\":null,\"bytes\":4096},"));
  CHECK(json.ends_with(",\"automatic\":false}\n"));
}

TEST_CASE("there is no plan for a pool that is too small", "[cli]") {
  ConfigFile file = file_with({{.name = "imu", .payload_bytes = 1 << 20}});
  file.config.pool.size_bytes = 1 << 20;
  CHECK_FALSE(plan_of(file, kPage));
}
