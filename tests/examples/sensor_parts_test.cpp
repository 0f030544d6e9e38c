// The parts of the sensor demo that compute: flight, noise, pictures, filter, histogram, reports.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "examples/checksum.hpp"
#include "examples/sensors/attitude_filter.hpp"
#include "examples/sensors/demo_numbers.hpp"
#include "examples/sensors/imu_model.hpp"
#include "examples/sensors/latency_histogram.hpp"
#include "examples/sensors/messages.hpp"
#include "examples/sensors/report.hpp"
#include "examples/sensors/scene.hpp"
#include "examples/sensors/trajectory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using namespace sensors;

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kLap = 24.0;  // s, after which the whole flight repeats

// Central difference of something over time.
template <typename Function>
Vector derivative(Function&& function, double seconds) {
  constexpr double kStep = 1e-4;
  return (1 / (2 * kStep)) * (function(seconds + kStep) - function(seconds - kStep));
}

double distance(const Vector& a, const Vector& b) { return length(a - b); }

// One picture on the heap: too big for some stacks.
std::unique_ptr<Image> picture(const Rotation& attitude, std::uint32_t number) {
  auto image = std::make_unique<Image>();
  draw_scene(*image, attitude, number);
  return image;
}

}  // namespace

TEST_CASE("the checksum of \"123456789\" is the one the standards give", "[examples]") {
  REQUIRE(examples::crc32("123456789", 9) == 0xCBF43926u);
}

TEST_CASE("a sealed message is whole until any of its bytes changes", "[examples]") {
  Imu imu{};
  imu.captured_ns = 7;
  imu.number = 1;
  examples::seal(imu);
  REQUIRE(examples::is_whole(imu));
  auto* bytes = reinterpret_cast<unsigned char*>(&imu);
  for (std::size_t i = 0; i < sizeof imu; ++i) {
    bytes[i] ^= 0x10;
    CHECK_FALSE(examples::is_whole(imu));
    bytes[i] ^= 0x10;
  }
}

TEST_CASE("velocity and acceleration are the derivatives of the position", "[examples]") {
  for (double t = 0; t < kLap; t += 0.37) {
    const Motion motion = motion_at(t);
    CHECK(distance(motion.velocity, derivative([](double s) { return motion_at(s).position; }, t)) <
          1e-6);
    CHECK(distance(motion.acceleration,
                   derivative([](double s) { return motion_at(s).velocity; }, t)) < 1e-6);
  }
}

TEST_CASE("the body's rate is what turns its attitude", "[examples]") {
  for (double t = 0; t < kLap; t += 0.37) {
    const Motion motion = motion_at(t);
    for (const Vector& axis : {Vector{1, 0, 0}, Vector{0, 1, 0}, Vector{0, 0, 1}}) {
      const Vector moves =
          derivative([&](double s) { return to_world(motion_at(s).attitude, axis); }, t);
      CHECK(distance(moves, to_world(motion.attitude, cross(motion.angular_rate, axis))) < 1e-6);
    }
  }
}

TEST_CASE("the accelerometer feels acceleration and gravity in body axes", "[examples]") {
  for (double t = 0; t < kLap; t += 0.37) {
    const Motion motion = motion_at(t);
    const Vector felt = to_world(motion.attitude, motion.specific_force);
    CHECK(distance(felt, motion.acceleration + Vector{0, 0, kGravity}) < 1e-9);
    // The rotors push upwards, and nothing but drag acts across them.
    CHECK(motion.specific_force.z > 5);
    CHECK(std::hypot(motion.specific_force.x, motion.specific_force.y) < 4);
  }
}

TEST_CASE("integrating the gyroscope for a minute follows the flight", "[examples]") {
  constexpr int kRate = 1000;
  Rotation attitude = motion_at(0).attitude;
  for (int i = 0; i < 60 * kRate; ++i) {
    const Vector rate = motion_at((i + 0.5) / kRate).angular_rate;
    attitude = normalised(attitude * turn_by((1.0 / kRate) * rate));
  }
  const Rotation truth = motion_at(60).attitude;
  REQUIRE(angle_between(up_in_body(attitude), up_in_body(truth)) < 0.01 * kDegree);
  REQUIRE(angle_between(to_world(attitude, {1, 0, 0}), to_world(truth, {1, 0, 0})) <
          0.01 * kDegree);
}

TEST_CASE("the noise of the sensors has the density that was asked for", "[examples]") {
  constexpr int kRate = 1000;
  constexpr int kCount = 20000;
  ImuModel model(kRate, 1);
  std::vector<double> differences;
  double last = model.measure({}, {}).angular_rate.x;
  for (int i = 0; i < kCount; ++i) {
    const double next = model.measure({}, {}).angular_rate.x;
    differences.push_back(next - last);  // takes the bias out
    last = next;
  }
  double squares = 0;
  for (const double one : differences) squares += one * one;
  const double density = std::sqrt(squares / kCount / 2 / kRate);
  REQUIRE(density == Approx(kGyroscope.noise_density).epsilon(0.03));
}

TEST_CASE("the bias of the gyroscope wanders with the root of time", "[examples]") {
  constexpr int kRate = 10;
  constexpr int kSeconds = 25;
  constexpr std::uint32_t kSensors = 400;
  double squares = 0;
  for (std::uint32_t seed = 0; seed < kSensors; ++seed) {
    ImuModel model(kRate, seed);
    const double start = model.gyroscope_bias().x;
    for (int i = 0; i < kRate * kSeconds; ++i) (void)model.measure({}, {});
    squares += std::pow(model.gyroscope_bias().x - start, 2);
  }
  const double walked = std::sqrt(squares / kSensors);
  REQUIRE(walked == Approx(kGyroscope.random_walk * std::sqrt(kSeconds)).epsilon(0.1));
}

