#include "middleware/broker/adoption.hpp"

#include "middleware/broker/stored_configuration.hpp"

#include "middleware/pool/pool_state.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using broker::PoolOrigin;
using directory::ClientRecordLayout;
using directory::MemberEntryLayout;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::state_word;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;
using directory::WaiterRecordLayout;

TEST_CASE("a pool without live clients is made anew", "[broker][adoption]") {
  TestBroker broker;
  const auto before = broker.broker().pool_id();
  const auto& old_header = broker.header();
  SECTION("because nobody was there") {}
  SECTION("because its one client is dead") {
    WireClient client(broker, "imu");
    // Another process had this pid when the record was made.
    ++broker.record<ClientRecordLayout>(client.index()).start_time;
  }
  broker.kill();
  CHECK(pool::load_pool_state(old_header) == pool::PoolState::Ready);
  must(broker.start());
  CHECK(broker.broker().pool_origin() == PoolOrigin::Recreated);
  CHECK(broker.broker().pool_id() != before);
  CHECK(broker.all_free());
}

TEST_CASE("a broker takes over what the one before it granted", "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  publish_messages(broker, ring, 5);
  join(broker, ring, subscriber, 3);
  const auto pool_id = broker.broker().pool_id();
  const auto used = broker.header().area_bytes_used;
  const auto line = join_line(broker, ring.ring, subscriber.subscriber);
  const auto& bells = broker.pool().geometry().bells;
  auto* const bell = broker.pool().record<ring::BellLayout>(bells, subscriber.waiter);
  broker.kill();
  const auto rung = bell->bell;
  must(broker.start());

  CHECK(broker.broker().pool_origin() == PoolOrigin::Adopted);
  CHECK(broker.broker().pool_id() == pool_id);
  CHECK(broker.header().broker_epoch == 2);
  CHECK(broker.header().area_bytes_used == used);
  CHECK(bell->bell > rung);
  CHECK(broker.state<RingRecordLayout>(ring.ring) == RecordState::Active);
  CHECK(join_line(broker, ring.ring, subscriber.subscriber) == line);

  WireClient again(broker);
  must(again.resume(client, "imu"));
  // What is granted now does not lie where the old grants are.
  const auto next = again.publish("imu", type("Imu", 32));
  CHECK(broker.record<RingRecordLayout>(next.ring).area_offset !=
        broker.record<RingRecordLayout>(ring.ring).area_offset);
  CHECK(next.ring_generation > ring.ring_generation);
  CHECK(join_line(broker, next.ring, subscriber.subscriber) != line);
  leave(broker, ring, subscriber);
  leave(broker, next, subscriber);
  must(again.goodbye());
  CHECK(broker.all_free());
}

TEST_CASE("a client has as many blocks after a take-over as the pool says", "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  (void)client.subscribe("imu", type("Imu", 32));
  auto& record = broker.record<ClientRecordLayout>(client.index());
  const std::uint32_t blocks = record.blocks;
  REQUIRE(blocks > 0);
  // The one before was killed as it gave it one more, or took one back.
  record.blocks = blocks - 1 + GENERATE(0U, 1U, 2U);
  broker.kill();
  must(broker.start());
  CHECK(record.blocks == blocks);
}

TEST_CASE("a taken-over pool keeps its sizes and says which keys wait", "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  broker::BrokerOptions options = broker.options();
  options.pool_bytes *= 2;
  options.limits.topics = 32;
  // A plan that would put another topic where the ring is.
  options.rules.rules.push_back({.name = "frame", .payload_bytes = 1000});
  broker.kill();
  std::vector<std::string> lines;
  options.log = {.write =
                     [](void* context, std::string_view line) {
                       static_cast<std::vector<std::string>*>(context)->emplace_back(line);
                     },
                 .context = &lines};
  const auto next = must(broker::Broker::create(options));
  CHECK(next.pool_origin() == PoolOrigin::Adopted);
  std::string all;
  for (const auto& line : lines) all += line + "\n";
  CHECK_THAT(all, contains_text("pool.size (16777216, configured 33554432)") &&
                      contains_text("limits.topics (256, configured 32)") &&
                      contains_text("topics.frame"));
  CHECK(broker.state<RingRecordLayout>(ring.ring) == RecordState::Active);
}

