// A message stands where its type wants it, at both ends, in a ring slot and in a chunk.
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

struct alignas(16) Slot16 {
  std::uint8_t bytes[20];
};
TARN_MESSAGE(Slot16, bytes)
struct alignas(32) Slot32 {
  std::uint8_t bytes[20];
};
TARN_MESSAGE(Slot32, bytes)
struct alignas(64) Slot64 {
  std::uint8_t bytes[100];
};
TARN_MESSAGE(Slot64, bytes)
struct alignas(16) Chunk16 {
  std::uint8_t bytes[400];
};
TARN_MESSAGE(Chunk16, bytes)
struct alignas(64) Chunk64 {
  std::uint8_t bytes[5000];
};
TARN_MESSAGE(Chunk64, bytes)
struct Plain {
  std::uint8_t bytes[300];
};
TARN_MESSAGE(Plain, bytes)

template <typename T>
bool is_aligned(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) % alignof(T) == 0;
}

struct Nodes {
  explicit Nodes(const TransportKind& kind)
      : transport(kind.open({})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
};

// Objects one byte apart from each other, as far as their own alignment lets them.
template <typename S>
struct Skewed {
  char skew;
  S sample;
};

}  // namespace

TEMPLATE_TEST_CASE("a message is aligned as its type asks, wherever it stands", "[contract]",
                   Slot16, Slot32, Slot64, Chunk16, Chunk64) {
  Nodes nodes(GENERATE(from_range(transports())));
  auto publisher = must(nodes.publishing.template publisher<TestType>("topic"));
  auto subscriber = must(nodes.reading.template subscriber<TestType>("topic"));
  auto untyped = must(nodes.reading.untyped_subscriber("topic"));
  REQUIRE(meet(publisher, subscriber, 2));
  for (int i = 0; i < 5; ++i) {
    auto loan = must(publisher.loan());
    auto other = must(publisher.loan());
    CHECK(is_aligned<TestType>(&*loan));
    CHECK(is_aligned<TestType>(&*other));
    *loan = TestType{};
    must(publisher.publish(std::move(loan)));
    Skewed<Sample<TestType>> taken{.skew = 0, .sample = subscriber.wait_take(kWatchdog)};
    REQUIRE(taken.sample);
    CHECK(is_aligned<TestType>(&*taken.sample));
    Skewed<Sample<TestType>> moved{.skew = 0, .sample = std::move(taken.sample)};
    CHECK(is_aligned<TestType>(&*moved.sample));
    const std::vector<Sample<TestType>> copies(3, moved.sample);
    for (const auto& copy : copies) CHECK(is_aligned<TestType>(&*copy));
    const auto bytes = untyped.wait_take(kWatchdog);
    REQUIRE(bytes);
    CHECK(is_aligned<TestType>(bytes.bytes().data()));
  }
}

// Where a loan lies is seen in its publisher's process alone.
TEMPLATE_TEST_CASE("every element of a slice is aligned as its type asks", "[contract]", Slot16,
                   Slot64, Chunk64) {
  Nodes nodes(GENERATE(from_range(transports_here())));
  const std::uint32_t most = GENERATE(1U, 3U, 9U);
  auto publisher =
      must(nodes.publishing.template publisher<Slice<TestType>>("topic", {.max_elements = most}));
  auto subscriber = must(nodes.reading.template subscriber<Slice<TestType>>("topic"));
  REQUIRE(meet(publisher, subscriber));
  auto loan = must(publisher.loan(most));
  for (TestType& element : loan) {
    CHECK(is_aligned<TestType>(&element));
    element = TestType{};
  }
  must(publisher.publish(std::move(loan)));
  Skewed<Sample<Slice<TestType>>> taken{.skew = 0, .sample = subscriber.wait_take(kWatchdog)};
  REQUIRE(taken.sample.size() == most);
  for (const TestType& element : taken.sample) CHECK(is_aligned<TestType>(&element));
}

TEST_CASE("what asks for no alignment may stand anywhere, but gets a cache line", "[contract]") {
  Nodes nodes(GENERATE(from_range(transports_here())));
  auto publisher = must(nodes.publishing.publisher<Plain>("topic"));
  const auto loan = must(publisher.loan());
  CHECK(reinterpret_cast<std::uintptr_t>(&*loan) % 64 == 0);
}

}  // namespace tarn::test
