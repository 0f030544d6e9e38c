#include "middleware/broker/clients.hpp"

#include <array>
#include <csignal>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "platform/file_lock.hpp"
#include "platform/process_handle.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using directory::ClientRecordLayout;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;
using directory::WaiterRecordLayout;

namespace {

// A process of its own that says hello, publishes and subscribes, and then does nothing but live.
// It speaks plain packets; the parent turns the broker meanwhile.
ChildProcess start_client(TestBroker& broker) {
  const std::string path = broker.socket_path();
  return ChildProcess::start([path](Parent& parent) {
    auto socket = platform::SeqPacketSocket::connect(path, platform::kForever);
    parent.check(socket.has_value(), "the child connects");
    platform::FileDescriptor alive;
    std::uint32_t sequence = 0;
    std::array<std::byte, wire::kMaxControlBytes> buffer;
    const auto ask = [&](const wire::Request& request) {
      const auto packet = wire::encode_request(request, ++sequence, buffer);
      parent.check(packet && socket->send(*packet, platform::kForever), "the child asks");
      std::array<platform::FileDescriptor, 2> fds;
      const auto received = socket->receive_with_fds(buffer, fds, platform::kForever);
      parent.check(received && received->bytes > 0, "the child is answered");
      if (fds[1]) alive = std::move(fds[1]);
      auto reply = wire::decode_reply(std::span<const std::byte>(buffer).first(received->bytes));
      parent.check(reply && !std::holds_alternative<wire::Refused>(reply->reply),
                   "the child is granted what it asks for");
      return std::move(reply->reply);
    };
    const auto welcome = std::get<wire::Welcome>(
        ask(wire::Hello{.layout_version = pool::kLayoutVersion, .node = "victim"}));
    const auto locked = platform::try_lock_byte(alive, 16 + welcome.client);
    parent.check(locked && *locked, "the child holds its byte");
    ask(wire::Ready{});
    ask(wire::CreatePublisher{.topic = "imu", .type = type("Imu", 32), .publisher = ""});
    ask(wire::CreateSubscriber{.topic = "frame", .type = type("Frame", 1000)});
    parent.report("ready");
    parent.wait_for_go();
    parent.wait_for_go();  // nobody says so: until it is killed
  });
}

bool victim_is_ready(TestBroker& broker) {
  return broker.in_use<RingRecordLayout>() >= 1 && broker.in_use<SubscriberRecordLayout>() >= 1;
}

}  // namespace

TEST_CASE("a client is registered under the pid that the kernel names", "[broker][clients]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto& record = broker.record<ClientRecordLayout>(client.index());
  CHECK(broker.state<ClientRecordLayout>(client.index()) == RecordState::Active);
  CHECK(record.pid == platform::own_pid());
  CHECK(record.start_time == must(platform::process_start_time(platform::own_pid())));
  CHECK(directory::text_in(record.name) == "imu");
  CHECK(client.welcome().pool_id == broker.broker().pool_id());
  CHECK(client.welcome().generation == directory::record_generation(record.state));
}

TEST_CASE("a client that does not hold its byte is not ready", "[broker][clients]") {
  TestBroker broker;
  WireClient client(broker);
  must(client.hello({.layout_version = pool::kLayoutVersion, .node = "imu"}));
  CHECK(broker.state<ClientRecordLayout>(client.index()) == RecordState::Reserved);
  // Packet by packet, since ready() would lock it.
  std::array<std::byte, wire::kMaxControlBytes> buffer;
  CHECK(client.send_raw(must(wire::encode_request(wire::Ready{}, 9, buffer))));
  CHECK(client.is_closed());
  CHECK(broker.in_use<ClientRecordLayout>() == 0);
}

