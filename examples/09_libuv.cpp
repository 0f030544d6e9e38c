// Receives what 01_publish sends in a libuv loop, as a Node.js addon or a terminal program would.
//
//   09_libuv [COUNT]        ends after COUNT readings, or when none came for three seconds
#include <uv.h>

#include <cstdlib>
#include <iostream>

#include <tarn/tarn.hpp>

#include "examples/reading.hpp"

using examples::Reading;

namespace {

constexpr std::uint64_t kPatienceMs = 3000;

struct Receiver {
  tarn::Subscriber<Reading> subscriber;
  std::uint64_t count;
  std::uint64_t wrong = 0;
  uv_poll_t poll{};
  uv_timer_t patience{};

  void end() {
    uv_close(reinterpret_cast<uv_handle_t*>(&poll), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&patience), nullptr);
  }
};

void take(uv_poll_t* poll, int status, int) {
  auto& receiver = *static_cast<Receiver*>(poll->data);
  if (status != 0) return receiver.end();
  while (const auto sample = receiver.subscriber.try_take()) {
    if (!examples::is_whole(*sample)) ++receiver.wrong;
    std::cout << "got #" << sample.sequence() << ": " << sample->celsius << " C\n";
  }
  if (receiver.subscriber.counts().received >= receiver.count) return receiver.end();
  uv_timer_again(&receiver.patience);
}

void give_up(uv_timer_t* timer) { static_cast<Receiver*>(timer->data)->end(); }

// True when at least one reading came and none was damaged.
bool receive_readings(std::uint64_t count) {
  auto node = tarn::Node::open({.name = "libuv"}).value();
  Receiver receiver{node.subscriber<Reading>(examples::kReadingTopic, {.history = 1}).value(),
                    count};
  uv_loop_t loop;
  uv_loop_init(&loop);
  uv_poll_init(&loop, &receiver.poll, receiver.subscriber.fd().value());
  uv_timer_init(&loop, &receiver.patience);
  receiver.poll.data = receiver.patience.data = &receiver;
  uv_poll_start(&receiver.poll, UV_READABLE, take);
  uv_timer_start(&receiver.patience, give_up, kPatienceMs, kPatienceMs);
  std::cout << "waiting for " << examples::kReadingTopic << std::endl;
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);

  const tarn::SubscriberCounts counts = receiver.subscriber.counts();
  std::cout << "received " << counts.received << ", lost " << counts.lost() << ", wrong "
            << receiver.wrong << '\n';
  return counts.received + counts.history_received > 0 && receiver.wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100;
    return receive_readings(count) ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "09_libuv: " << failure.error().message() << '\n';
    return 1;
  }
}
