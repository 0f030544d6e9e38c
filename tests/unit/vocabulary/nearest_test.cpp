#include "middleware/vocabulary/nearest.hpp"

#include "tests/support/catch.hpp"

using namespace tarn::vocabulary;

TEST_CASE("the nearest names are those that were probably meant", "[vocabulary]") {
  const std::vector<std::string> names{"sensor/imu", "sensor/gnss", "camera/front"};
  CHECK(nearest("sensor/imo", names) == std::vector<std::string>{"sensor/imu"});
  CHECK(nearest("imu", names) == std::vector<std::string>{"sensor/imu"});
  CHECK(nearest("camra/front", names) == std::vector<std::string>{"camera/front"});
  CHECK(nearest("motor", names).empty());
  CHECK(nearest_text("imu", names) == "; nearest: sensor/imu");
  CHECK(nearest_text("motor", names).empty());
}

TEST_CASE("at most three names are near", "[vocabulary]") {
  CHECK(nearest("a1", {"a2", "a3", "a4", "a5"}).size() == 3);
}
