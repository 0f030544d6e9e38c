#include "middleware/broker/topics.hpp"

#include <string>

#include <tarn/limits.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;

using directory::RingRecordLayout;
using directory::TopicRecordLayout;

namespace {

broker::BrokerOptions listed_camera() {
  broker::BrokerOptions options;
  options.rules.rules.push_back({.name = "camera/front",
                                 .type = "Frame",
                                 .payload_bytes = 1000,
                                 .depth = 4,
                                 .subscribers = 2});
  return options;
}

}  // namespace

TEST_CASE("an unlisted topic gets the defaults and the type of whoever comes first",
          "[broker][topics]") {
  broker::BrokerOptions options;
  options.rules.defaults.depth = 32;
  TestBroker broker(options);
  WireClient client(broker, "imu");
  const auto publisher = client.publish("sensor/imu", type("Imu", 32));

  const auto& topic = broker.record<TopicRecordLayout>(publisher.topic);
  CHECK(directory::text_in(topic.name) == "sensor/imu");
  CHECK(directory::text_in(topic.type_name) == "Imu");
  CHECK(topic.type_bytes == 32);
  CHECK(topic.payload_bytes == 32);
  CHECK(topic.depth == 32);
  CHECK(topic.publishers == kMaxPublishersPerUnlistedTopic);
  CHECK(topic.flags == 0);
  CHECK(directory::DirectoryReader(broker.pool()).type_text(topic) == "stamp_ns:u64@0");
}

TEST_CASE("a listed topic gets its own settings and the listed size", "[broker][topics]") {
  TestBroker broker(listed_camera());
  WireClient client(broker, "camera");
  const auto publisher = client.publish("camera/front", type("Frame", 900));
  const auto& topic = broker.record<TopicRecordLayout>(publisher.topic);
  CHECK(topic.flags == (directory::kTopicListed | directory::kTopicSized));
  CHECK(topic.payload_bytes == 1000);
  CHECK(topic.type_bytes == 900);
  CHECK(topic.depth == 4);
  CHECK(topic.subscribers == 2);
}

TEST_CASE("a type larger than the listed size is refused with both numbers and the key",
          "[broker][topics]") {
  TestBroker broker(listed_camera());
  WireClient client(broker, "camera");
  const auto refused = client.try_publish("camera/front", type("Frame", 1001));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooLarge);
  CHECK_THAT(refused.error().message(), contains_text("1001") && contains_text("1000") &&
                                            contains_text("topics.camera/front.size"));
  CHECK(broker.in_use<TopicRecordLayout>() == 0);
}

