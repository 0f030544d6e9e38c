#include "middleware/broker/orphans.hpp"

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;

namespace {

RecordState state_of(TestBroker& broker, const wire::PublisherCreated& ring) {
  const auto& record = broker.record<RingRecordLayout>(ring.ring);
  // Another ring may be in its place by now.
  if (record.ring_generation != ring.ring_generation) return RecordState::Free;
  return broker.state<RingRecordLayout>(ring.ring);
}

ring::RingHeaderLayout& header_of(TestBroker& broker, const wire::PublisherCreated& ring) {
  return *directory::view_of(broker.record<RingRecordLayout>(ring.ring), broker.pool()).header;
}

broker::BrokerOptions with_orphans(std::uint32_t orphans) {
  broker::BrokerOptions options;
  options.rules.defaults.orphans = orphans;
  return options;
}

}  // namespace

TEST_CASE("a ring that nobody reads goes with its publisher", "[broker][orphans]") {
  TestBroker broker;
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 5);
  must(writer.close(ring));
  CHECK(state_of(broker, ring) == RecordState::Free);
  CHECK(broker.header().area_bytes_used == 0);
  CHECK(broker.header().orphan_bytes == 0);
}

TEST_CASE("an orphan waits for readers that have not begun yet", "[broker][orphans]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 5);
  must(writer.close(ring));

  CHECK(state_of(broker, ring) == RecordState::Orphan);
  CHECK(broker.record<TopicRecordLayout>(ring.topic).orphan_count == 1);
  CHECK(broker.record<TopicRecordLayout>(ring.topic).publisher_count == 0);
  CHECK(broker.header().orphan_bytes == broker.record<RingRecordLayout>(ring.ring).area_bytes);
  join(broker, ring, subscriber, 1);
  broker.pump();
  CHECK(state_of(broker, ring) == RecordState::Orphan);
  leave(broker, ring, subscriber);
  CHECK(broker.pump_until([&] { return state_of(broker, ring) == RecordState::Free; }));
  CHECK(broker.header().area_bytes_used == 0);
  CHECK(broker.record<SubscriberRecordLayout>(subscriber.subscriber).publisher_gone == 0);
}

TEST_CASE("an orphan in which nothing was ever published waits for nobody", "[broker][orphans]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  must(writer.close(ring));
  CHECK(state_of(broker, ring) == RecordState::Free);
}

TEST_CASE("becoming an orphan closes the ring, corrects its tail and wakes its readers",
          "[broker][orphans]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 5);
  // As if the publisher had been killed between a commit and the store of the tail, and then once
  // more in the middle of a message.
  auto& header = header_of(broker, ring);
  header.tail = 4;
  const auto view = directory::view_of(broker.record<RingRecordLayout>(ring.ring), broker.pool());
  tarn_slot_begin(&view.slot(view.slot_index(6))->ctl, 6);
  const auto& bells = broker.pool().geometry().bells;
  const auto& ring_bells = broker.pool().geometry().ring_bells;
  auto* const bell = broker.pool().record<ring::BellLayout>(bells, subscriber.waiter);
  auto* const ring_bell = broker.pool().record<ring::BellLayout>(ring_bells, ring.ring);
  const auto rung = bell->bell;
  const auto ring_rung = ring_bell->bell;
  const auto version = broker.record<TopicRecordLayout>(ring.topic).version;

  must(writer.close(ring));
  CHECK(header.tail == 5);
  CHECK(header.closed == 1);
  CHECK(bell->bell > rung);
  CHECK(ring_bell->bell > ring_rung);
  CHECK(broker.record<TopicRecordLayout>(ring.topic).version > version);
}

TEST_CASE(
    "a publisher that died is said to have died, and by its slots, whatever it wrote over its "
    "header",
    "[broker][orphans]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  (void)reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 5);
  auto& header = header_of(broker, ring);
  header.tail = ~std::uint64_t{0} - 1;
  header.closed = 0x01000000;
  writer.vanish();
  REQUIRE(broker.pump_until([&] { return header.closed == ring::kRingOwnerDied; }));
  CHECK(header.tail == 5);
}