TEST_CASE("a broker goes by the configuration that the pool was made with", "[broker][adoption]") {
  broker::BrokerOptions options;
  options.rules.rules.push_back(
      {.name = "frame", .type = "Frame", .payload_bytes = 1000, .depth = 3});
  options.rules.defaults.depth = 5;
  TestBroker broker(options);
  WireClient client(broker, "imu");
  broker.kill();
  broker::BrokerOptions others = broker.options();
  others.rules.rules.clear();
  others.rules.defaults.depth = 7;
  const auto next = must(broker::Broker::create(others));
  REQUIRE(next.pool_origin() == PoolOrigin::Adopted);
  const auto stored = must(broker::load_configuration(broker.pool(), others));
  CHECK(stored.options.rules.defaults.depth == 5);
  CHECK(stored.options.rules == options.rules);
}

TEST_CASE("records that were never shown are freed", "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  // A broker died while it made a second ring of the same topic: record and entry are written, the
  // ring is not active yet.
  const std::uint32_t half = ring.ring + 1;
  auto& record = broker.record<RingRecordLayout>(half);
  record = broker.record<RingRecordLayout>(ring.ring);
  record.members_first = 500;
  record.state = state_word(9, RecordState::Reserved);
  auto& entry = broker.record<MemberEntryLayout>(500);
  entry.member = directory::member_word(1, subscriber.subscriber, false, true);
  entry.join_line = 40;
  broker.record<WaiterRecordLayout>(200).state = state_word(0, RecordState::Active);
  broker.kill();
  must(broker.start());

  CHECK(broker.record<RingRecordLayout>(half).state == state_word(10, RecordState::Free));
  CHECK(broker.active_members() == 1);
  CHECK(broker.in_use<WaiterRecordLayout>() == 1);
}

TEST_CASE("a reap that was under way is finished", "[broker][adoption]") {
  TestBroker broker;
  WireClient survivor(broker, "survivor");
  const auto frames = survivor.publish("frame", type("Frame", 1000));
  WireClient victim(broker, "victim");
  const auto victim_index = victim.index();
  const auto subscriber = victim.subscribe("frame", type("Frame", 1000));
  victim.publish("imu", type("Imu", 32));
  pin_of(broker, subscriber) = broker.record<RingRecordLayout>(frames.ring).gid_base + 1;
  auto& state = broker.record<ClientRecordLayout>(victim_index).state;
  state = state_word(directory::record_generation(state), RecordState::Reaping);
  broker.kill();
  must(broker.start());

  CHECK(broker.in_use<ClientRecordLayout>() == 1);
  CHECK(broker.in_use<RingRecordLayout>() == 1);
  CHECK(broker.in_use<SubscriberRecordLayout>() == 0);
  CHECK(broker.blocks_in_use() == 0);
  CHECK(broker.active_members() == 0);
}

TEST_CASE("a retirement that was under way is finished", "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  const auto ring = client.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 1);
  join(broker, ring, subscriber, 1);
  must(client.close(ring));
  auto& state = broker.record<RingRecordLayout>(ring.ring).state;
  state = state_word(directory::record_generation(state), RecordState::Retiring);
  broker.kill();
  must(broker.start());
  CHECK(broker.state<RingRecordLayout>(ring.ring) == RecordState::Retiring);
  leave(broker, ring, subscriber);
  CHECK(broker.pump_until([&] { return broker.in_use<RingRecordLayout>() == 0; }));
  CHECK(broker.header().area_bytes_used == 0);
}

TEST_CASE("a ring that its publisher closed while nobody listened becomes an orphan",
          "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  directory::view_of(broker.record<RingRecordLayout>(ring.ring), broker.pool()).header->closed = 1;
  broker.kill();
  must(broker.start());
  CHECK(broker.in_use<RingRecordLayout>() == 0);
  CHECK(broker.in_use<ClientRecordLayout>() == 1);
}

