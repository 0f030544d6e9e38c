#include "middleware/wire/control_messages.hpp"

#include <array>
#include <cerrno>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/wire/control_samples.hpp"

using tarn::Errc;
using tarn::Error;
using tarn::test::must;
using namespace tarn::wire;

namespace {

using Buffer = std::array<std::byte, kMaxControlBytes>;

// Encodes and decodes again.
template <typename Message>
Message request_round_trip(const Message& message, Buffer& buffer) {
  const auto packet = must(decode_request(must(encode_request(message, 77, buffer))));
  CHECK(packet.sequence == 77);
  REQUIRE(std::holds_alternative<Message>(packet.request));
  return std::get<Message>(packet.request);
}

template <typename Message>
Message reply_round_trip(const Message& message, Buffer& buffer) {
  const auto packet = must(decode_reply(must(encode_reply(message, 78, buffer))));
  CHECK(packet.sequence == 78);
  REQUIRE(std::holds_alternative<Message>(packet.reply));
  return std::get<Message>(packet.reply);
}

std::string refusal_of(const Request& request) {
  Buffer buffer;
  const auto encoded = encode_request(request, 1, buffer);
  REQUIRE_FALSE(encoded);
  CHECK(encoded.error().code() == Errc::InvalidArgument);
  return encoded.error().message();
}

}  // namespace

TEST_CASE("requests arrive as they were sent", "[wire]") {
  Buffer buffer;
  SECTION("Hello") {
    const Hello hello = request_round_trip(test::kHello, buffer);
    CHECK(hello.min_version == 1);
    CHECK(hello.max_version == 4);
    CHECK(hello.layout_version == 4);
    CHECK(hello.observer);
    CHECK(hello.node == "imu_driver");
    CHECK(hello.resume_client == 4);
    CHECK(hello.resume_generation == 5);
    CHECK(hello.pool_id == 0x0102030405060708);
  }
  SECTION("CreatePublisher") {
    const CreatePublisher create = request_round_trip(test::kCreatePublisher, buffer);
    CHECK(create.topic == "sensor/imu");
    CHECK(create.type == test::kImu);
    CHECK(create.loans == 6);
    CHECK(create.depth == 7);
    CHECK(create.publisher == "left");
    CHECK(create.origin_node == 0x8877665544332211);
  }
  SECTION("CreateSubscriber") {
    const CreateSubscriber create = request_round_trip(test::kCreateSubscriber, buffer);
    CHECK(create.topic == "sensor/imu");
    CHECK(create.type == test::kImu);
    CHECK(create.depth == 8);
    CHECK(create.history == 9);
    CHECK(create.held == 10);
    CHECK(create.reliability == Reliability::Reliable);
  }
  SECTION("ClosePublisher, CloseSubscriber") {
    CHECK(request_round_trip(test::kClosePublisher, buffer).ring == 11);
    CHECK(request_round_trip(test::kClosePublisher, buffer).ring_generation == 12);
    CHECK(request_round_trip(test::kCloseSubscriber, buffer).subscriber == 13);
    CHECK(request_round_trip(test::kCloseSubscriber, buffer).generation == 14);
  }
  SECTION("CloseWaiter, OpenDoorbell") {
    CHECK(request_round_trip(test::kCloseWaiter, buffer).waiter == 24);
    CHECK(request_round_trip(test::kCloseWaiter, buffer).generation == 25);
    CHECK(request_round_trip(test::kOpenDoorbell, buffer).waiter == 26);
    CHECK(request_round_trip(test::kOpenDoorbell, buffer).generation == 27);
  }
  SECTION("CreatePattern, ClosePattern") {
    const CreatePattern create = request_round_trip(test::kCreatePattern, buffer);
    CHECK(create.pattern == "sensor/**");
    CHECK(create.type == test::kImu);
    CHECK(create.depth == 30);
    CHECK(create.history == 31);
    CHECK(create.held == 32);
    CHECK(create.reliability == Reliability::BestEffort);
    CHECK(create.waiter == 33);
    CHECK(create.waiter_generation == 34);
    CHECK(request_round_trip(test::kClosePattern, buffer).pattern == 35);
    CHECK(request_round_trip(test::kClosePattern, buffer).generation == 36);
  }
  SECTION("Ready, Reload, CreateWaiter, Goodbye") {
    (void)request_round_trip(CreateWaiter{}, buffer);
    (void)request_round_trip(Reload{}, buffer);
    (void)request_round_trip(Ready{}, buffer);
    (void)request_round_trip(Goodbye{}, buffer);
  }
}

