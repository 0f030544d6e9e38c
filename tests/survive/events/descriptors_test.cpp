// What a program that is executed finds of ours: nothing. Whoever opened a descriptor for tarn made it
// close-on-exec in the same call, the embedded broker too.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

namespace {

// One of each thing that may own a descriptor.
struct Everything {
  Everything(Parent& parent, const NodeOptions& options)
      : node(need(parent, Node::open(options))),
        publisher(need(parent, node.publisher<Large>("topic"))),
        subscriber(need(parent, node.subscriber<Large>("topic"))),
        other(need(parent, node.subscriber<Large>("topic"))),
        pattern(need(parent, node.wildcard_subscriber<Large>("**"))),
        set(need(parent, node.wait_set())),
        observer(need(parent, Observer::open({.runtime_directory = options.runtime_directory}))) {
    need(parent, subscriber.fd());
    need(parent, set.attach(other));
    need(parent, set.fd());
    need(parent, publisher.send(numbered<Large>(1, 1)));
    parent.check(static_cast<bool>(subscriber.try_take()), "the message comes");
  }

  Node node;
  Publisher<Large> publisher;
  Subscriber<Large> subscriber;
  Subscriber<Large> other;
  WildcardSubscriber<Large> pattern;
  WaitSet set;
  Observer observer;
};

// The descriptors that `before` had not, each with what it is.
std::string opened_since(const OpenDescriptors& before, std::size_t& count) {
  std::string names;
  count = 0;
  for (const auto& [fd, what] : open_descriptors()) {
    if (before.count(fd) != 0) continue;
    ++count;
    if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) names += " " + what;
  }
  return names;
}

// Becomes a shell that writes the descriptors it has beyond its first three to `file`.
[[noreturn]] void list_as_another_program(const std::string& file) {
  const std::string command =
      "for f in /proc/$$/fd/*; do readlink $f; done >" + file + ".new; mv " + file + ".new " + file;
  ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  ::_exit(kCheckFailed);
}

void check_nothing_is_inherited(const NodeOptions& options) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("descriptors");
  auto child = ChildProcess::start([&](Parent& parent) {
    const OpenDescriptors before = open_descriptors();
    const Everything everything(parent, options);
    std::size_t count = 0;
    const std::string inheritable = opened_since(before, count);
    parent.check(count >= 8, "descriptors were opened");
    parent.check(inheritable.empty(), "these would be inherited:" + inheritable);
    list_as_another_program(file);
  });
  CHECK(child.join() == kCleanExit);
  std::ifstream list(file);
  REQUIRE(list);
  for (std::string what; std::getline(list, what);) {
    INFO(what);
    CHECK(what.find(options.runtime_directory) == std::string::npos);
    CHECK(what.find("socket:") == std::string::npos);
    CHECK(what.find("anon_inode:") == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a program that is executed inherits no descriptor of ours", "[survive][events]") {
  SECTION("from a client") {
    const TestDomain domain;
    check_nothing_is_inherited(domain.node("executing"));
  }
  SECTION("from a process that has the broker") {
    const TemporaryDirectory directory;
    check_nothing_is_inherited(
        {.name = "executing", .runtime_directory = directory.path(), .timeout = kWatchdog});
  }
}

}  // namespace tarn::test
