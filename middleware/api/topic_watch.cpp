#include <tarn/observer.hpp>

#include <algorithm>
#include <thread>
#include <utility>

#include <tarn/limits.hpp>

#include "middleware/api/topic_watch_state.hpp"
#include "platform/clock.hpp"

namespace tarn {

TopicWatch::TopicWatch(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TopicWatch::~TopicWatch() = default;
TopicWatch::TopicWatch(TopicWatch&&) noexcept = default;
TopicWatch& TopicWatch::operator=(TopicWatch&&) noexcept = default;

Result<std::optional<ObservedMessage>> TopicWatch::try_next() {
  if (auto usable = detail::check_observable(*state_->mapping); !usable) {
    return Failure(usable.error());
  }
  return state_->topic.try_next();
}

Result<std::optional<ObservedMessage>> TopicWatch::wait_next(std::chrono::nanoseconds timeout) {
  const platform::MonotonicTime deadline = platform::deadline_after(timeout);
  std::chrono::nanoseconds pause = kWatchPollMinimum;
  for (;;) {
    auto next = try_next();
    if (!next || *next) return next;
    const auto left = platform::remaining(deadline);
    if (left == std::chrono::nanoseconds::zero()) return next;
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min<std::chrono::nanoseconds>(2 * pause, kWatchPollMaximum);
  }
}

const TopicType& TopicWatch::type() const noexcept { return state_->topic.type(); }
const WatchCounts& TopicWatch::counts() const noexcept { return state_->topic.counts(); }

}  // namespace tarn
