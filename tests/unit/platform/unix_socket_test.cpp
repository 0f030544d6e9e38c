#include "platform/unix_socket.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "platform/poll_wait.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/signal_storm.hpp"

namespace tarn::platform {
namespace {

using namespace std::chrono_literals;
using namespace tarn::test;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> buffer, const Packet& packet) {
  return {reinterpret_cast<const char*>(buffer.data()), packet.bytes};
}

// Fills the socket's queue and says how many packets went in.
std::size_t fill(SeqPacketSocket& socket, std::span<const std::byte> packet) {
  std::size_t count = 0;
  while (must(socket.try_send(packet))) ++count;
  return count;
}

TEST_CASE("packets arrive whole, in order and one at a time", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  must(near.send(bytes_of("first"), kForever));
  must(near.send(bytes_of("second packet"), kForever));
  std::array<std::byte, 64> buffer{};
  auto packet = must(far.receive(buffer, kForever));
  REQUIRE(text_of(buffer, packet) == "first");
  packet = must(far.receive(buffer, kForever));
  REQUIRE(text_of(buffer, packet) == "second packet");
  REQUIRE_FALSE(packet.truncated);
  REQUIRE_FALSE(packet.closed);
  REQUIRE_FALSE(packet.had_descriptors);
}

TEST_CASE("a packet of 64 KiB arrives whole", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  std::vector<std::byte> sent(64 << 10);
  for (std::size_t index = 0; index < sent.size(); ++index) {
    sent[index] = static_cast<std::byte>(index * 7);
  }
  must(near.send(sent, kForever));
  std::vector<std::byte> received(sent.size());
  REQUIRE(must(far.receive(received, kForever)).bytes == sent.size());
  REQUIRE(received == sent);
}

TEST_CASE("a packet longer than the buffer is cut and says so", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  must(near.send(bytes_of("too long"), kForever));
  must(near.send(bytes_of("next"), kForever));
  std::array<std::byte, 4> buffer{};
  auto packet = must(far.receive(buffer, kForever));
  REQUIRE(packet.truncated);
  REQUIRE(text_of(buffer, packet) == "too ");
  packet = must(far.receive(buffer, kForever));
  REQUIRE_FALSE(packet.truncated);
  REQUIRE(text_of(buffer, packet) == "next");
}

TEST_CASE("receiving without a packet answers not now", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  std::array<std::byte, 16> buffer{};
  REQUIRE_FALSE(must(far.try_receive(buffer)).has_value());
  must(near.send(bytes_of("now"), kForever));
  const auto packet = must(far.try_receive(buffer));
  REQUIRE(packet.has_value());
  REQUIRE(text_of(buffer, *packet) == "now");
  REQUIRE_FALSE(must(far.try_receive(buffer)).has_value());
}

TEST_CASE("a receive ends at its deadline, whatever signals come", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  std::array<std::byte, 16> buffer{};
  const SignalStorm storm;
  REQUIRE(storm.shakes([&, &far = far] {
    const auto deadline = deadline_after(5ms);
    const auto packet = far.receive(buffer, deadline);
    REQUIRE_FALSE(packet.has_value());
    REQUIRE(packet.error().code() == Errc::TimedOut);
    REQUIRE(monotonic_now() >= deadline);
  }));
  must(near.send(bytes_of("still there"), kForever));
  REQUIRE(must(far.receive(buffer, kForever)).bytes == 11);
}

TEST_CASE("the end is told after the last packet, and again", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  must(near.send(bytes_of("last"), kForever));
  near.reset();
  std::array<std::byte, 16> buffer{};
  REQUIRE(text_of(buffer, must(far.receive(buffer, kForever))) == "last");
  REQUIRE(must(far.receive(buffer, kForever)).closed);
  REQUIRE(must(far.try_receive(buffer)).value().closed);
}

TEST_CASE("a peer that closes without reading still delivers its packets",
          "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  must(far.send(bytes_of("never read"), kForever));
  must(near.send(bytes_of("last words"), kForever));
  near.reset();
  std::array<std::byte, 16> buffer{};
  REQUIRE(text_of(buffer, must(far.receive(buffer, kForever))) == "last words");
  REQUIRE(must(far.receive(buffer, kForever)).closed);
}

TEST_CASE("an empty packet is not the end", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  const auto refused = near.send({}, kForever);
  REQUIRE_FALSE(refused.has_value());
  REQUIRE(refused.error().code() == Errc::InvalidArgument);
  // Whoever does not use this class can send one.
  REQUIRE(::send(near.get(), "", 0, 0) == 0);
  must(near.send(bytes_of("next"), kForever));
  std::array<std::byte, 16> buffer{};
  const auto packet = must(far.receive(buffer, kForever));
  REQUIRE(packet.bytes == 0);
  REQUIRE_FALSE(packet.closed);
  REQUIRE(text_of(buffer, must(far.receive(buffer, kForever))) == "next");
}

TEST_CASE("sending to a peer that has gone is an error and no signal", "[platform][unix_socket]") {
  auto child = ChildProcess::start([](Parent& parent) {
    ::signal(SIGPIPE, SIG_DFL);
    auto [near, far] = must(socket_pair());
    far.reset();
    const auto sent = near.send(bytes_of("anybody?"), kForever);
    parent.check(!sent && sent.error().system_errno() == EPIPE, "send says EPIPE");
    const auto tried = near.try_send(bytes_of("anybody?"));
    parent.check(!tried && tried.error().system_errno() == EPIPE, "try_send says EPIPE");
  });
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("a full queue refuses the next packet", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  const std::vector<std::byte> packet(4096);
  const std::size_t sent = fill(near, packet);
  REQUIRE(sent > 0);
  SECTION("until its deadline, whatever signals come") {
    const SignalStorm storm;
    REQUIRE(storm.shakes([&, &near = near] {
      const auto deadline = deadline_after(5ms);
      const auto late = near.send(packet, deadline);
      REQUIRE_FALSE(late.has_value());
      REQUIRE(late.error().code() == Errc::TimedOut);
      REQUIRE(monotonic_now() >= deadline);
    }));
  }
  SECTION("and loses none of those it took") {
    std::vector<std::byte> buffer(packet.size());
    for (std::size_t count = 0; count < sent; ++count) {
      REQUIRE(must(far.receive(buffer, kForever)).bytes == packet.size());
    }
    REQUIRE_FALSE(must(far.try_receive(buffer)).has_value());
    REQUIRE(must(near.try_send(packet)));
  }
}

TEST_CASE("a waiting send goes on when the other process reads", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  const std::vector<std::byte> packet(4096);
  const std::size_t before = fill(near, packet);
  constexpr std::size_t kMore = 200;
  auto child = ChildProcess::start([&, &far = far, &near = near](Parent& parent) {
    near.reset();
    parent.wait_for_go();
    std::vector<std::byte> buffer(packet.size());
    std::size_t count = 0;
    for (;;) {
      const auto received = far.receive(buffer, kForever);
      parent.check(received.has_value(), "the child receives");
      if (received->closed) break;
      ++count;
    }
    parent.check(count == before + kMore, "the child has received every packet");
  });
  far.reset();
  child.go();
  for (std::size_t count = 0; count < kMore; ++count) must(near.send(packet, kForever));
  near.reset();
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("sockets do not block and close on exec", "[platform][unix_socket]") {
  const auto [near, far] = must(socket_pair());
  for (const int fd : {near.get(), far.get()}) {
    REQUIRE((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    REQUIRE((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
}

}  // namespace
}  // namespace tarn::platform
