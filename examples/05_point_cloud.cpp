// A lidar sees another number of points on every turn. They go as a Slice, a message that is as long as
// it needs to be, together with a few words about the turn: a text, and a number that may be missing.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include <tarn/tarn.hpp>

#include "examples/checksum.hpp"

namespace {

struct Point {
  float x, y, z;
};
TARN_MESSAGE(Point, x, y, z)

struct Turn {
  tarn::Text<16> sensor;
  tarn::Maybe<float> nearest_m;
  std::uint32_t checksum;  // of the points
};
TARN_MESSAGE(Turn, sensor, nearest_m, checksum)

// Fills as many points as this turn has.
std::size_t scan(std::span<Point> points, std::uint32_t turn) {
  const std::size_t seen = turn * 700 % points.size();
  for (std::size_t i = 0; i < seen; ++i) {
    const auto angle = 0.01F * static_cast<float>(i);
    points[i] = {5 * std::cos(angle), 5 * std::sin(angle), 0.1F};
  }
  return seen;
}

Turn describe(std::span<const Point> points) {
  Turn turn{.sensor = "roof lidar", .nearest_m = {}, .checksum = 0};
  for (const auto& [x, y, z] : points) {
    turn.nearest_m = std::min(std::hypot(x, y, z), turn.nearest_m.value_or(1000));
  }
  turn.checksum = examples::crc32(points.data(), points.size_bytes());
  return turn;
}

bool pass_turns(std::uint32_t count) {
  auto node = tarn::Node::open({.name = "point_cloud"}).value();
  auto clouds = node.publisher<tarn::Slice<Point>>("lidar/points", {.max_elements = 4096}).value();
  auto turns = node.publisher<Turn>("lidar/turn").value();
  auto seen_clouds = node.subscriber<tarn::Slice<Point>>("lidar/points").value();
  auto seen_turns = node.subscriber<Turn>("lidar/turn").value();

  for (std::uint32_t number = 0; number < count; ++number) {
    auto loan = clouds.loan(clouds.max_elements()).value();  // in the pool
    const std::size_t seen = scan(*loan, number);
    if (!loan.try_shrink(seen)) return false;
    turns.send(describe(*loan)).value();
    clouds.publish(std::move(loan)).value();

    const auto turn = seen_turns.wait_take(std::chrono::seconds(1));
    const auto points = seen_clouds.wait_take(std::chrono::seconds(1));
    if (!turn || !points) return false;
    const bool whole = points.size() == seen && describe(*points).checksum == turn->checksum;
    std::cout << turn->sensor.view() << ": " << points.size() << " points, nearest at "
              << turn->nearest_m.value_or(0) << " m, " << (whole ? "whole\n" : "DAMAGED\n");
    if (!whole) return false;
  }
  return true;
}

}  // namespace

int main() {
  try {
    return pass_turns(10) ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "05_point_cloud: " << failure.error().message() << '\n';
    return 1;
  }
}