TEST_CASE("an orphan with a pinned chunk stays until the pin is gone", "[broker][orphans]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("frame", type("Frame", 1000));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("frame", type("Frame", 1000));
  publish_messages(broker, ring, 1);
  const auto& record = broker.record<RingRecordLayout>(ring.ring);
  std::uint32_t& pin = pin_of(broker, subscriber);
  for (const std::uint32_t chunk : {0U, record.chunk_count - 1}) {
    tarn_store_release_u32(&pin, record.gid_base + chunk + 1);
    leave(broker, ring, subscriber);
    if (chunk == 0) must(writer.close(ring));
    broker.pump();
    CHECK(state_of(broker, ring) == RecordState::Orphan);
  }
  tarn_pin_release(&pin);
  CHECK(broker.pump_until([&] { return state_of(broker, ring) == RecordState::Free; }));
}

TEST_CASE("a pin outside its chunks holds no orphan", "[broker][orphans]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("frame", type("Frame", 1000));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("frame", type("Frame", 1000));
  const auto& record = broker.record<RingRecordLayout>(ring.ring);
  const std::uint32_t beside = GENERATE(0U, 1U);
  tarn_store_release_u32(&pin_of(broker, subscriber),
                         beside == 0 ? record.gid_base : record.gid_base + record.chunk_count + 1);
  leave(broker, ring, subscriber);
  must(writer.close(ring));
  CHECK(state_of(broker, ring) == RecordState::Free);
  tarn_pin_release(&pin_of(broker, subscriber));
}

TEST_CASE("the oldest orphan makes way for a publisher when there are more than the topic may keep",
          "[broker][orphans]") {
  TestBroker broker(with_orphans(1));
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto& record = broker.record<SubscriberRecordLayout>(subscriber.subscriber);

  const auto first = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, first, 7);
  must(writer.close(first));
  const auto second = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, second, 3);
  must(writer.close(second));
  // Nobody needs the room yet, and the reader may only be slow.
  CHECK(state_of(broker, first) == RecordState::Orphan);
  CHECK(state_of(broker, second) == RecordState::Orphan);

  writer.publish("imu", type("Imu", 32));
  CHECK(state_of(broker, first) == RecordState::Free);
  CHECK(state_of(broker, second) == RecordState::Orphan);
  CHECK(record.publisher_gone == 7);
}

TEST_CASE("an orphan that was read to its end makes way before one with a message",
          "[broker][orphans]") {
  TestBroker broker(with_orphans(1));
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto& record = broker.record<SubscriberRecordLayout>(subscriber.subscriber);

  const auto unread = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, unread, 7);
  must(writer.close(unread));
  const auto read = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, read, 3);
  join(broker, read, subscriber, 4);  // and it has not looked again
  must(writer.close(read));

  writer.publish("imu", type("Imu", 32));
  CHECK(state_of(broker, unread) == RecordState::Orphan);
  CHECK(state_of(broker, read) == RecordState::Retiring);
  leave(broker, read, subscriber);
  CHECK(broker.pump_until([&] { return state_of(broker, read) == RecordState::Free; }));
  CHECK(record.publisher_gone == 0);
}

TEST_CASE("unread messages count as gone only for those who were there before the ring",
          "[broker][orphans]") {
  TestBroker broker(with_orphans(0));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 7);
  WireClient reader(broker, "reader");
  const auto late = reader.subscribe("imu", type("Imu", 32));
  must(writer.close(ring));
  writer.publish("imu", type("Imu", 32));
  CHECK(state_of(broker, ring) == RecordState::Free);
  CHECK(broker.record<SubscriberRecordLayout>(late.subscriber).publisher_gone == 0);
}

TEST_CASE("an orphan that must go while it is read is gone when its reader has left",
          "[broker][orphans]") {
  TestBroker broker(with_orphans(0));
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 7);
  join(broker, ring, subscriber, 3);
  must(writer.close(ring));
  writer.publish("imu", type("Imu", 32));

  CHECK(state_of(broker, ring) == RecordState::Retiring);
  broker.pump();
  CHECK(state_of(broker, ring) == RecordState::Retiring);
  leave(broker, ring, subscriber);
  CHECK(broker.pump_until([&] { return state_of(broker, ring) == RecordState::Free; }));
  // What it did not read, a reader that had begun counts itself.
  CHECK(broker.record<SubscriberRecordLayout>(subscriber.subscriber).publisher_gone == 0);
}

