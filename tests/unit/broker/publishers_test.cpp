#include "middleware/broker/publishers.hpp"

#include <cstring>

#include <tarn/limits.hpp>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;

using directory::RecordState;
using directory::RingRecordLayout;
using directory::TopicRecordLayout;

TEST_CASE("a publisher gets an area with an empty ring in it", "[broker][publishers]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto created = must(client.create_publisher(
      {.topic = "imu", .type = type("Imu", 32), .publisher = "left", .origin_node = 7}));

  const auto& record = broker.record<RingRecordLayout>(created.ring);
  CHECK(broker.state<RingRecordLayout>(created.ring) == RecordState::Active);
  CHECK(directory::holds(record, broker.pool().geometry()));
  CHECK(record.client == client.index());
  CHECK(record.topic == created.topic);
  CHECK(record.ring_generation == created.ring_generation);
  CHECK(record.slot_bytes == 64);
  CHECK(record.chunk_count == 0);
  CHECK(record.members_capacity == 8);
  CHECK(record.origin_node == 7);
  CHECK(directory::text_in(record.publisher_name) == "left");
  const auto view = directory::view_of(record, broker.pool());
  CHECK(view.header->magic == ring::kRingMagic);
  CHECK(view.header->ring_generation == created.ring_generation);
  for (std::uint32_t i = 0; i < view.depth; ++i) {
    CHECK(view.slot(i)->ctl == tarn_ctl(0, TARN_CHUNK_NONE));
  }
  CHECK(broker.header().area_bytes_used == record.area_bytes);
}

TEST_CASE("a ring that follows another in its area shows nothing of it", "[broker][publishers]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto first = client.publish("imu", type("Imu", 32));
  const auto offset = broker.record<RingRecordLayout>(first.ring).area_offset;
  publish_messages(broker, first, 20);
  must(client.close(first));
  const auto second = client.publish("imu", type("Imu", 32));
  REQUIRE(broker.record<RingRecordLayout>(second.ring).area_offset == offset);
  CHECK(second.ring_generation == first.ring_generation + 1);
  const auto view = directory::view_of(broker.record<RingRecordLayout>(second.ring), broker.pool());
  CHECK(ring::newest_committed(view) == 0);
  CHECK(view.header->tail == 0);
  CHECK(view.header->closed == 0);
}

TEST_CASE("messages too large for a slot get a chunk for everybody who may have one",
          "[broker][publishers]") {
  TestBroker broker;
  WireClient client(broker, "camera");
  const auto created = client.publish("frame", type("Frame", 1000));
  const auto& record = broker.record<RingRecordLayout>(created.ring);
  CHECK(record.slot_bytes == 64);
  CHECK(record.chunk_bytes == 1024);
  CHECK(record.chunk_count == 16 + 2 + 8 * 2 + 4);
  CHECK(record.gid_base == record.area_offset / 64);
}

TEST_CASE("a new ring starts with all subscribers of its topic", "[broker][publishers]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  const auto first = reader.subscribe("imu", type("Imu", 32));
  const auto second = reader.subscribe("imu", type("Imu", 32));
  const auto version = broker.record<TopicRecordLayout>(first.topic).version;
  const auto& bells = broker.pool().geometry().bells;
  auto* const bell = broker.pool().record<ring::BellLayout>(bells, first.waiter);
  const auto rung = bell->bell;

  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  CHECK(join_line(broker, ring.ring, first.subscriber));
  CHECK(join_line(broker, ring.ring, second.subscriber));
  CHECK(broker.record<TopicRecordLayout>(first.topic).version == version + 1);
  CHECK(bell->bell == rung + 1);
  CHECK(broker.record<TopicRecordLayout>(first.topic).publisher_count == 1);
}

TEST_CASE("a publisher may ask for less than the topic gives, never for more",
          "[broker][publishers]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto created = must(client.create_publisher(
      {.topic = "imu", .type = type("Imu", 32), .loans = 1, .depth = 4, .publisher = ""}));
  CHECK(broker.record<RingRecordLayout>(created.ring).depth == 4);
  CHECK(broker.record<RingRecordLayout>(created.ring).loans == 1);
  const auto deep = client.create_publisher(
      {.topic = "imu", .type = type("Imu", 32), .depth = 17, .publisher = ""});
  REQUIRE_FALSE(deep);
  CHECK(deep.error().code() == Errc::InvalidArgument);
  CHECK_THAT(deep.error().message(),
             contains_text("17") && contains_text("16") && contains_text("defaults.depth"));
}

