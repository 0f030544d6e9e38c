// Receives what 01_publish sends in an Asio program: the subscriber's fd waits beside sockets and timers.
//
//   08_asio [COUNT]        ends after COUNT readings, or when none came for three seconds
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>

#include <asio.hpp>
#include <tarn/tarn.hpp>

#include "examples/reading.hpp"

using namespace std::chrono_literals;
using examples::Reading;

namespace {

class Receiver {
 public:
  Receiver(asio::io_context& loop, tarn::Subscriber<Reading>& subscriber, std::uint64_t count)
      : subscriber_(subscriber),
        count_(count),
        descriptor_(loop, subscriber.fd().value()),
        patience_(loop) {}
  ~Receiver() { descriptor_.release(); }  // the fd is the subscriber's to close

  void wait() {
    patience_.expires_after(3s);
    patience_.async_wait([this](const asio::error_code& error) {
      if (!error) descriptor_.cancel();
    });
    descriptor_.async_wait(descriptor_.wait_read, [this](const asio::error_code& error) {
      patience_.cancel();
      if (!error) take();
    });
  }
  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }

 private:
  void take() {
    // Asio hears once of each time the fd becomes readable, so take until there is no more.
    while (const auto sample = subscriber_.try_take()) {
      if (!examples::is_whole(*sample)) ++wrong_;
      std::cout << "got #" << sample.sequence() << ": " << sample->celsius << " C\n";
    }
    if (subscriber_.counts().received < count_) wait();
  }

  tarn::Subscriber<Reading>& subscriber_;
  std::uint64_t count_;
  std::uint64_t wrong_ = 0;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer patience_;
};

// True when at least one reading came and none was damaged.
bool receive_readings(std::uint64_t count) {
  auto node = tarn::Node::open({.name = "asio"}).value();
  auto subscriber = node.subscriber<Reading>(examples::kReadingTopic, {.history = 1}).value();
  asio::io_context loop;
  Receiver receiver(loop, subscriber, count);
  receiver.wait();
  std::cout << "waiting for " << examples::kReadingTopic << std::endl;
  loop.run();

  const tarn::SubscriberCounts counts = subscriber.counts();
  const std::uint64_t wrong = receiver.wrong();
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
    std::cerr << "08_asio: " << failure.error().message() << '\n';
    return 1;
  } catch (const std::exception& failure) {
    std::cerr << "08_asio: " << failure.what() << '\n';
    return 1;
  }
}
