// After setup the data path allocates nothing: every way to the heap is counted while its steps run.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include <tarn/coroutine.hpp>
#include <tarn/tarn.hpp>

#include "tests/process/data_path.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

// The C library's own, under the names that let a program put something before them. operator new
// comes here, too.
extern "C" {
void* __libc_malloc(std::size_t bytes);                           // NOLINT
void* __libc_calloc(std::size_t count, std::size_t bytes);        // NOLINT
void* __libc_realloc(void* memory, std::size_t bytes);            // NOLINT
void* __libc_memalign(std::size_t alignment, std::size_t bytes);  // NOLINT
void __libc_free(void* memory);                                   // NOLINT
}

namespace tarn::test {
namespace {

// Every thread's; relaxed, for only one thread of this program counts.
std::atomic<std::uint64_t> heap_calls{0};

void count_heap_call() { heap_calls.fetch_add(1, std::memory_order_relaxed); }
std::uint64_t counted() { return heap_calls.load(std::memory_order_relaxed); }

}  // namespace
}  // namespace tarn::test

extern "C" {
void* malloc(std::size_t bytes) noexcept {
  tarn::test::count_heap_call();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  tarn::test::count_heap_call();
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  tarn::test::count_heap_call();
  return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  tarn::test::count_heap_call();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return memalign(alignment, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  *memory = memalign(alignment, bytes);
  return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) noexcept {
  // Freeing what was allocated before is a walk through the heap as well.
  if (memory != nullptr) tarn::test::count_heap_call();
  __libc_free(memory);
}
}

namespace tarn::test {

TEST_CASE("the heap is counted, whichever way one takes", "[process][heap]") {
  const std::uint64_t before = counted();
  void* volatile plain = std::malloc(8);
  std::free(plain);
  CHECK(counted() - before >= 2);
  const std::uint64_t between = counted();
  auto* volatile number = new std::uint64_t;
  delete number;
  CHECK(counted() - between >= 2);
}

TEST_CASE("after setup the data path allocates nothing", "[process][heap]") {
  const TestDomain domain(
      {.topics = {listed("small", sizeof(Small), {}), listed("large", sizeof(Large), {})}});
  DataPath path(domain.node("counted"));
  for (const DataPath::Step& step : DataPath::steps()) {
    const std::uint64_t before = counted();
    // From the very first time on: there is no warming up after setup.
    for (int i = 0; i < 1000; ++i) (path.*step.run)();
    const std::uint64_t calls = counted() - before;
    INFO(step.name);
    CHECK(calls == 0);
  }
  CHECK(path.went_well());
}

TEST_CASE("sleeping and being woken allocates nothing", "[process][heap]") {
  const TestDomain domain({.topics = {listed("small", sizeof(Small), {})}});
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Small>("small"));
  auto writer = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("writer")));
    auto publisher = need(parent, own.publisher<Small>("small"));
    parent.report("ready");
    for (std::uint64_t number = 1; number <= 100; ++number) {
      parent.wait_for_go();
      need(parent, publisher.send(numbered<Small>(1, number)));
    }
  });
  REQUIRE(writer.next_report() == "ready");
  CHECK_FALSE(subscriber.try_take());  // joins the new publisher's ring: that is setup
  std::uint64_t calls = 0;
  for (std::uint64_t number = 1; number <= 100; ++number) {
    writer.go();
    const std::uint64_t before = counted();
    const auto sample = subscriber.wait_take(kWatchdog);
    const auto nothing = subscriber.wait_take(std::chrono::microseconds(50));
    calls += counted() - before;
    REQUIRE(sample);
    CHECK(sample->number == number);
    CHECK_FALSE(nothing);
  }
  CHECK(calls == 0);
  CHECK(writer.join() == kCleanExit);
}

TEST_CASE("a wait set allocates nothing once everything is attached", "[process][heap]") {
  const TestDomain domain;
  auto node = domain.open("reader");
  auto set = must(node.wait_set());
  auto event = must(set.add_event([] {}));
  auto interval = must(set.add_interval(std::chrono::microseconds(100), [] {}));
  std::uint64_t called = 0;
  std::vector<Publisher<Small>> publishers;
  std::vector<Subscriber<Small>> subscribers;
  subscribers.reserve(3);
  for (const char* topic : {"one", "two", "three"}) {
    publishers.push_back(must(node.publisher<Small>(topic)));
    auto& subscriber = subscribers.emplace_back(must(node.subscriber<Small>(topic)));
    must(set.attach(subscriber, {.callback =
                                     [&] {
                                       (void)subscriber.try_take();
                                       if (++called % 3 == 0) set.stop();
                                     },
                                 .deadline = std::chrono::microseconds(50)}));
  }
  std::uint64_t failures = 0;
  const std::uint64_t before = counted();
  for (int i = 0; i < 1000; ++i) {
    for (auto& publisher : publishers) failures += publisher.send(numbered<Small>(1, 1)) ? 0 : 1;
    event.trigger();
    failures += set.wait(std::chrono::microseconds(200)) ? 0 : 1;
    failures += set.run() ? 0 : 1;
  }
  CHECK(counted() - before == 0);
  CHECK(failures == 0);
  CHECK(called >= 3000);
  CHECK(set.detach(interval));
}

namespace {

// Counts in a coroutine's own frame.
Coroutine count_messages(Stream<Small>& stream, std::uint64_t wanted, WaitSet& set) {
  for (std::uint64_t received = 0; received < wanted; ++received) {
    const auto sample = co_await stream.next();
    if (!sample) break;
  }
  set.stop();
}

}  // namespace

TEST_CASE("awaiting, being resumed and waiting by an fd allocates nothing", "[process][heap]") {
  const TestDomain domain({.topics = {listed("small", sizeof(Small), {})}});
  auto node = domain.open("reader");
  auto publisher = must(node.publisher<Small>("small"));
  auto subscriber = must(node.subscriber<Small>("small"));
  (void)must(subscriber.fd());
  CHECK_FALSE(subscriber.try_take());
  auto set = must(node.wait_set());
  (void)must(set.fd());
  auto stream = must(Stream<Small>::open(set, must(node.subscriber<Small>("small"))));
  std::uint64_t sent = 0;
  constexpr std::uint64_t kMessages = 100;
  const auto counting = count_messages(stream, kMessages, set);
  std::uint64_t taken = 0;
  (void)must(set.add_interval(std::chrono::microseconds(50), Callback([&] {
                                if (publisher.send(numbered<Small>(1, ++sent))) {
                                  if (subscriber.try_take()) ++taken;
                                  if (!subscriber.try_take()) ++taken;
                                }
                              })));
  const std::uint64_t before = counted();
  const bool ran = set.run().has_value();
  const std::uint64_t calls = counted() - before;
  CHECK(ran);
  CHECK(counting.done());
  CHECK(taken == 2 * sent);
  CHECK(sent >= kMessages);
  CHECK(calls == 0);
}

}  // namespace tarn::test