TEST_CASE("one publisher too many is refused with the key of its topic", "[broker][publishers]") {
  broker::BrokerOptions options;
  options.rules.rules.push_back({.name = "listed", .publishers = 1});
  TestBroker broker(options);
  WireClient client(broker, "imu");
  SECTION("of a listed one") {
    client.publish("listed", type("Imu", 32));
    const auto refused = client.try_publish("listed", type("Imu", 32));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::TooManyPublishers);
    CHECK_THAT(refused.error().message(),
               contains_text("1 of 1") && contains_text("topics.listed.publishers"));
  }
  SECTION("of an unlisted one, which takes sixteen") {
    for (std::uint32_t i = 0; i < kMaxPublishersPerUnlistedTopic; ++i) {
      client.publish("unlisted", type("Imu", 32));
    }
    const auto refused = client.try_publish("unlisted", type("Imu", 32));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::TooManyPublishers);
    CHECK_THAT(refused.error().message(), contains_text("topics.unlisted.publishers"));
  }
}

TEST_CASE("a publisher for whom there is no room learns what it needs, what is free and who has it",
          "[broker][publishers]") {
  broker::BrokerOptions options;
  options.pool_bytes = 4 << 20;
  TestBroker broker(options);
  WireClient camera(broker, "camera");
  camera.publish("camera/front", type("Frame", 60'000));
  const auto used = broker.header().area_bytes_used;

  WireClient imu(broker, "imu");
  const auto refused = imu.try_publish("imu", type("Block", 100'000));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::PoolFull);
  CHECK_THAT(refused.error().message(),
             contains_text("'imu' needs") && contains_text("'camera' (pid ") &&
                 contains_text(std::to_string(used) + " for 'camera/front'") &&
                 contains_text("pool.size (pool.unplanned where") &&
                 contains_text("defaults.depth"));
  CHECK(broker.header().area_bytes_used == used);
  CHECK(imu.try_publish("imu", type("Imu", 32)));
}

TEST_CASE("a topic stays while its last ring makes way for a new one", "[broker][publishers]") {
  broker::BrokerOptions options;
  options.pool_bytes = (3 << 20) + (8 << 10);
  TestBroker broker(options);
  WireClient reader(broker, "reader");
  const auto bystander = reader.subscribe("other", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto frame = type("Frame", 50'000);
  const auto first = writer.publish("frame", frame);
  // A client that went wrong pins a chunk of a topic that it never read.
  std::uint32_t& pin = pin_of(broker, bystander);
  tarn_store_release_u32(&pin, broker.record<RingRecordLayout>(first.ring).gid_base + 1);
  must(writer.close(first));
  REQUIRE(broker.state<RingRecordLayout>(first.ring) == RecordState::Orphan);
  tarn_pin_release(&pin);
  // No other round comes in between: there is room only where the orphan was.
  const auto second = writer.publish("frame", frame);
  CHECK(broker.state<TopicRecordLayout>(second.topic) == RecordState::Active);
  CHECK(broker.record<TopicRecordLayout>(second.topic).publisher_count == 1);
  CHECK(broker.record<RingRecordLayout>(second.ring).topic == second.topic);
}

TEST_CASE("members beyond limits.memberships are refused and nothing stays behind",
          "[broker][publishers]") {
  broker::BrokerOptions options;
  options.limits.memberships = 15;  // one ring of eight, not two
  TestBroker broker(options);
  WireClient client(broker, "imu");
  client.publish("a", type("Imu", 32));
  const auto used = broker.header().area_bytes_used;
  const auto refused = client.try_publish("b", type("Imu", 32));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooManyMemberships);
  CHECK_THAT(refused.error().message(), contains_text("limits.memberships"));
  CHECK(broker.in_use<TopicRecordLayout>() == 1);
  CHECK(broker.header().area_bytes_used == used);
}

TEST_CASE("an unlisted topic does not get the room that is kept for listed ones",
          "[broker][publishers]") {
  broker::BrokerOptions options;
  options.pool_bytes = 4 << 20;
  options.rules.rules.push_back({.name = "frame", .payload_bytes = 24'000});
  TestBroker broker(options);
  WireClient client(broker, "camera");
  // Fill what is not planned.
  for (int i = 0; i < 64; ++i) {
    const std::string topic = "filler" + std::to_string(i);
    if (!client.try_publish(topic, type("Filler", 8'000))) break;
    REQUIRE(i < 63);
  }
  CHECK(broker.header().planned_bytes > 0);
  CHECK(client.try_publish("frame", type("Frame", 24'000)));
}
