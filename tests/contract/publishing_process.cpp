#include "tests/contract/publishing_process.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace tarn::test {

namespace {

// A publish may wait for as long as its test allows.
constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(100);

std::array<int, 2> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::runtime_error("no pair of sockets for a publishing process");
  }
  return ends;
}

}  // namespace

PublishingProcess::PublishingProcess()
    : child_([this] {
        const auto ends = socket_pair();
        auto child = ChildProcess::start([&ends](Parent&) {
          ::close(ends[0]);
          serve(ends[1]);
        });
        ::close(ends[1]);
        socket_ = ends[0];
        return child;
      }()) {}

// Other processes that were started meanwhile hold this end of the pair, too, so the child is told.
PublishingProcess::~PublishingProcess() {
  const Call nothing{};
  (void)::send(socket_, &nothing, kCallBytes, MSG_NOSIGNAL);
  ::close(socket_);
  (void)child_.join();
}

void PublishingProcess::serve(int socket) {
  Objects objects;
  Call what;
  std::array<std::byte, kMostBytes> answer;
  while (::recv(socket, &what, sizeof(what), 0) >= static_cast<ssize_t>(kCallBytes) &&
         what.carrier != nullptr) {
    const std::size_t bytes = what.carrier(what.run, objects, what.operands, answer.data());
    if (::send(socket, answer.data(), bytes, MSG_NOSIGNAL) < 0) return;
  }
}

void PublishingProcess::exchange(const Call& what, std::span<std::byte> answer) {
  const std::lock_guard lock(one_call_);
  const std::size_t bytes = kCallBytes + what.bytes;
  if (::send(socket_, &what, bytes, MSG_NOSIGNAL) != static_cast<ssize_t>(bytes)) {
    throw std::runtime_error("the publishing process has ended");
  }
  pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, static_cast<int>(kPatience.count())) != 1 ||
      ::recv(socket_, answer.data(), answer.size(), 0) != static_cast<ssize_t>(answer.size())) {
    throw std::runtime_error("the publishing process does not answer");
  }
}

void PublishingProcess::drop(std::uint64_t number) {
  call(
      +[](Objects& objects, const std::uint64_t& which) {
        objects.drop(which);
        return true;
      },
      number);
}

}  // namespace tarn::test