TEST_CASE("replies arrive as they were sent", "[wire]") {
  Buffer buffer;
  SECTION("Welcome") {
    const Welcome welcome = reply_round_trip(test::kWelcome, buffer);
    CHECK(welcome.version == 1);
    CHECK(welcome.client == 15);
    CHECK(welcome.generation == 16);
    CHECK(welcome.pool_id == 0x0102030405060708);
    CHECK(welcome.pool_bytes == 16777216);
    CHECK(welcome.page_bytes == 4096);
  }
  SECTION("PublisherCreated, SubscriberCreated") {
    const PublisherCreated publisher = reply_round_trip(test::kPublisherCreated, buffer);
    CHECK(publisher.ring == 17);
    CHECK(publisher.ring_generation == 18);
    CHECK(publisher.topic == 19);
    const SubscriberCreated subscriber = reply_round_trip(test::kSubscriberCreated, buffer);
    CHECK(subscriber.subscriber == 20);
    CHECK(subscriber.generation == 21);
    CHECK(subscriber.topic == 22);
    CHECK(subscriber.waiter == 23);
  }
  SECTION("WaiterCreated") {
    CHECK(reply_round_trip(test::kWaiterCreated, buffer).waiter == 28);
    CHECK(reply_round_trip(test::kWaiterCreated, buffer).generation == 29);
  }
  SECTION("PatternCreated") {
    CHECK(reply_round_trip(test::kPatternCreated, buffer).pattern == 37);
    CHECK(reply_round_trip(test::kPatternCreated, buffer).generation == 38);
  }
  SECTION("Done") { (void)reply_round_trip(Done{}, buffer); }
  SECTION("Reloaded, ReloadRefused") {
    const Reloaded reloaded = reply_round_trip(test::kReloaded, buffer);
    CHECK(reloaded.changed == "defaults\ntopics.imu");
    CHECK(reloaded.live == "topics.imu");
    CHECK(reloaded.waiting == "pool.size");
    const ReloadRefused refused = reply_round_trip(test::kReloadRefused, buffer);
    CHECK(refused.code == Errc::InvalidConfig);
    CHECK(refused.system_errno == 2);
    CHECK(refused.findings == "t.yaml:1:2: a\nt.yaml:3:4: b");
  }
  SECTION("Refused, as the error it was made from") {
    const Error made = Error::make(Errc::NoSpace, ENOSPC, "cannot back %d bytes", 42);
    const Error arrived = to_error(reply_round_trip(refusal(made), buffer));
    CHECK(arrived.code() == made.code());
    CHECK(arrived.system_errno() == made.system_errno());
    CHECK(std::string(arrived.message()) == made.message());
  }
}

TEST_CASE("texts as long as the protocol allows fit a packet", "[wire]") {
  Buffer buffer;
  const std::string topic(tarn::kMaxTopicNameBytes, 't');
  const std::string type(tarn::kMaxTypeNameBytes, 'T');
  const std::string fields(tarn::kMaxTypeTextBytes, 'f');
  const std::string node(tarn::kMaxNodeNameBytes, 'n');
  CreatePublisher create = test::kCreatePublisher;
  create.topic = topic;
  create.type.name = type;
  create.type.fields = fields;
  create.publisher = node;
  const CreatePublisher arrived = request_round_trip(create, buffer);
  CHECK(arrived.topic == topic);
  CHECK(arrived.type == create.type);
  CHECK(arrived.publisher == node);

  const std::string reason(kMaxRefusalBytes, 'r');
  CHECK(reply_round_trip(Refused{.text = reason}, buffer).text == reason);
  const std::string findings(kMaxFindingsBytes, 'f');
  CHECK(reply_round_trip(ReloadRefused{.findings = findings}, buffer).findings == findings);
  const std::string keys(kMaxKeysBytes, 'k');
  const Reloaded lists{.changed = keys, .live = keys, .waiting = keys};
  CHECK(reply_round_trip(lists, buffer).waiting == keys);
}

