#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kThreads = 4;
constexpr std::uint32_t kVisits = effort(50, 15);

NodeOptions options_in(const TemporaryDirectory& directory) {
  return {.name = "visitor", .runtime_directory = directory.path(), .timeout = kWatchdog};
}

// Whether this process has the lock of the role open, in this directory.
bool has_role_open(const std::string& directory) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (target == directory + "/broker.lock") return true;
  }
  return false;
}

// Node, publisher, subscriber, and one message from one to the other. Empty: it came, whole.
std::string visit(const TemporaryDirectory& directory, std::uint32_t writer) {
  auto node = Node::open(options_in(directory));
  if (!node) return node.error().message();
  const std::string topic = "visits/" + std::to_string(writer);
  auto subscriber = node->subscriber<Small>(topic);
  if (!subscriber) return subscriber.error().message();
  auto publisher = node->publisher<Small>(topic);
  if (!publisher) return publisher.error().message();
  const auto sent = publisher->send(numbered<Small>(writer, 1));
  if (!sent) return sent.error().message();
  const auto sample = subscriber->wait_take(kWatchdog);
  return sample && sample->writer == writer && is_intact(*sample) ? "" : "the message did not come";
}

}  // namespace

TEST_CASE("threads that open and close nodes share whichever broker there is", "[host]") {
  if (is_emulated()) {
    return skip(
        "the emulator gives each thread another start time of its process, by which a broker "
        "tells it from a dead one with its pid");
  }
  const TemporaryDirectory directory;
  std::array<std::string, kThreads> wrong;
  std::vector<std::thread> threads;
  for (std::uint32_t writer = 0; writer < kThreads; ++writer) {
    threads.emplace_back([&, writer] {
      for (std::uint32_t i = 0; i < kVisits && wrong[writer].empty(); ++i) {
        wrong[writer] = visit(directory, writer);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& what : wrong) CHECK(what == "");
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("two domains of one process have a broker each", "[host]") {
  const TemporaryDirectory one;
  const TemporaryDirectory other;
  auto first = must(Node::open(options_in(one)));
  auto second = must(Node::open(options_in(other)));
  auto subscriber = must(first.subscriber<Small>("topic"));
  auto publisher = must(second.publisher<Small>("topic"));
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK_FALSE(subscriber.try_take());
  CHECK(subscriber.publisher_count() == 0);
}

TEST_CASE("a process forks as often as it likes while its broker works", "[host]") {
  const TemporaryDirectory directory;
  auto node = must(Node::open(options_in(directory)));
  std::atomic<bool> stop = false;
  std::string wrong;
  std::thread visitor([&] {
    while (!stop && wrong.empty()) wrong = visit(directory, 1);
  });
  REQUIRE(has_role_open(directory.path()));
  constexpr int kForks = effort(100, 20);
  int ended = 0;
  for (int i = 0; i < kForks; ++i) {
    auto child = ChildProcess::start([&](Parent& parent) {
      parent.check(!has_role_open(directory.path()), "the role stays with the parent");
    });
    if (child.join() == kCleanExit) ++ended;
  }
  stop = true;
  visitor.join();
  CHECK(ended == kForks);
  CHECK(wrong == "");
}

}  // namespace tarn::test
