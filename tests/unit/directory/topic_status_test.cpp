#include "middleware/directory/topic_status.hpp"

#include <cstring>

#include "tests/support/catch.hpp"
#include "tests/unit/directory/written_directory.hpp"

using tarn::test::WrittenDirectory;
using namespace tarn::directory;
namespace ring = tarn::ring;

TEST_CASE("an empty domain has no topics", "[directory]") {
  const WrittenDirectory directory;
  CHECK(read_topic_status(directory.view()).empty());
}

TEST_CASE("topics are listed by name with their types", "[directory]") {
  WrittenDirectory directory;
  directory.add_topic("sensor/imu", "Imu");
  directory.add_topic("camera/front", "Frame");
  directory.add_topic("sensor/gnss", "Fix");
  const auto topics = read_topic_status(directory.view());
  REQUIRE(topics.size() == 3);
  CHECK(topics[0].name == "camera/front");
  CHECK(topics[0].type == "Frame");
  CHECK(topics[1].name == "sensor/gnss");
  CHECK(topics[2].name == "sensor/imu");
}

TEST_CASE("a topic counts the messages of all its rings", "[directory]") {
  WrittenDirectory directory;
  const std::uint32_t imu = directory.add_topic("imu", "Imu");
  const std::uint32_t other = directory.add_topic("other", "Other");
  directory.add_ring(imu, 3);
  const std::uint32_t second = directory.add_ring(imu, 10);
  directory.add_ring(other, 0);
  CHECK(read_topic_status(directory.view())[0].published == 13);
  CHECK(read_topic_status(directory.view())[0].publishers == 2);
  CHECK(read_topic_status(directory.view())[1].published == 0);
  CHECK(read_topic_status(directory.view())[1].publishers == 1);
  SECTION("those of a publisher that left them behind too, which is no publisher any more") {
    directory.writer().set_state<RingRecordLayout>(second, RecordState::Orphan);
    CHECK(read_topic_status(directory.view())[0].published == 13);
    CHECK(read_topic_status(directory.view())[0].publishers == 1);
  }
  SECTION("but not of a ring that is gone") {
    directory.writer().free<RingRecordLayout>(second);
    CHECK(read_topic_status(directory.view())[0].published == 3);
    CHECK(read_topic_status(directory.view())[0].publishers == 1);
  }
}

TEST_CASE("a topic sums what its subscriptions lost for whatever reason", "[directory]") {
  WrittenDirectory directory;
  const std::uint32_t imu = directory.add_topic("imu", "Imu");
  ring::SubscriptionCountersLayout counts{};
  counts.received = 100000;
  counts.lost_overwritten = 1;
  counts.lost_evicted = 20;
  counts.lost_refused = 300;
  counts.lost_publisher_gone = 4000;
  counts.lost_upstream = 50000;  // before it came here
  counts.history_missed = 600000;
  counts.skipped = 7000000;
  const std::uint32_t first = directory.add_subscriber(imu, counts);
  CHECK(read_topic_status(directory.view())[0].subscribers == 1);
  CHECK(read_topic_status(directory.view())[0].lost == 5321);  // the record's 1000 included
  directory.add_subscriber(imu, {});
  CHECK(read_topic_status(directory.view())[0].subscribers == 2);
  CHECK(read_topic_status(directory.view())[0].lost == 6321);
  SECTION("and forgets those that have closed") {
    directory.writer().set_state<SubscriberRecordLayout>(first, RecordState::Closing);
    CHECK(read_topic_status(directory.view())[0].subscribers == 1);
    CHECK(read_topic_status(directory.view())[0].lost == 1000);
  }
}

TEST_CASE("records that do not hold are passed over", "[directory]") {
  WrittenDirectory directory;
  const std::uint32_t imu = directory.add_topic("imu", "Imu");
  const std::uint32_t ring = directory.add_ring(imu, 5);
  SECTION("a ring of a topic that is none") {
    directory.writer().at<RingRecordLayout>(ring).topic = 77;
    CHECK(read_topic_status(directory.view())[0].published == 0);
  }
  SECTION("a ring outside the pool") {
    directory.writer().at<RingRecordLayout>(ring).area_offset = ~std::uint64_t{0};
    CHECK(read_topic_status(directory.view())[0].published == 0);
  }
  SECTION("a topic whose name has no end") {
    auto& name = directory.writer().at<TopicRecordLayout>(imu).name;
    std::memset(name, 'x', sizeof name);
    CHECK(read_topic_status(directory.view()).empty());
  }
}
