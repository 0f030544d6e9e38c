#include "middleware/broker/peer_recount.hpp"

#include "middleware/directory/peer_totals.hpp"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using broker::PoolOrigin;
using directory::PeerTotals;
using directory::PeerTotalsLayout;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::state_word;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;

namespace {

struct Ends {
  Ends()
      : client(broker, "node"),
        ring(client.publish("imu", type("Imu", 32))),
        first(client.subscribe("imu", type("Imu", 32))),
        second(client.subscribe("imu", type("Imu", 32))) {}

  PeerTotalsLayout& readers() {
    return broker.record<RingRecordLayout>(ring.ring).subscriber_totals;
  }
  PeerTotalsLayout& publishers() {
    return broker.record<TopicRecordLayout>(ring.topic).publisher_totals;
  }
  void next_broker() {
    broker.kill();
    must(broker.start());
    REQUIRE(broker.broker().pool_origin() == PoolOrigin::Adopted);
  }
  // What a closing that a broker died in has left of a subscription.
  void leave_in(RecordState state) {
    auto& record = broker.record<SubscriberRecordLayout>(second.subscriber);
    record.state = state_word(directory::record_generation(record.state), state);
  }

  TestBroker broker;
  WireClient client;
  wire::PublisherCreated ring;
  wire::SubscriberCreated first;
  wire::SubscriberCreated second;
};

void check(const PeerTotalsLayout& shared, const PeerTotals& wanted) {
  const PeerTotals totals = directory::read_totals(shared);
  CHECK(totals.came == wanted.came);
  CHECK(totals.closed == wanted.closed);
  CHECK(totals.died == wanted.died);
}

}  // namespace

TEST_CASE("the totals of peers are what came and went", "[broker][peers]") {
  Ends ends;
  check(ends.readers(), {.came = 2});
  check(ends.publishers(), {.came = 1});
  must(ends.client.close(ends.first));
  check(ends.readers(), {.came = 2, .closed = 1});
  ends.next_broker();
  check(ends.readers(), {.came = 2, .closed = 1});
  check(ends.publishers(), {.came = 1});
}

TEST_CASE("a broker counts those that came as its predecessor died", "[broker][peers]") {
  Ends ends;
  SECTION("a subscriber") { --ends.readers().came; }
  SECTION("a publisher") { --ends.publishers().came; }
  ends.next_broker();
  check(ends.readers(), {.came = 2});
  check(ends.publishers(), {.came = 1});
}

TEST_CASE("a broker counts a subscriber that went as its predecessor died", "[broker][peers]") {
  Ends ends;
  SECTION("because it closed") {
    pin_of(ends.broker, ends.second) = 1;
    ends.leave_in(RecordState::Closing);
    ends.next_broker();
    check(ends.readers(), {.came = 2, .closed = 1});
  }
  SECTION("because its process died") {
    ends.leave_in(RecordState::Reaping);
    ends.next_broker();
    CHECK(directory::read_totals(ends.readers()).died == 1);
  }
  SECTION("and does not count it again") {
    pin_of(ends.broker, ends.second) = 1;
    must(ends.client.close(ends.second));
    check(ends.readers(), {.came = 2, .closed = 1});
    ends.next_broker();
    check(ends.readers(), {.came = 2, .closed = 1});
  }
}

TEST_CASE("a broker counts a publisher that went as its predecessor died", "[broker][peers]") {
  Ends ends;
  const auto other = ends.client.publish("imu", type("Imu", 32));
  join(ends.broker, other, ends.first, 1);
  publish_messages(ends.broker, other, 1);
  auto& record = ends.broker.record<RingRecordLayout>(other.ring);
  auto* const header = directory::view_of(record, ends.broker.pool()).header;
  record.state = state_word(directory::record_generation(record.state), RecordState::Orphan);
  SECTION("because it closed") {
    header->closed = ring::kRingClosed;
    ends.next_broker();
    check(ends.publishers(), {.came = 2, .closed = 1});
    ends.next_broker();
    check(ends.publishers(), {.came = 2, .closed = 1});
  }
  SECTION("because its process died") {
    header->closed = ring::kRingOwnerDied;
    ends.next_broker();
    check(ends.publishers(), {.came = 2, .died = 1});
    ends.next_broker();
    check(ends.publishers(), {.came = 2, .died = 1});
  }
}
