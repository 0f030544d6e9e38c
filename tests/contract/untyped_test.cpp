// What bridges and recorders rely on: messages as bytes, of types they learn when they run.
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

struct Ends {
  explicit Ends(const TransportKind& kind)
      : transport(kind.open({})),
        publishing(must(Node::open(transport->publishing_node("publishing")))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  std::unique_ptr<Transport> transport;
  Node publishing;
  Node reading;
};

template <typename P, typename S>
bool found_each_other(P& publisher, S& subscriber) {
  return wait_until(
      [&] { return publisher.subscriber_count() == 1 && subscriber.publisher_count() == 1; });
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string text_of(const UntypedSample& sample) {
  return {reinterpret_cast<const char*>(sample.bytes().data()), sample.bytes().size()};
}

template <typename T>
void check_error(const Result<T>& result, Errc code, std::initializer_list<const char*> words) {
  REQUIRE_FALSE(result);
  CHECK(to_string(result.error().code()) == to_string(code));
  for (const char* word : words) CHECK_THAT(result.error().message(), contains_text(word));
}

}  // namespace

TEMPLATE_TEST_CASE("what is published as bytes is taken as a message", "[contract]", Small, Large) {
  Ends ends(GENERATE(from_range(transports_here())));
  auto publisher = must(ends.publishing.untyped_publisher(kTopic, message_type<TestType>()));
  auto subscriber = must(ends.reading.template subscriber<TestType>(kTopic));
  REQUIRE(found_each_other(publisher, subscriber));
  const auto sent = numbered<TestType>(1, 1);
  CHECK(publisher.max_bytes() == sizeof sent);
  must(publisher.send(std::as_bytes(std::span(&sent, 1))));
  auto loan = must(publisher.loan(sizeof sent));
  REQUIRE(loan.bytes().size() == sizeof sent);
  std::memcpy(loan.bytes().data(), &sent, sizeof sent);
  must(publisher.publish(std::move(loan)));
  for (std::uint64_t sequence = 1; sequence <= 2; ++sequence) {
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample.sequence() == sequence);
    CHECK(is_intact(*sample));
  }
}

TEMPLATE_TEST_CASE("what is published as a message is taken as bytes", "[contract]", Small, Large) {
  Ends ends(GENERATE(from_range(transports_here())));
  auto publisher = must(ends.publishing.template publisher<TestType>(kTopic));
  auto subscriber = must(ends.reading.untyped_subscriber(kTopic, message_type<TestType>()));
  REQUIRE(found_each_other(publisher, subscriber));
  const auto sent = numbered<TestType>(1, 1);
  must(publisher.send(sent));
  const auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  REQUIRE(sample.bytes().size() == sizeof sent);
  CHECK(std::memcmp(sample.bytes().data(), &sent, sizeof sent) == 0);
  CHECK(sample.sequence() == 1);
  CHECK(sample.stamp_ns() != 0);
  SECTION("by the latest too") {
    must(publisher.send(numbered<TestType>(1, 2)));
    const auto latest = subscriber.read_latest();
    REQUIRE(latest);
    CHECK(latest.sequence() == 2);
    CHECK_FALSE(subscriber.try_take());
  }
}

TEST_CASE("a subscriber that asks for no type gets the topic's", "[contract]") {
  Ends ends(GENERATE(from_range(transports_here())));
  check_error(ends.reading.untyped_subscriber(kTopic), Errc::InvalidTopic, {"topic", "type"});
  auto publisher = must(ends.publishing.publisher<Slice<Small>>(kTopic, {.max_elements = 9}));
  auto subscriber = must(ends.reading.untyped_subscriber(kTopic));
  const auto asked = message_type<Slice<Small>>();
  CHECK(subscriber.type().view() == asked);
  CHECK(subscriber.type().view().is_slice());
  REQUIRE(found_each_other(publisher, subscriber));
  for (const std::size_t count : {9U, 0U, 2U}) {
    must(publisher.send(std::vector<Small>(count, numbered<Small>(1, 1))));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample.bytes().size() == count * sizeof(Small));
  }
  SECTION("and can publish it elsewhere") {
    auto copy =
        must(ends.publishing.untyped_publisher("copy", subscriber.type(), {.max_elements = 9}));
    auto typed = must(ends.reading.subscriber<Slice<Small>>("copy"));
    REQUIRE(found_each_other(copy, typed));
    must(publisher.send(std::vector<Small>(3, numbered<Small>(2, 5))));
    must(copy.send(subscriber.wait_take(kWatchdog).bytes()));
    const auto sample = typed.wait_take(kWatchdog);
    REQUIRE(sample.size() == 3);
    for (const Small& small : sample) CHECK(is_intact(small));
  }
}

