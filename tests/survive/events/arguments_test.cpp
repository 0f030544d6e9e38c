// Arguments that no program means: names of any bytes, sizes, depths and times of any number, types that cannot
// be. Every call answers, with an error that says why or with something that works; the program goes on, and so
// do the broker and whoever else is there.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kCalls = effort(10'000, 1'000);

class RandomArguments {
 public:
  explicit RandomArguments(const TestDomain& domain) : node_(domain.open("careless")) {}

  void call() {
    switch (pick(6)) {
      case 0:
        return open();
      case 1:
        return publish();
      case 2:
        return subscribe();
      case 3:
        return publish_bytes();
      case 4:
        return subscribe_to_pattern();
      default:
        return wait();
    }
  }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::uint64_t granted() const { return granted_; }
  [[nodiscard]] std::uint64_t unexplained() const { return unexplained_; }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }

  std::uint32_t any_number() {
    constexpr std::array<std::uint32_t, 16> kEdges{
        0,     1,        2,        4,        15,          16,          17,          64,
        65535, 1U << 16, 1U << 24, 1U << 30, 0x7fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU};
    return pick(2) == 0 ? 0 : kEdges[pick(kEdges.size())];
  }
  std::chrono::nanoseconds any_time() {
    constexpr std::array<std::int64_t, 6> kEdges{
        0, 1, -1, 1000, std::numeric_limits<std::int64_t>::min(), -1'000'000'000};
    return std::chrono::nanoseconds(kEdges[pick(kEdges.size())]);
  }
  std::string any_name() {
    static const std::array<std::string, 12> kEdges{"a",
                                                    "a/b",
                                                    "",
                                                    "/",
                                                    "a//b",
                                                    "tarn/x",
                                                    "a/",
                                                    "*",
                                                    "**",
                                                    "a/**/b",
                                                    std::string(1, '\0'),
                                                    std::string(300, 'n')};
    if (pick(4) != 0) return pick(2) == 0 ? "a" : kEdges[pick(kEdges.size())];
    std::string name(pick(40), ' ');
    for (char& letter : name) letter = static_cast<char>(random_());
    return name;
  }
  RuntimeMessageType any_type() {
    static const std::array<std::string, 5> kFields{"", "f64 x", "u8", "nonsense(",
                                                    std::string(9000, 'x')};
    RuntimeMessageType type;
    type.name = pick(3) == 0 ? any_name() + "[]" : any_name();
    type.size_bytes = any_number();
    type.alignment = pick(2) == 0 ? 8 : any_number();
    type.hash = random_();
    type.fields = kFields[pick(kFields.size())];
    return type;
  }

  // Whether it was granted; an error must say something.
  template <typename T>
  bool note(const Result<T>& result) {
    if (result) {
      ++granted_;
      return true;
    }
    ++refused_;
    if (std::string(result.error().message()).size() < 10) ++unexplained_;
    return false;
  }

  void open() {
    NodeOptions options{.name = any_name(),
                        .domain = any_name(),
                        .timeout = any_time(),
                        .broker = BrokerUse::External};
    // What would be waited for in earnest is a domain that there may be.
    options.runtime_directory = "/nonexistent/" + any_name();
    (void)note(Node::open(options));
  }
  void publish() {
    auto publisher = node_.publisher<Large>(any_name(), {.name = any_name(),
                                                         .loans = any_number(),
                                                         .max_elements = any_number(),
                                                         .origin = random_()});
    if (!note(publisher)) return;
    auto loan = publisher->loan();
    if (!note(loan)) return;
    (void)note(publisher->publish(std::move(*loan),
                                  {.timeout = any_time(),
                                   .stamp_ns = random_(),
                                   .lost_before = static_cast<std::uint16_t>(random_())}));
    (void)note(publisher->publish(std::move(*loan)));
    (void)note(publisher->publish_and_wait(std::move(*loan), any_time()));
    (void)note(publisher->wait_for_subscribers(any_number(), any_time()));
  }
  void subscribe() {
    auto subscriber = node_.subscriber<Large>(any_name(), {.history = any_number(),
                                                           .depth = any_number(),
                                                           .held = any_number(),
                                                           .reliability = any_reliability()});
    if (!note(subscriber)) return;
    (void)subscriber->wait_take(any_time());
    (void)note(subscriber->seek(random_()));
    (void)note(subscriber->seek({.ring = any_number(), .generation = any_number()}, random_()));
    (void)note(subscriber->wait_for_publishers(any_number(), any_time()));
  }
  Reliability any_reliability() {
    return static_cast<Reliability>(pick(8) == 0 ? pick(256) : pick(3));
  }
  void publish_bytes() {
    const RuntimeMessageType type = any_type();
    auto publisher = node_.untyped_publisher(any_name(), type,
                                             {.loans = any_number(), .max_elements = any_number()});
    if (note(publisher)) send_bytes(*publisher);
    auto subscriber = node_.untyped_subscriber(any_name(), any_type(), {.depth = any_number()});
    if (note(subscriber)) (void)subscriber->try_take();
    (void)note(node_.untyped_subscriber(any_name()));
  }
  void send_bytes(UntypedPublisher& publisher) {
    std::vector<std::byte> bytes(std::min<std::size_t>(any_number(), 1 << 16));
    (void)note(publisher.send(bytes));
    const std::size_t asked = pick(2) == 0 ? publisher.max_bytes() : any_number();
    auto loan = publisher.loan(asked);
    if (!note(loan)) return;
    (void)loan->try_shrink(any_number());
    (void)note(publisher.publish(std::move(*loan)));
  }
  void subscribe_to_pattern() {
    auto subscriber = node_.wildcard_subscriber<Large>(
        any_name(), {.history = any_number(), .depth = any_number(), .held = any_number()});
    if (note(subscriber)) (void)subscriber->wait_take(any_time());
  }
  void wait() {
    auto set = node_.wait_set({.spin = pick(2) == 0 ? std::nullopt : std::optional(any_time())});
    if (!note(set)) return;
    (void)note(set->wait(any_time()));
    (void)note(set->add_interval(any_time()));
    auto subscriber = node_.subscriber<Large>("a");
    if (note(subscriber)) (void)note(set->attach(*subscriber, {.deadline = any_time()}));
    (void)set->detach(AttachmentId{random_()});
    (void)set->pause(AttachmentId{random_()});
    if (note(set->add_event())) (void)note(set->wait(0ns));
  }

  std::mt19937_64 random_{seed()};
  Node node_;
  std::uint64_t refused_ = 0;
  std::uint64_t granted_ = 0;
  std::uint64_t unexplained_ = 0;
};

}  // namespace

TEST_CASE("whatever arguments a call is given, it answers", "[survive][events]") {
  const TestDomain domain;
  const PassSet before(domain);
  {
    RandomArguments arguments(domain);
    for (std::uint32_t i = 0; i < kCalls; ++i) arguments.call();
    CHECK(arguments.refused() > kCalls / 10);
    CHECK(arguments.granted() > kCalls / 10);
    CHECK(arguments.unexplained() == 0);
  }
  before.check();
}

}  // namespace tarn::test
