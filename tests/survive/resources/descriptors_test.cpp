// File descriptors run out: in a client at every step of its life, in the broker while clients come and come
// back. Whoever asked is told which process is short of them, nobody turns in circles, and once there are
// some again everything goes on.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/resources/failing_calls.hpp"
#include "tests/survive/resources/full_life.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

// A process's limit of descriptors, given back at the end.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(std::int32_t pid) : pid_(pid) {
    REQUIRE(::prlimit(pid_, RLIMIT_NOFILE, nullptr, &before_) == 0);
  }
  ~DescriptorLimit() { give_back(); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

  void lower_to(rlim_t most) const {
    rlimit lowered = before_;
    lowered.rlim_cur = most;
    REQUIRE(::prlimit(pid_, RLIMIT_NOFILE, &lowered, nullptr) == 0);
  }
  void give_back() const { ::prlimit(pid_, RLIMIT_NOFILE, &before_, nullptr); }

 private:
  std::int32_t pid_;
  rlimit before_{};
};

bool is_open(rlim_t fd) { return ::fcntl(static_cast<int>(fd), F_GETFD) != -1; }

// The limit at which a process can open `spare` descriptors more: some numbers in between may be unused.
rlim_t limit_for(std::int32_t pid, rlim_t spare) {
  std::set<rlim_t> used;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    used.insert(std::stoul(entry.path().filename().string()));
  }
  // The directory that was read is closed by now.
  if (pid == ::getpid()) std::erase_if(used, [](rlim_t fd) { return !is_open(fd); });
  rlim_t limit = 0;
  for (rlim_t unused = 0; unused < spare || used.count(limit) != 0; ++limit) {
    if (used.count(limit) == 0) ++unused;
  }
  return limit;
}

bool names_the_limit(const Error& error) {
  return error.system_errno() == EMFILE ||
         std::string(error.message()).find("RLIMIT_NOFILE") != std::string::npos;
}

CallRule fail_all(std::uint64_t number, int error) {
  return [=](const SystemCall& call) {
    return call.number == number ? fail_with(error) : CallOrder{};
  };
}

std::size_t count_of(const std::vector<SystemCall>& calls, std::uint64_t number) {
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(), [=](const SystemCall& call) { return call.number == number; }));
}

// Opens a node as soon as it is told to, and says how that went.
ChildProcess start_newcomer(const TestDomain& domain) {
  return ChildProcess::start([&](Parent& parent) {
    parent.wait_for_go();
    const auto node = Node::open(domain.node("newcomer"));
    parent.report(node ? "welcome" : node.error().message());
  });
}

}  // namespace

TEST_CASE("a client short of descriptors is told so at every step, and goes on when it has some",
          "[survive][resources]") {
  const TestDomain domain = domain_for_lives();
  const PoolObserver pool(domain.path());
  bool lived = false;
  for (rlim_t spare = 0; !lived; ++spare) {
    REQUIRE(spare < 20);
    auto child = ChildProcess::start([&](Parent& parent) {
      const std::size_t open_before = descriptor_count(::getpid());
      rlimit usual{};
      ::getrlimit(RLIMIT_NOFILE, &usual);
      const rlimit few{.rlim_cur = limit_for(::getpid(), spare), .rlim_max = usual.rlim_max};
      ::setrlimit(RLIMIT_NOFILE, &few);
      const auto first = live_once(domain.node("short"));
      ::setrlimit(RLIMIT_NOFILE, &usual);
      parent.check(
          first || names_the_limit(first.error()),
          first ? "" : "the error tells of descriptors: " + std::string(first.error().message()));
      need(parent, live_once(domain.node("rich")));
      parent.check(descriptor_count(::getpid()) == open_before, "no descriptor is left open");
      parent.report(first ? "lived" : "told");
    });
    lived = child.next_report() == "lived";
    REQUIRE(child.join() == kCleanExit);
    REQUIRE(pool.becomes_empty());
  }
}

TEST_CASE("a broker short of descriptors tells newcomers, and takes them in when it has some",
          "[survive][resources]") {
  const TestDomain domain = domain_for_lives();
  const PoolObserver pool(domain.path());
  const std::int32_t broker = domain.broker_pid();
  const std::size_t open_before = descriptor_count(broker);
  const DescriptorLimit limit(broker);
  for (rlim_t spare = 0; spare <= 8; ++spare) {
    limit.lower_to(limit_for(broker, spare));
    const auto lived = live_once(domain.node("early"));
    INFO(spare << " to spare: " << (lived ? "lived" : lived.error().message()));
    // A waiting set needs four of them: connection, process, and what it hands out.
    CHECK((lived || names_the_limit(lived.error())));
    CHECK((spare > 0 || !lived));
    CHECK((spare < 8 || lived));
    if (!lived) CHECK(std::string(lived.error().message()).find("broker") != std::string::npos);
    limit.give_back();
    must(live_once(domain.node("late")));
    REQUIRE(pool.becomes_empty());
    REQUIRE(wait_until([&] { return descriptor_count(broker) == open_before; }));
  }
}