TEST_CASE("each publisher of a slice gets chunks for its own largest message", "[broker][topics]") {
  TestBroker broker;
  WireClient client(broker, "lidar");
  const MessageType points = type("Point[]", 12);
  const auto ask = [&](std::uint32_t payload_bytes) {
    return must(client.create_publisher(
        {.topic = "scan", .type = points, .payload_bytes = payload_bytes, .publisher = "lidar"}));
  };
  const auto large = ask(12'000);
  const auto small = ask(36);
  CHECK(broker.record<RingRecordLayout>(large.ring).payload_bytes == 12'000);
  CHECK(broker.record<RingRecordLayout>(large.ring).chunk_bytes == 12'032);
  CHECK(broker.record<RingRecordLayout>(small.ring).payload_bytes == 36);
  CHECK(broker.record<RingRecordLayout>(small.ring).chunk_count == 0);
  CHECK(broker.record<TopicRecordLayout>(small.topic).payload_bytes == 12'000);
  CHECK(broker.record<TopicRecordLayout>(small.topic).type_bytes == 12);
}

TEST_CASE("a publisher of a slice on a topic without a size must say its largest message",
          "[broker][topics]") {
  TestBroker broker;
  WireClient client(broker, "lidar");
  const auto refused = client.try_publish("scan", type("Point[]", 12));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidArgument);
  CHECK_THAT(refused.error().message(),
             contains_text("max_elements") && contains_text("topics.scan.size"));
  CHECK(broker.in_use<TopicRecordLayout>() == 0);
}

TEST_CASE("a largest message beyond what the topic allows is refused with both numbers",
          "[broker][topics]") {
  TestBroker broker(listed_camera());
  WireClient client(broker, "camera");
  SECTION("of a slice, by the listed size") {
    auto options = listed_camera();
    options.rules.rules[0].type = "Line[]";
    TestBroker listed(options);
    WireClient lines(listed, "camera");
    CHECK(listed.record<RingRecordLayout>(lines.publish("camera/front", type("Line[]", 16)).ring)
              .payload_bytes == 1000);
    const auto refused = lines.create_publisher({.topic = "camera/front",
                                                 .type = type("Line[]", 16),
                                                 .payload_bytes = 1008,
                                                 .publisher = "camera"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::TooLarge);
    CHECK_THAT(refused.error().message(), contains_text("1008") && contains_text("1000") &&
                                              contains_text("topics.camera/front.size"));
  }
  SECTION("of one element, by its size") {
    for (const std::uint32_t asked : {899U, 1001U, 0xFFFFFFFFU}) {
      const auto refused = client.create_publisher({.topic = "camera/front",
                                                    .type = type("Frame", 900),
                                                    .payload_bytes = asked,
                                                    .publisher = "camera"});
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code() == Errc::TooLarge);
      CHECK_THAT(refused.error().message(), contains_text(std::to_string(asked)));
    }
  }
  SECTION("of a slice, by what a message can be at all") {
    const auto refused = client.create_publisher({.topic = "scan",
                                                  .type = type("Point[]", 12),
                                                  .payload_bytes = kMaxMessageBytes + 1,
                                                  .publisher = "lidar"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::TooLarge);
    CHECK_THAT(refused.error().message(),
               contains_text("1073741825") && contains_text("1073741824"));
  }
}

TEST_CASE("another type than the listed one is refused with both names", "[broker][topics]") {
  TestBroker broker(listed_camera());
  WireClient client(broker, "camera");
  const auto refused = client.try_publish("camera/front", type("Imu", 32));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TypeMismatch);
  CHECK_THAT(refused.error().message(), contains_text("Frame") && contains_text("Imu"));
}

TEST_CASE("a newcomer whose type differs is refused with both sides' types", "[broker][topics]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  client.publish("sensor/imu", type("Imu", 32));
  MessageType other = type("Imu", 32);
  other.hash = 7;
  other.fields = "stamp_us:u64@0";
  const auto refused = client.create_subscriber({.topic = "sensor/imu", .type = other});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TypeMismatch);
  CHECK_THAT(refused.error().message(), contains_text("stamp_ns:u64@0") &&
                                            contains_text("stamp_us:u64@0") &&
                                            contains_text("0000000000000007"));
}

TEST_CASE("a subscriber without a type takes the topic's", "[broker][topics]") {
  TestBroker broker;
  WireClient client(broker, "logger");
  SECTION("when the topic exists") {
    const auto publisher = client.publish("sensor/imu", type("Imu", 32));
    const auto subscriber = must(client.create_subscriber({.topic = "sensor/imu", .type = {}}));
    CHECK(subscriber.topic == publisher.topic);
  }
  SECTION("and is told so when nobody has said what the topic carries") {
    const auto refused = client.create_subscriber({.topic = "sensor/imu", .type = {}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidTopic);
    CHECK_THAT(refused.error().message(),
               contains_text("sensor/imu") && contains_text("does not exist yet"));
  }
}

TEST_CASE("a name that is no topic's is refused and shows the bad character", "[broker][topics]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto spaced = client.try_publish("sensor imu", type("Imu", 32));
  REQUIRE_FALSE(spaced);
  CHECK(spaced.error().code() == Errc::InvalidTopic);
  const auto reserved = client.try_publish("tarn/status", type("Imu", 32));
  REQUIRE_FALSE(reserved);
  CHECK(reserved.error().code() == Errc::InvalidTopic);
}

TEST_CASE("a type out of bounds is refused", "[broker][topics]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  MessageType skewed = type("Imu", 32);
  skewed.alignment = 24;
  const auto aligned = client.try_publish("a", skewed);
  REQUIRE_FALSE(aligned);
  CHECK(aligned.error().code() == Errc::InvalidArgument);
  const auto large = client.try_publish("a", type("Imu", kMaxMessageBytes + 1));
  REQUIRE_FALSE(large);
  CHECK(large.error().code() == Errc::TooLarge);
}

TEST_CASE("unlisted topics are refused where the configuration says so", "[broker][topics]") {
  broker::BrokerOptions options = listed_camera();
  options.refuse_unlisted = true;
  TestBroker broker(options);
  WireClient client(broker, "imu");
  const auto refused = client.try_publish("sensor/imu", type("Imu", 32));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TopicUnlisted);
  CHECK(client.try_publish("camera/front", type("Frame", 10)));
}

TEST_CASE("one topic too many is refused, and there is room again when one has gone",
          "[broker][topics]") {
  broker::BrokerOptions options;
  options.limits.topics = 2;
  TestBroker broker(options);
  WireClient client(broker, "imu");
  const auto first = client.publish("a", type("Imu", 32));
  client.publish("b", type("Imu", 32));
  const auto refused = client.try_publish("c", type("Imu", 32));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooManyTopics);
  CHECK_THAT(refused.error().message(), contains_text("limits.topics"));
  must(client.close(first));
  CHECK(client.try_publish("c", type("Imu", 32)));
}

TEST_CASE("a description without room in limits.type_text stays away, and the log says so",
          "[broker][topics]") {
  broker::BrokerOptions options;
  options.limits.type_text_bytes = 20;
  TestBroker broker(options);
  WireClient client(broker, "imu");
  const auto first = client.publish("a", type("Imu", 32));
  const auto text_bytes = [&](const wire::PublisherCreated& of) {
    return broker.record<TopicRecordLayout>(of.topic).type_text_bytes;
  };
  CHECK(text_bytes(first) > 0);
  CHECK_FALSE(broker.logged("limits.type_text"));
  const auto second = client.publish("b", type("Imu", 32));
  CHECK(text_bytes(second) == 0);
  CHECK(broker.logged("limits.type_text"));
  must(client.close(first));
  CHECK(text_bytes(client.publish("c", type("Imu", 32))) > 0);
}

TEST_CASE("a topic that only a pattern covers has the pattern's settings", "[broker][topics]") {
  broker::BrokerOptions options;
  options.refuse_unlisted = true;
  options.rules.defaults.history = 4;
  options.rules.rules = {
      {.name = "sensor/**", .type = "Imu", .payload_bytes = 32, .depth = 3},
      {.name = "sensor/*/raw", .subscribers = 2},
  };
  TestBroker broker(options);
  WireClient client(broker, "imu");
  const auto created = client.publish("sensor/left/raw", type("Imu", 32));
  const auto& topic = broker.record<TopicRecordLayout>(created.topic);
  CHECK(topic.depth == 3);
  CHECK(topic.subscribers == 2);
  CHECK(topic.publishers == kMaxPublishersPerUnlistedTopic);
  CHECK(topic.flags == directory::kTopicSized);
  SECTION("and no more history than its depth, which another line may set") {
    CHECK(topic.history == 3);
  }
  SECTION("its errors name the pattern") {
    const auto deeper = client.create_publisher(
        {.topic = "sensor/left/raw", .type = type("Imu", 32), .depth = 4, .publisher = "p"});
    REQUIRE_FALSE(deeper);
    CHECK_THAT(deeper.error().message(), contains_text("topics.sensor/**.depth"));
    const auto larger = client.try_publish("sensor/x", type("Imu", 33));
    REQUIRE_FALSE(larger);
    CHECK_THAT(larger.error().message(), contains_text("raise topics.sensor/**.size"));
    const auto other = client.try_publish("sensor/x", type("Gps", 32));
    REQUIRE_FALSE(other);
    CHECK_THAT(other.error().message(), contains_text("topics.sensor/**.type"));
  }
  SECTION("and what no line covers is refused") {
    const auto refused = client.try_publish("camera", type("Frame", 32));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::TopicUnlisted);
    CHECK_THAT(refused.error().message(), contains_text("topics.camera"));
  }
}

TEST_CASE("a topic is gone with its last publisher and subscriber", "[broker][topics]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto subscriber = client.subscribe("sensor/imu", type("Imu", 32));
  const auto publisher = client.publish("sensor/imu", type("Imu", 32));
  leave(broker, publisher, subscriber);
  must(client.close(publisher));
  CHECK(broker.in_use<TopicRecordLayout>() == 1);
  must(client.close(subscriber));
  CHECK(broker.in_use<TopicRecordLayout>() == 0);
}
