#include "middleware/directory/endpoint_status.hpp"

#include "middleware/ring/traffic_meter.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/directory/written_directory.hpp"

using tarn::PublisherStatus;
using tarn::test::WrittenDirectory;
using namespace std::chrono_literals;
using namespace tarn::directory;
namespace ring = tarn::ring;

namespace {

constexpr std::uint64_t kSecond = ring::kSecondNs;

// A topic with one ring of three messages.
struct Scene {
  WrittenDirectory directory;
  std::uint32_t topic = directory.add_topic("imu", "Imu");
  std::uint32_t index = directory.add_ring(topic, 3);

  [[nodiscard]] RingFacts facts() const {
    const auto facts = read_ring(directory.view(), index);
    REQUIRE(facts);
    return *facts;
  }
  [[nodiscard]] PublisherStatus read(const LookAt& look) const {
    const auto publisher = read_publisher(directory.view(), facts(), look);
    REQUIRE(publisher);
    return *publisher;
  }
};

}  // namespace

TEST_CASE("a publisher's traffic is that of the last whole second", "[directory]") {
  const Scene scene;
  ring::TrafficMeter meter(scene.facts().view.header->counters);
  meter.count(20 * kSecond, 10);
  meter.count(21 * kSecond, 10);
  meter.count(21 * kSecond + 100'000'000, 10);
  meter.count(21 * kSecond + 400'000'000, 10);
  meter.count(22 * kSecond, 10);
  const auto traffic = scene.read({.now_ns = 22 * kSecond + 1}).traffic;
  REQUIRE(traffic);
  CHECK(traffic->messages == 3);
  CHECK(traffic->bytes == 30);
  CHECK(traffic->interval_minimum == 100ms);
  CHECK(traffic->interval_maximum == 1s);
  // Of 1, 0.1 and 0.3 s: their mean, and their standard deviation.
  CHECK(traffic->interval_mean == 466'666'667ns);
  CHECK(traffic->jitter / 1us == 385'861);
  SECTION("and nothing in a second without messages") {
    CHECK(scene.read({.now_ns = 30 * kSecond}).traffic->messages == 0);
  }
  SECTION("and not known without stamps") {
    CHECK_FALSE(scene.read({.now_ns = 22 * kSecond, .stamped = false}).traffic);
  }
}

TEST_CASE("a pause before a burst does not upset the jitter", "[directory]") {
  const Scene scene;
  ring::TrafficMeter meter(scene.facts().view.header->counters);
  meter.count(kSecond, 10);
  for (std::uint64_t i = 0; i < 100; ++i) meter.count(90 * kSecond + i * 1'000'000, 10);
  const auto traffic = scene.read({.now_ns = 91 * kSecond}).traffic;
  REQUIRE(traffic);
  CHECK(traffic->interval_maximum == 89s);
  CHECK(traffic->jitter > 200ms);  // one interval of 2^31 ns among 99 of 1 ms
  CHECK(traffic->jitter < 215ms);
}

TEST_CASE("a publisher's newest message has an age where it has a stamp", "[directory]") {
  const Scene scene;
  CHECK_FALSE(scene.read({.now_ns = 100}).newest_age);
  const ring::RingView view = scene.facts().view;
  view.slot(view.slot_index(3))->stamp_ns = 70;
  CHECK(scene.read({.now_ns = 100}).newest_age == 30ns);
  CHECK(scene.read({.now_ns = 60}).newest_age == 0ns);  // stamped since the look began
}

TEST_CASE("a ring that goes away under a look tells nothing", "[directory]") {
  Scene scene;
  const RingFacts facts = scene.facts();
  CHECK(still_there(scene.directory.view(), facts));
  scene.directory.writer().set_state<RingRecordLayout>(scene.index, RecordState::Retiring);
  CHECK_FALSE(still_there(scene.directory.view(), facts));
  CHECK_FALSE(read_publisher(scene.directory.view(), facts, {}));
  scene.directory.writer().free<RingRecordLayout>(scene.index);
  CHECK_FALSE(still_there(scene.directory.view(), facts));
}

TEST_CASE("a subscription's numbers are those of its lines", "[directory]") {
  WrittenDirectory directory;
  const std::uint32_t topic = directory.add_topic("imu", "Imu");
  ring::SubscriptionCountersLayout counts{};
  counts.received = 7;
  counts.lost_overwritten = 3;
  counts.lost_publisher_gone = 5;
  counts.high_water = 9;
  const std::uint32_t index = directory.add_subscriber(topic, counts);
  const auto status =
      read_subscription(directory.view(), directory.writer().at<SubscriberRecordLayout>(index));
  CHECK(status.received == 7);
  CHECK(status.lost_overwritten == 3);
  CHECK(status.lost_publisher_gone == 1005);  // what its record says, too
  CHECK(status.lost() == 1008);
  CHECK(status.high_water == 9);
  CHECK(status.held == 0);
  CHECK(status.held_limit == 2);
}