TEST_CASE("one client too many is refused, and there is room again when one has left",
          "[broker][clients]") {
  broker::BrokerOptions options;
  options.limits.clients = 1;
  TestBroker broker(options);
  WireClient first(broker, "first");
  WireClient second(broker);
  const auto refused = second.hello({.layout_version = pool::kLayoutVersion, .node = "second"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooManyClients);
  CHECK_THAT(refused.error().message(), contains_text("limits.clients"));
  CHECK(second.is_closed());
  must(first.goodbye());
  CHECK_NOTHROW(WireClient(broker, "third"));
}

TEST_CASE("a client that says goodbye leaves nothing behind", "[broker][clients]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  client.publish("imu", type("Imu", 32));
  client.subscribe("gps", type("Gps", 32));
  must(client.goodbye());
  CHECK(broker.all_free());
}

TEST_CASE("a client that leaves with a sample stays, closing, until it is released",
          "[broker][clients]") {
  TestBroker broker;
  WireClient writer(broker, "writer");
  const auto ring = writer.publish("frame", type("Frame", 1000));
  WireClient reader(broker, "reader");
  const auto subscriber = reader.subscribe("frame", type("Frame", 1000));
  const auto client = reader.index();
  tarn_store_release_u32(&pin_of(broker, subscriber),
                         broker.record<RingRecordLayout>(ring.ring).gid_base + 1);
  must(reader.goodbye());
  CHECK(broker.state<ClientRecordLayout>(client) == RecordState::Closing);
  CHECK(broker.blocks_in_use() == 1);
  tarn_pin_release(&pin_of(broker, subscriber));
  CHECK(broker.pump_until([&] { return broker.in_use<ClientRecordLayout>() == 1; }));
  CHECK(broker.blocks_in_use() == 0);
}

TEST_CASE("the end of a connection is not the end of a client", "[broker][clients]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  client.disconnect();
  broker.pump();
  CHECK(broker.state<ClientRecordLayout>(client.index()) == RecordState::Active);
  CHECK(broker.state<RingRecordLayout>(ring.ring) == RecordState::Active);
}

TEST_CASE("a client that lost its connection takes up where it was", "[broker][clients]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  SECTION("after its end is known") {
    client.disconnect();
    broker.pump();
  }
  SECTION("before its end is known") {}
  WireClient again(broker);
  must(again.resume(client, "imu"));
  CHECK(again.index() == client.index());
  must(again.close(ring));
  CHECK(broker.in_use<RingRecordLayout>() == 0);
  CHECK(broker.in_use<ClientRecordLayout>() == 1);
  must(again.goodbye());
  CHECK(broker.in_use<ClientRecordLayout>() == 0);
}

TEST_CASE("what a client was granted without hearing of it is taken back when it returns",
          "[broker][clients]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto heard = client.publish("imu", type("Imu", 32));
  constexpr std::uint32_t kLater = 100;
  std::array<std::byte, wire::kMaxControlBytes> buffer;
  const wire::CreatePublisher publisher{
      .topic = "frame", .type = type("Frame", 32), .publisher = ""};
  const wire::CreateSubscriber subscriber{.topic = "imu", .type = type("Imu", 32)};
  REQUIRE(client.send_raw(must(wire::encode_request(publisher, kLater, buffer))));
  REQUIRE(client.send_raw(must(wire::encode_request(subscriber, kLater + 1, buffer))));
  broker.pump();
  CHECK(broker.in_use<RingRecordLayout>() == 2);
  CHECK(broker.in_use<SubscriberRecordLayout>() == 1);
  SECTION("to the same broker") {}
  SECTION("to the next one") {
    broker.kill();
    must(broker.start());
  }
  WireClient again(broker);
  must(again.resume(client, "imu"));
  CHECK(broker.in_use<RingRecordLayout>() == 1);
  CHECK(broker.in_use<SubscriberRecordLayout>() == 0);
  CHECK(broker.state<RingRecordLayout>(heard.ring) == RecordState::Active);
  must(again.goodbye());
}