TEST_CASE("a reader that comes too late leaves the count of what it missed to the broker",
          "[broker][orphans]") {
  TestBroker broker(with_orphans(0));
  WireClient reader(broker, "reader");
  const auto first = reader.subscribe("imu", type("Imu", 32));
  const auto second = reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 7);
  join(broker, ring, first, 3);
  must(writer.close(ring));
  writer.publish("imu", type("Imu", 32));
  REQUIRE(state_of(broker, ring) == RecordState::Retiring);
  join(broker, ring, second, 1);  // announced, and then it saw what had become of the ring
  broker.pump();
  CHECK(state_of(broker, ring) == RecordState::Retiring);
  join(broker, ring, second, ring::kNeverRead);
  leave(broker, ring, first);
  CHECK(broker.pump_until([&] { return state_of(broker, ring) == RecordState::Free; }));
  CHECK(broker.record<SubscriberRecordLayout>(first.subscriber).publisher_gone == 0);
  CHECK(broker.record<SubscriberRecordLayout>(second.subscriber).publisher_gone == 7);
}

TEST_CASE("a pinned orphan is never forced out", "[broker][orphans]") {
  TestBroker broker(with_orphans(0));
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("frame", type("Frame", 1000));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("frame", type("Frame", 1000));
  publish_messages(broker, ring, 1);
  tarn_store_release_u32(&pin_of(broker, subscriber),
                         broker.record<RingRecordLayout>(ring.ring).gid_base + 1);
  must(writer.close(ring));
  writer.publish("frame", type("Frame", 1000));
  CHECK(state_of(broker, ring) == RecordState::Orphan);
  tarn_pin_release(&pin_of(broker, subscriber));
  leave(broker, ring, subscriber);
  CHECK(broker.pump_until([&] { return state_of(broker, ring) == RecordState::Free; }));
}

TEST_CASE("an unread orphan gives its room to the next publisher of its topic",
          "[broker][orphans]") {
  broker::BrokerOptions options = with_orphans(8);
  options.pool_bytes = 3 << 20;
  TestBroker broker(options);
  WireClient reader(broker, "reader");
  const auto frame = type("Frame", 40'000);
  const auto subscriber = reader.subscribe("frame", frame);
  WireClient writer(broker, "writer");
  // More areas than the pool holds, one after the other.
  wire::PublisherCreated last{};
  for (int round = 0; round < 6; ++round) {
    last = writer.publish("frame", frame);
    publish_messages(broker, last, 1);
    if (round < 5) must(writer.close(last));
  }
  CHECK(state_of(broker, last) == RecordState::Active);
  const auto gone = broker.record<SubscriberRecordLayout>(subscriber.subscriber).publisher_gone;
  CHECK(gone > 0);
  const auto left = broker.record<TopicRecordLayout>(last.topic).orphan_count;
  CHECK(gone + left == 5);
}

TEST_CASE("late subscribers are not entered with orphans", "[broker][orphans]") {
  TestBroker broker;
  WireClient reader(broker, "reader");
  reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 1);
  must(writer.close(ring));
  const auto late = reader.subscribe("imu", type("Imu", 32));
  CHECK_FALSE(join_line(broker, ring.ring, late.subscriber));
}

TEST_CASE("a line whose member never joined goes to no other subscription while this one lives",
          "[broker][orphans]") {
  TestBroker broker(with_orphans(0));
  WireClient reader(broker, "reader");
  const auto first = reader.subscribe("imu", type("Imu", 32));
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("imu", type("Imu", 32));
  publish_messages(broker, ring, 1);
  const auto line = join_line(broker, ring.ring, first.subscriber);
  must(writer.close(ring));
  must(writer.close(writer.publish("imu", type("Imu", 32))));  // for which it makes way
  REQUIRE(state_of(broker, ring) == RecordState::Free);

  const auto other_ring = writer.publish("gps", type("Gps", 32));
  const auto other = reader.subscribe("gps", type("Gps", 32));
  CHECK(join_line(broker, other_ring.ring, other.subscriber) != line);
  const auto next = writer.publish("imu", type("Imu", 32));
  CHECK(join_line(broker, next.ring, first.subscriber) == line);
}
