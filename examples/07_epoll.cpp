// Receives what 01_publish sends in an event loop of its own: a subscriber is one more fd to watch.
//
//   07_epoll [COUNT]        ends after COUNT readings, or when none came for three seconds
#include <sys/epoll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include <tarn/tarn.hpp>

#include "examples/reading.hpp"

using examples::Reading;

namespace {

constexpr int kPatienceMs = 3000;

// True when at least one reading came and none was damaged.
bool receive_readings(std::uint64_t count) {
  auto node = tarn::Node::open({.name = "epoll"}).value();
  auto subscriber = node.subscriber<Reading>(examples::kReadingTopic, {.history = 1}).value();

  // Readable while there is something to take. It belongs to the subscriber and is closed with it, so
  // the loop goes first.
  epoll_event watched{};
  watched.events = EPOLLIN;
  watched.data.fd = subscriber.fd().value();
  const int loop = ::epoll_create1(EPOLL_CLOEXEC);
  if (::epoll_ctl(loop, EPOLL_CTL_ADD, watched.data.fd, &watched) != 0) return false;
  std::cout << "waiting for " << examples::kReadingTopic << std::endl;

  std::uint64_t wrong = 0;
  epoll_event ready{};
  while (subscriber.counts().received < count) {
    if (::epoll_wait(loop, &ready, 1, kPatienceMs) <= 0) break;
    // It stays readable until a take finds nothing, so taking one at a time works as well.
    while (const auto sample = subscriber.try_take()) {
      if (!examples::is_whole(*sample)) ++wrong;
      std::cout << "got #" << sample.sequence() << ": " << sample->celsius << " C\n";
    }
  }
  ::close(loop);

  const tarn::SubscriberCounts counts = subscriber.counts();
  std::cout << "received " << counts.received << ", lost " << counts.lost() << ", wrong " << wrong
            << '\n';
  return counts.received + counts.history_received > 0 && wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100;
    return receive_readings(count) ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "07_epoll: " << failure.error().message() << '\n';
    return 1;
  }
}
