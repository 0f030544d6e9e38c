#include "middleware/ring/traffic_meter.hpp"

#include "tests/support/catch.hpp"

using tarn::ring::kLongestSquaredNs;
using tarn::ring::kSecondNs;
using tarn::ring::read_traffic;
using tarn::ring::RingCountersLayout;
using tarn::ring::TrafficMeter;

TEST_CASE("a second counts its messages, their bytes and the intervals before them", "[ring]") {
  RingCountersLayout counters{};
  TrafficMeter meter(counters);
  meter.count(7 * kSecondNs, 100);
  meter.count(7 * kSecondNs + 30, 20);
  meter.count(7 * kSecondNs + 40, 3);
  const auto traffic = read_traffic(counters, 7);
  REQUIRE(traffic);
  CHECK(traffic->messages == 3);
  CHECK(traffic->bytes == 123);
  CHECK(traffic->intervals == 2);  // nothing came before the first message
  CHECK(traffic->interval_sum_ns == 40);
  CHECK(traffic->interval_square_sum_ns2 == 30 * 30 + 10 * 10);
  CHECK(traffic->interval_minimum_ns == 10);
  CHECK(traffic->interval_maximum_ns == 30);
}

TEST_CASE("the last complete second stands beside the one under way", "[ring]") {
  RingCountersLayout counters{};
  TrafficMeter meter(counters);
  for (std::uint64_t second = 10; second < 15; ++second) {
    for (std::uint64_t i = 0; i < second; ++i) meter.count(second * kSecondNs + i, 1);
    CHECK(read_traffic(counters, second)->messages == second);
    if (second > 10) CHECK(read_traffic(counters, second - 1)->messages == second - 1);
    CHECK_FALSE(read_traffic(counters, second - 2));
    CHECK_FALSE(read_traffic(counters, second + 1));
  }
}

TEST_CASE("an interval belongs to the second in which it ends", "[ring]") {
  RingCountersLayout counters{};
  TrafficMeter meter(counters);
  meter.count(3 * kSecondNs - 5, 1);
  meter.count(3 * kSecondNs + 5, 1);
  CHECK(read_traffic(counters, 2)->intervals == 0);
  CHECK(read_traffic(counters, 3)->intervals == 1);
  CHECK(read_traffic(counters, 3)->interval_sum_ns == 10);
}

TEST_CASE("a second without a message has no traffic", "[ring]") {
  RingCountersLayout counters{};
  CHECK_FALSE(read_traffic(counters, 0));
  TrafficMeter meter(counters);
  meter.count(5 * kSecondNs, 1);
  meter.count(9 * kSecondNs, 1);
  CHECK_FALSE(read_traffic(counters, 7));
  CHECK_FALSE(read_traffic(counters, 8));
}

TEST_CASE("a silence of years does not overflow the squares", "[ring]") {
  RingCountersLayout counters{};
  TrafficMeter meter(counters);
  constexpr std::uint64_t kYears = 100'000'000 * kSecondNs;
  meter.count(kSecondNs, 1);
  meter.count(kYears, 1);
  meter.count(kYears + 1, 1);
  const auto traffic = read_traffic(counters, kYears / kSecondNs);
  REQUIRE(traffic);
  CHECK(traffic->interval_square_sum_ns2 == kLongestSquaredNs * kLongestSquaredNs + 1);
  CHECK(traffic->interval_sum_ns == kYears - kSecondNs + 1);
  CHECK(traffic->interval_maximum_ns == kYears - kSecondNs);
}

TEST_CASE("a bucket that a dead publisher left half turned over is not read", "[ring]") {
  RingCountersLayout counters{};
  TrafficMeter meter(counters);
  meter.count(kSecondNs, 1);
  ++counters.sequence;
  CHECK_FALSE(read_traffic(counters, 1));
}
