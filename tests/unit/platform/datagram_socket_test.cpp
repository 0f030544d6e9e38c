#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "platform/datagram_socket.hpp"
#include "platform/poll_wait.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"
#include "platform/unix_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

bool readable(const FileDescriptor& socket) {
  return must(wait_ready(socket.get(), Interest::Readable, MonotonicTime::min()));
}

// Rings until the receiver's queue is full.
int fill(const DatagramSender& sender, std::uint32_t number) {
  int sent = 0;
  for (; sender.send(number) == DatagramSent::Sent; ++sent) REQUIRE(sent < 100'000);
  return sent;
}

TEST_CASE("a datagram makes the socket it was sent to readable until it is drained",
          "[platform][datagram]") {
  const TemporaryDirectory directory;
  const auto receiver = must(bind_datagram_socket(directory.file("7"), 0600));
  const auto sender = must(DatagramSender::create(directory.path()));
  REQUIRE_FALSE(readable(receiver));
  REQUIRE_FALSE(drain_datagrams(receiver.get()));
  REQUIRE(sender.send(7) == DatagramSent::Sent);
  REQUIRE(sender.send(7) == DatagramSent::Sent);
  REQUIRE(readable(receiver));
  REQUIRE(drain_datagrams(receiver.get()));
  REQUIRE_FALSE(readable(receiver));
  REQUIRE((::fcntl(receiver.get(), F_GETFL) & O_NONBLOCK) != 0);
  REQUIRE((::fcntl(receiver.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a send waits for nobody and raises nothing", "[platform][datagram]") {
  const TemporaryDirectory directory;
  const auto sender = must(DatagramSender::create(directory.path()));
  SECTION("when the receiver never reads: it is full, which is as good as sent") {
    const auto receiver = must(bind_datagram_socket(directory.file("1"), 0600));
    REQUIRE(fill(sender, 1) > 0);
    REQUIRE(sender.send(1) == DatagramSent::Full);
    REQUIRE(drain_datagrams(receiver.get()));
    REQUIRE(sender.send(1) == DatagramSent::Sent);
  }
  SECTION("when there is no such path") {
    errno = EXDEV;
    REQUIRE(sender.send(1) == DatagramSent::Nobody);
    REQUIRE(errno == EXDEV);
  }
  SECTION("when the receiver has gone and left its path") {
    (void)must(bind_datagram_socket(directory.file("1"), 0600));
    REQUIRE(sender.send(1) == DatagramSent::Nobody);
  }
  SECTION("when the receiver goes with its queue full") {
    auto receiver = must(bind_datagram_socket(directory.file("1"), 0600));
    REQUIRE(fill(sender, 1) > 0);
    receiver.reset();
    REQUIRE(sender.send(1) == DatagramSent::Nobody);
  }
  SECTION("when the whole directory has gone") {
    const auto lost = must(DatagramSender::create(directory.file("gone")));
    REQUIRE(lost.send(1) == DatagramSent::Nobody);
  }
  SECTION("when no socket can have so long a path") {
    const auto lost = must(DatagramSender::create(directory.file(std::string(200, 'x'))));
    REQUIRE(lost.send(1) == DatagramSent::Nobody);
  }
  SECTION("when something else has that name") {
    (void)must(open_or_create_file(directory.file("1"), 0600));
    REQUIRE(sender.send(1) == DatagramSent::Nobody);
  }
  SECTION("before it was made") { REQUIRE(DatagramSender().send(1) == DatagramSent::Nobody); }
}

TEST_CASE("receivers that never read keep a sender from nobody else", "[platform][datagram]") {
  const TemporaryDirectory directory;
  const auto sender = must(DatagramSender::create(directory.path()));
  const auto last = must(bind_datagram_socket(directory.file("0"), 0600));
  // More unread datagrams than one socket may have under way at the same time.
  constexpr std::uint32_t kStuck = 600;
  std::vector<FileDescriptor> stuck;
  int sent = 0;
  for (std::uint32_t number = 1; number <= kStuck; ++number) {
    stuck.push_back(must(bind_datagram_socket(directory.file(std::to_string(number)), 0600)));
    sent += fill(sender, number);
  }
  CAPTURE(sent);
  for (std::uint32_t number = 1; number <= kStuck; ++number) {
    CAPTURE(number);
    REQUIRE(sender.send(number) == DatagramSent::Full);
    REQUIRE(readable(stuck[number - 1]));
  }
  REQUIRE(sender.send(0) == DatagramSent::Sent);
  REQUIRE(readable(last));
}

TEST_CASE("a socket is bound with exactly the mode asked for", "[platform][datagram]") {
  const TemporaryDirectory directory;
  SECTION("in the place of one that is there already") {
    auto former = must(bind_datagram_socket(directory.file("1"), 0600));
    const auto receiver = must(bind_datagram_socket(directory.file("1"), 0660));
    REQUIRE(must(path_facts(directory.file("1"))).mode == 0660);
    const auto sender = must(DatagramSender::create(directory.path()));
    REQUIRE(sender.send(1) == DatagramSent::Sent);
    REQUIRE(readable(receiver));
    REQUIRE_FALSE(readable(former));
  }
  SECTION("but not in the place of anything else") {
    (void)must(open_or_create_file(directory.file("1"), 0600));
    const auto refused = bind_datagram_socket(directory.file("1"), 0600);
    REQUIRE(refused.error().code() == Errc::InvalidRuntime);
    REQUIRE(must(path_facts(directory.file("1"))).kind == PathKind::RegularFile);
  }
  SECTION("and nowhere when the path is too long") {
    const auto refused = bind_datagram_socket(directory.file(std::string(200, 'x')), 0600);
    REQUIRE(refused.error().code() == Errc::InvalidRuntime);
  }
}

TEST_CASE("a sender holds one descriptor however many it sends to", "[platform][datagram]") {
  const TemporaryDirectory directory;
  const auto sender = must(DatagramSender::create(directory.path()));
  std::vector<FileDescriptor> receivers;
  for (std::uint32_t number = 0; number < 8; ++number) {
    receivers.push_back(must(bind_datagram_socket(directory.file(std::to_string(number)), 0600)));
  }
  // The lowest free number: the same after as before.
  const int before = FileDescriptor(::dup(0)).get();
  for (std::uint32_t number = 0; number < 8; ++number) (void)fill(sender, number);
  REQUIRE(FileDescriptor(::dup(0)).get() == before);
}

}  // namespace
}  // namespace tarn::platform