TEST_CASE("nobody takes up what was not his", "[broker][clients]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto refused_for = [&](wire::Hello hello) {
    WireClient thief(broker);
    hello.layout_version = pool::kLayoutVersion;
    const auto refused = thief.hello(hello);
    REQUIRE_FALSE(refused);
    return refused.error().code();
  };
  const auto& own = client.welcome();
  CHECK(refused_for({.node = "thief",
                     .resume_client = own.client,
                     .resume_generation = own.generation,
                     .pool_id = own.pool_id + 1}) == Errc::DomainReset);
  CHECK(refused_for({.node = "thief",
                     .resume_client = own.client,
                     .resume_generation = own.generation + 1,
                     .pool_id = own.pool_id}) == Errc::DomainReset);
  CHECK(refused_for({.node = "thief",
                     .resume_client = 60'000,
                     .resume_generation = own.generation,
                     .pool_id = own.pool_id}) == Errc::DomainReset);
  auto& record = broker.record<ClientRecordLayout>(own.client);
  ++record.start_time;  // the same pid, but another process
  CHECK(refused_for({.node = "thief",
                     .resume_client = own.client,
                     .resume_generation = own.generation,
                     .pool_id = own.pool_id}) == Errc::DomainReset);
}

TEST_CASE("what a killed process had is given back", "[broker][clients]") {
  TestBroker broker;
  WireClient survivor(broker, "survivor");
  const auto reader = survivor.subscribe("imu", type("Imu", 32));
  const auto frames = survivor.publish("frame", type("Frame", 1000));
  auto victim = start_client(broker);
  REQUIRE(broker.pump_until([&] {
    return broker.in_use<RingRecordLayout>() == 2 && broker.in_use<SubscriberRecordLayout>() == 2;
  }));
  REQUIRE(victim.next_report() == "ready");
  // It died asleep, with a sample in its hands and a message that nobody has read.
  std::uint32_t theirs = 0;
  while (broker.state<SubscriberRecordLayout>(theirs) == RecordState::Free ||
         broker.record<SubscriberRecordLayout>(theirs).client == survivor.index()) {
    ++theirs;
  }
  const auto& record = broker.record<SubscriberRecordLayout>(theirs);
  const auto pins_line = record.pins_line;
  const auto bed = broker.record<WaiterRecordLayout>(record.waiter).line;
  broker.pool().line<ring::WaiterLayout>(bed)->sleep = 7;
  auto& pin = broker.pool().line<ring::PinLineLayout>(pins_line)->pin[0];
  pin = broker.record<RingRecordLayout>(frames.ring).gid_base + 1;
  victim.kill(SIGKILL);
  REQUIRE(victim.join() == killed_by(SIGKILL));

  CHECK(broker.pump_until([&] { return broker.header().reaped_clients == 1; }));
  CHECK(broker.in_use<ClientRecordLayout>() == 1);
  CHECK(broker.in_use<SubscriberRecordLayout>() == 1);
  CHECK(broker.in_use<RingRecordLayout>() == 1);
  CHECK(pin == 0);
  CHECK(broker.pool().line<ring::WaiterLayout>(bed)->sleep == 8);
  CHECK_FALSE(join_line(broker, frames.ring, theirs));
  CHECK(broker.blocks_in_use() == 1);
  CHECK(broker.logged("node 'victim'"));
  must(survivor.close(reader));
}

TEST_CASE("a process that is stopped is alive", "[broker][clients]") {
  TestBroker broker;
  auto victim = start_client(broker);
  REQUIRE(broker.pump_until([&] { return victim_is_ready(broker); }));
  REQUIRE(victim.next_report() == "ready");
  victim.kill(SIGSTOP);
  broker.pump();
  CHECK(broker.header().reaped_clients == 0);
  CHECK(broker.in_use<ClientRecordLayout>() == 1);
  victim.kill(SIGKILL);
  REQUIRE(victim.join() == killed_by(SIGKILL));
  CHECK(broker.pump_until([&] { return broker.all_free(); }));
}