TEST_CASE("bytes without any description have only a name", "[contract]") {
  Ends ends(GENERATE(from_range(transports_here())));
  const auto jpeg = RuntimeMessageType::bytes("image/jpeg");
  auto publisher = must(ends.publishing.untyped_publisher(kTopic, jpeg, {.max_elements = 5000}));
  CHECK(publisher.max_bytes() == 5000);
  auto subscriber = must(ends.reading.untyped_subscriber(kTopic, jpeg));
  REQUIRE(found_each_other(publisher, subscriber));
  for (const std::string& text : {std::string("one"), std::string(5000, 'x'), std::string()}) {
    must(publisher.send(bytes_of(text)));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(text_of(sample) == text);
  }
  check_error(publisher.send(bytes_of(std::string(5001, 'x'))), Errc::TooLarge, {"5001", "5000"});
  check_error(ends.reading.untyped_subscriber(kTopic, RuntimeMessageType::bytes("image/png")),
              Errc::TypeMismatch, {"image/jpeg[]", "image/png[]"});
}

TEST_CASE("bytes that are no whole message are refused with both sizes", "[contract]") {
  Ends ends(GENERATE(from_range(transports_here())));
  SECTION("of one element") {
    auto publisher = must(ends.publishing.untyped_publisher(kTopic, message_type<Small>()));
    check_error(publisher.loan(sizeof(Small) + 1), Errc::TooLarge, {"Small", "41", "40"});
    check_error(publisher.send(bytes_of("short")), Errc::InvalidArgument, {"Small", "5", "40"});
    auto loan = must(publisher.loan(sizeof(Small)));
    REQUIRE(loan.try_shrink(39));
    check_error(publisher.publish(std::move(loan)), Errc::InvalidArgument, {"39", "40"});
    CHECK(loan);  // and is kept
  }
  SECTION("of many") {
    auto publisher = must(ends.publishing.untyped_publisher(kTopic, message_type<Slice<Small>>(),
                                                            {.max_elements = 3}));
    check_error(publisher.loan(79), Errc::InvalidArgument, {"79", "multiple of 40"});
    check_error(publisher.loan(160), Errc::TooLarge, {"4 elements", "at most 3"});
    CHECK(publisher.loan(120));
  }
}

TEST_CASE("a publisher has a type, also of bytes", "[contract]") {
  Ends ends(GENERATE(from_range(transports_here())));
  check_error(ends.publishing.untyped_publisher(kTopic, MessageType{}), Errc::InvalidArgument,
              {"topic", "type"});
  const auto publisher = must(ends.publishing.untyped_publisher(kTopic, message_type<Small>()));
  check_error(ends.publishing.untyped_publisher(kTopic, MessageType{}), Errc::InvalidArgument,
              {"topic", "type"});
}

TEST_CASE("an untyped loan is published once", "[contract]") {
  Ends ends(GENERATE(from_range(transports_here())));
  auto publisher = must(ends.publishing.untyped_publisher(kTopic, message_type<Small>()));
  auto loan = must(publisher.loan(sizeof(Small)));
  must(publisher.publish(std::move(loan)));
  CHECK_FALSE(loan);
  check_error(publisher.publish(std::move(loan)), Errc::InvalidArgument, {"already"});
}

TEST_CASE("a type made at run time is the one TARN_MESSAGE makes", "[contract]") {
  const auto type = message_type<Small>();
  CHECK(
      RuntimeMessageType::describe("Small", sizeof(Small), alignof(Small), std::string(type.fields))
          .view() == type);
  CHECK(RuntimeMessageType::copy_of(type).view() == type);
}

}  // namespace tarn::test