TEST_CASE("what the other side would refuse is not sent", "[wire]") {
  SECTION("a name that is too long") {
    Hello hello = test::kHello;
    const std::string name(tarn::kMaxNodeNameBytes + 1, 'n');
    hello.node = name;
    CHECK(refusal_of(hello) ==
          "the node name of a Hello request has 64 bytes or a control character: allowed are at "
          "most 63 bytes without control characters");
  }
  SECTION("a name with a control character") {
    CreatePublisher create = test::kCreatePublisher;
    create.publisher = "le\nft";
    CHECK(refusal_of(create).find("publisher name of a CreatePublisher") != std::string::npos);
  }
  SECTION("a topic, type name or field list that is too long") {
    const std::string long_text(tarn::kMaxTypeTextBytes + 1, 'x');
    CreateSubscriber create = test::kCreateSubscriber;
    create.topic = std::string_view(long_text).substr(0, tarn::kMaxTopicNameBytes + 1);
    CHECK(refusal_of(create).find("the topic of") != std::string::npos);
    create = test::kCreateSubscriber;
    create.type.name = std::string_view(long_text).substr(0, tarn::kMaxTypeNameBytes + 1);
    CHECK(refusal_of(create).find("the type name of") != std::string::npos);
    create = test::kCreateSubscriber;
    create.type.fields = long_text;
    CHECK(refusal_of(create).find("the type fields of") != std::string::npos);
  }
  SECTION("a packet that its buffer cannot hold") {
    std::array<std::byte, 20> small;
    const auto encoded = encode_request(test::kHello, 1, small);
    REQUIRE_FALSE(encoded);
    CHECK(encoded.error().code() == Errc::InvalidArgument);
  }
}

TEST_CASE("both sides agree on a protocol version or say which ones they speak", "[wire]") {
  Hello hello;
  SECTION("ours among others") {
    hello.min_version = 0;
    hello.max_version = 9;
    CHECK(must(agree_version(hello)) == kProtocolVersion);
  }
  SECTION("only newer ones") {
    hello.min_version = kProtocolVersion + 1;
    hello.max_version = kProtocolVersion + 2;
    const auto agreed = agree_version(hello);
    REQUIRE_FALSE(agreed);
    CHECK(agreed.error().code() == Errc::VersionMismatch);
    CHECK(std::string(agreed.error().message()).find("protocol 5 to 6, the broker 4") !=
          std::string::npos);
  }
  SECTION("only older ones") {
    hello.min_version = 0;
    hello.max_version = 2;
    REQUIRE_FALSE(agree_version(hello));
  }
}

TEST_CASE("a hello of another version is read up to its versions", "[wire]") {
  Buffer buffer;
  Hello hello = test::kHello;
  hello.min_version = 7;
  hello.max_version = 8;
  const auto whole = must(encode_request(hello, 5, buffer));
  // Whatever that version has behind them, or has not.
  for (const std::size_t bytes : {whole.size(), kControlHeaderBytes + 4, kControlHeaderBytes + 9}) {
    const auto packet = must(decode_request(whole.first(bytes)));
    CHECK(packet.sequence == 5);
    CHECK(std::get<Hello>(packet.request).min_version == 7);
    CHECK(std::get<Hello>(packet.request).max_version == 8);
  }
}

TEST_CASE("every kind of message has a name", "[wire]") {
  CHECK(to_string(kind_of(Request(test::kHello))) == "Hello");
  CHECK(to_string(kind_of(Reply(test::kRefused))) == "Refused");
  CHECK(to_string(static_cast<ControlKind>(0)) == "unknown");
}