TEST_CASE("a broker that can take in nobody rests between its tries", "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  const TestDomain domain = domain_for_lives();
  auto newcomer = start_newcomer(domain);
  std::optional<DescriptorLimit> limit;
  std::optional<CallTracer> tracer;
  SECTION("for want of memory") {
    tracer.emplace(domain.broker_pid(), TraceOptions{.rule = fail_all(SYS_accept4, ENOMEM)});
  }
  SECTION("for want of descriptors anywhere on the machine") {
    tracer.emplace(domain.broker_pid(), TraceOptions{.rule = fail_all(SYS_accept4, ENFILE)});
  }
  SECTION("for want of descriptors, with none kept for it either") {
    limit.emplace(domain.broker_pid());
    limit->lower_to(3);
    tracer.emplace(domain.broker_pid(), TraceOptions{});
  }
  newcomer.go();
  REQUIRE(wait_until([&] { return count_of(tracer->calls(), SYS_accept4) > 0; }));
  const auto before = std::chrono::steady_clock::now();
  const std::size_t tries_before = count_of(tracer->calls(), SYS_accept4);
  std::this_thread::sleep_for(200ms);  // a span to count in
  const std::size_t tries = count_of(tracer->calls(), SYS_accept4) - tries_before;
  const auto passed = std::chrono::steady_clock::now() - before;
  INFO(tries << " tries in " << passed / 1ms << " ms");
  // Two calls to a try where a descriptor is given up for it. A broker in circles makes thousands.
  CHECK(tries <= 4 + static_cast<std::size_t>(passed / 5ms));
  if (limit) limit->give_back();
  tracer->detach();
  CHECK(newcomer.next_report() == "welcome");
  CHECK(newcomer.join() == kCleanExit);
}

TEST_CASE("a broker short of descriptors turns nobody away for good who comes back",
          "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  TestDomain domain = domain_for_lives();
  auto node = domain.open("resident");
  auto publisher = must(node.publisher<Small>(kSmallTopic));
  domain.kill_broker();
  domain.start_broker();
  // First it opens the file of liveness bytes, then what tells it that the process is the one it knows.
  const auto rule = [opened = 0](const SystemCall& call) mutable {
    return call.number == SYS_openat && ++opened == 2 ? fail_with(EMFILE) : CallOrder{};
  };
  CallTracer tracer(domain.broker_pid(), {.rule = rule});
  bool told = false;
  for (int tries = 0; tries < 5 && !told; ++tries) {
    const auto second = node.publisher<Large>(kLargeTopic);
    if (!second) CHECK(names_the_limit(second.error()));
    told = second.has_value();
  }
  tracer.detach();
  CHECK(told);
  CHECK(tracer.was_obeyed());
  must(publisher.send(numbered<Small>(1, 1)));
}

TEST_CASE("a process without a descriptor to spare comes back to a broker that was restarted",
          "[survive][resources]") {
  TestDomain domain = domain_for_lives();
  auto child = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("full")));
    const rlimit none{.rlim_cur = limit_for(::getpid(), 0), .rlim_max = 1U << 16};
    ::setrlimit(RLIMIT_NOFILE, &none);
    parent.report("full");
    parent.wait_for_go();
    need(parent, node.publisher<Small>(kSmallTopic));
  });
  REQUIRE(child.next_report() == "full");
  domain.kill_broker();
  domain.start_broker();
  child.go();
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("a page that was refused for want of memory is not left writable",
          "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  const TestDomain domain = domain_for_lives();
  const auto body = [&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("refused")));
    const std::uint64_t writable = writable_bytes_of(::getpid(), "/pool");
    parent.check(writable > 0, "the bells are writable");
    mark_begin();
    const auto publisher = node.publisher<Large>(kLargeTopic);
    mark_end();
    parent.check(!publisher && publisher.error().code() == Errc::OutOfMemory, "it is refused");
    parent.check(writable_bytes_of(::getpid(), "/pool") == writable, "nothing else is writable");
  };
  auto traced = start_traced(body, {.rule = fail_all(SYS_madvise, ENOMEM), .between_marks = true});
  CHECK(traced.child.join() == kCleanExit);
}

}  // namespace tarn::test