TEST_CASE("the horizon in the picture tells where up is", "[examples]") {
  int seen = 0;
  for (double t = 0; t < kLap; t += 0.21) {
    const Rotation attitude = motion_at(t).attitude;
    const auto image = picture(attitude, static_cast<std::uint32_t>(100 * t));
    const auto up = find_up(*image);
    if (!up) continue;
    ++seen;
    CHECK(angle_between(*up, up_in_body(attitude)) < 0.1 * kDegree);
  }
  REQUIRE(seen > 100);
}

TEST_CASE("a picture of nothing but sky has no horizon", "[examples]") {
  const Rotation nose_up = turn_by({0, -80 * kDegree, 0});
  REQUIRE_FALSE(find_up(*picture(nose_up, 1)));
}

TEST_CASE("each frame shows its own number and a pattern that moves", "[examples]") {
  const auto first = picture({}, 1);
  const auto second = picture({}, 2);
  REQUIRE_FALSE(std::equal(first->begin(), first->begin() + 40 * kImageWidth, second->begin()));
  REQUIRE_FALSE(std::equal(first->end() - kImageWidth, first->end(), second->end() - kImageWidth));
  REQUIRE(*picture({}, 1) == *first);
}

TEST_CASE("the filter follows the flight and learns the gyroscope's bias", "[examples]") {
  constexpr int kRate = 1000;
  ImuModel model(kRate, tarn::test::seed());
  AttitudeFilter filter;
  std::uint64_t pictures = 0;
  double late_error = 0;
  for (int i = 0; i < 20 * kRate; ++i) {
    const double t = 100 + 1.0 * i / kRate;
    const auto now_ns = static_cast<std::uint64_t>(1e9 * t);
    const Motion motion = motion_at(t);
    const auto measured = model.measure(motion.angular_rate, motion.specific_force);
    filter.predict(now_ns, measured.angular_rate, measured.specific_force);
    if (i % 66 == 65) {
      // Taken 20 ms ago; the rest went into drawing and looking.
      const Rotation then = motion_at(t - 0.02).attitude;
      if (const auto up = find_up(*picture(then, 1))) {
        filter.correct(now_ns - 20'000'000, *up);
        ++pictures;
      }
    }
    const double error = angle_between(up_in_body(filter.attitude()), up_in_body(motion.attitude));
    if (t > 115) late_error = std::max(late_error, error);
  }
  REQUIRE(pictures > 200);
  REQUIRE(late_error < 0.5 * kDegree);
  CHECK(distance(filter.gyroscope_bias(), model.gyroscope_bias()) < 0.3 * kDegree);
}

TEST_CASE("percentiles are right to the width of a step", "[examples]") {
  LatencyHistogram histogram;
  REQUIRE(histogram.percentile(0.5) == 0);
  for (std::uint64_t i = 1; i <= 100000; ++i) histogram.add(i);
  REQUIRE(histogram.count() == 100000);
  REQUIRE(histogram.max() == 100000);
  for (const double fraction : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = fraction * 100000;
    const auto got = static_cast<double>(histogram.percentile(fraction));
    CHECK(got >= exact);
    CHECK(got <= exact * (1 + 1.0 / 64) + 1);
  }
  REQUIRE(histogram.percentile(1) == 100000);
  histogram.add(~std::uint64_t{0});
  REQUIRE(histogram.percentile(1) == ~std::uint64_t{0});
}

TEST_CASE("a report line is read back, and other lines are not reports", "[examples]") {
  const auto report = parse_report("summary process=fusion subscribes=sensor/imu received=12");
  REQUIRE(report);
  REQUIRE(report->kind == ReportKind::Summary);
  REQUIRE(report->text("subscribes") == "sensor/imu");
  REQUIRE(report->number("received") == 12);
  REQUIRE(report->number("process") == 0);
  REQUIRE(report->number("absent") == 0);
  for (const char* line : {"", "summary", "hello process=x", "summary process", "progress a=b"}) {
    INFO(line);
    CHECK_FALSE(parse_report(line));
  }
}

TEST_CASE("the demo calls a run good only when every message arrived whole", "[examples]") {
  DemoNumbers numbers({{"a", "driver", {"reader"}}});
  const auto add = [&](const std::string& line) { numbers.add(parse_report(line).value()); };
  const std::string read = "summary process=reader subscribes=a ";
  SECTION("nobody reported") { REQUIRE(numbers.problems().size() == 2); }
  SECTION("all arrived") {
    add("summary process=driver publishes=a published=7");
    add(read + "received=7 lost=0 wrong=0");
    REQUIRE(numbers.problems().empty());
  }
  SECTION("one is lost") {
    add("summary process=driver publishes=a published=7");
    add(read + "received=6 lost=1 wrong=0");
    REQUIRE(numbers.problems() == std::vector<std::string>{"reader, a: 1 lost"});
  }
  SECTION("one is unaccounted for") {
    add("summary process=driver publishes=a published=7");
    add(read + "received=6 lost=0 wrong=0");
    REQUIRE(numbers.problems() ==
            std::vector<std::string>{"reader, a: received 6 + lost 0 is not published 7"});
  }
  SECTION("one is damaged") {
    add("summary process=driver publishes=a published=7");
    add(read + "received=7 lost=0 wrong=1");
    REQUIRE(numbers.problems() == std::vector<std::string>{"reader, a: 1 wrong checksums"});
  }
  SECTION("nothing was published") {
    add("summary process=driver publishes=a published=0");
    add(read + "received=0 lost=0 wrong=0");
    REQUIRE(numbers.problems() == std::vector<std::string>{"driver published nothing on a"});
  }
}