// Each of the two counts for the same subscriber; the first one's ring cannot go yet.
TEST_CASE("what was being counted when a broker died is counted once, whatever is counted next",
          "[broker][adoption]") {
  broker::BrokerOptions options;
  options.rules.defaults.orphans = 2;
  TestBroker broker(options);
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("frame", type("Frame", 1000));
  WireClient writer(broker, "writer");
  const auto first = writer.publish("frame", type("Frame", 1000));
  const auto second = writer.publish("frame", type("Frame", 1000));
  publish_messages(broker, first, 3);
  publish_messages(broker, second, 4);
  must(writer.close(first));
  must(writer.close(second));
  const auto retire = [&](const wire::PublisherCreated& ring) {
    auto& state = broker.record<RingRecordLayout>(ring.ring).state;
    state = state_word(directory::record_generation(state), RecordState::Retiring);
  };
  retire(first);
  retire(second);
  broker.record<RingRecordLayout>(first.ring).gone_place = 1;
  pin_of(broker, subscriber) = broker.record<RingRecordLayout>(first.ring).gid_base + 1;
  const auto& gone = broker.record<SubscriberRecordLayout>(subscriber.subscriber).publisher_gone;
  for (int brokers = 0; brokers < 2; ++brokers) {
    broker.kill();
    must(broker.start());
    CHECK(broker.state<RingRecordLayout>(first.ring) == RecordState::Retiring);
    CHECK(broker.state<RingRecordLayout>(second.ring) == RecordState::Free);
    CHECK(gone == 7);
  }
  tarn_pin_release(&pin_of(broker, subscriber));
  CHECK(broker.pump_until(
      [&] { return broker.state<RingRecordLayout>(first.ring) == RecordState::Free; }));
  CHECK(gone == 7);
}

TEST_CASE("a live publisher's ring that says it was closed in no way there is stays as it is",
          "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  directory::view_of(broker.record<RingRecordLayout>(ring.ring), broker.pool()).header->closed =
      0x01000000;
  broker.kill();
  must(broker.start());
  CHECK(broker.state<RingRecordLayout>(ring.ring) == RecordState::Active);
}

TEST_CASE("a subscriber that was entered with some of its rings is entered with all",
          "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto first = client.publish("imu", type("Imu", 32));
  const auto second = client.publish("imu", type("Imu", 32));
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  const auto& record = broker.record<RingRecordLayout>(second.ring);
  broker.record<MemberEntryLayout>(record.members_first).member = 0;
  REQUIRE_FALSE(join_line(broker, second.ring, subscriber.subscriber));
  broker.kill();
  must(broker.start());
  CHECK(join_line(broker, first.ring, subscriber.subscriber));
  CHECK(join_line(broker, second.ring, subscriber.subscriber));
}

TEST_CASE("records that contradict each other are not taken over", "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto first = client.publish("imu", type("Imu", 32));
  const auto second = client.publish("imu", type("Imu", 32));
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  SECTION("two rings in one area") {
    auto& record = broker.record<RingRecordLayout>(second.ring);
    record.area_offset = broker.record<RingRecordLayout>(first.ring).area_offset;
    record.gid_base = static_cast<std::uint32_t>(record.area_offset / 64);
  }
  SECTION("two rings with the same members") {
    broker.record<RingRecordLayout>(second.ring).members_first =
        broker.record<RingRecordLayout>(first.ring).members_first;
  }
  SECTION("an area outside the pool") {
    broker.record<RingRecordLayout>(second.ring).area_bytes = std::uint64_t{1} << 40;
  }
  SECTION("lines in nobody's block") {
    broker.record<SubscriberRecordLayout>(subscriber.subscriber).pins_line += 64;
  }
  SECTION("a ring without a topic") { broker.record<RingRecordLayout>(second.ring).topic = 77; }
  SECTION("a description beyond its table") {
    broker.record<TopicRecordLayout>(first.topic).type_text_offset = 0xFFFFFFF0;
  }
  broker.kill();
  const auto refused = broker.start();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::Corrupt);
}

TEST_CASE("a pool of another layout is replaced when nobody uses it", "[broker][adoption]") {
  TestBroker broker;
  auto& header = broker.pool().header();
  header.layout_version = 77;
  broker.kill();
  must(broker.start());
  CHECK(broker.broker().pool_origin() == PoolOrigin::Recreated);
}

TEST_CASE("a pool of another layout that is in use is refused with both versions and the pids",
          "[broker][adoption]") {
  TestBroker broker;
  WireClient client(broker, "imu");  // holds its byte
  broker.pool().header().layout_version = 77;
  broker.kill();
  const auto refused = broker.start();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::VersionMismatch);
  CHECK_THAT(refused.error().message(),
             contains_text("77") && contains_text("knows " + std::to_string(pool::kLayoutVersion)));
}
