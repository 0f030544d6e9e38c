// Both ends of a topic as the processes of the demo use them: a publisher and a subscription that
// count, check and report what passes through them. Each is used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <tarn/tarn.hpp>

#include "examples/checksum.hpp"
#include "examples/sensors/latency_histogram.hpp"
#include "examples/sensors/program.hpp"

namespace sensors {

// Opens this process's session with the broker; waits a little for a broker that is just starting.
[[nodiscard]] tarn::Node open_node(const Program& program);

// Says on standard output that the program has all its publishers and subscriptions.
void report_ready(const Program& program);

// Lets a few progress reports a second pass, and none when the program shows no progress.
class ProgressGate {
 public:
  explicit ProgressGate(const Program& program) : open_(program.shows_progress()) {}
  [[nodiscard]] bool is_time();

 private:
  bool open_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

// Counts what a process publishes on a topic.
class PublisherMeter {
 public:
  PublisherMeter(const Program& program, std::string topic)
      : process_(program.name()), topic_(std::move(topic)), gate_(program) {}

  void count(const tarn::Published& published);
  void report_summary() const;

 private:
  std::string process_;
  std::string topic_;
  ProgressGate gate_;
  std::uint64_t published_ = 0;
};

// Counts what a process receives from a topic.
class SubscriberMeter {
 public:
  SubscriberMeter(const Program& program, std::string topic)
      : process_(program.name()), topic_(std::move(topic)), gate_(program) {}

  void count(std::uint64_t latency_ns, bool whole);
  void report_progress();
  void report_summary(const tarn::SubscriberCounts& counts) const;

 private:
  std::string process_;
  std::string topic_;
  ProgressGate gate_;
  LatencyHistogram latency_;
  std::uint64_t wrong_ = 0;
};

// Throws when a subscription cannot go on after this outcome.
void require_alive(tarn::TakeOutcome outcome, const std::string& topic);

template <tarn::Message T>
class Subscription {
 public:
  Subscription(tarn::Node& node, Program& program, std::string topic)
      : program_(&program),
        topic_(std::move(topic)),
        subscriber_(node.subscriber<T>(topic_).value()),
        meter_(program, topic_) {}

  // Calls handle(message) for each message until the program is to end, then for those that wait
  // still, and reports.
  template <typename Handle>
  void read_all(Handle handle) {
    // How long it takes to notice that the program is to end.
    constexpr std::chrono::milliseconds kPatience{50};
    while (program_->running()) {
      take(subscriber_.wait_take(kPatience), handle);
      meter_.report_progress();
    }
    while (take(subscriber_.try_take(), handle)) {
    }
    meter_.report_summary(subscriber_.counts());
  }

 private:
  template <typename Handle>
  bool take(const tarn::Sample<T>& sample, Handle& handle) {
    if (!sample) {
      require_alive(sample.outcome(), topic_);
      return false;
    }
    const std::uint64_t latency_ns = tarn::stamp_now() - sample.stamp_ns();
    const bool whole = examples::is_whole(*sample);
    meter_.count(latency_ns, whole);
    if (whole) handle(*sample);
    return true;
  }

  Program* program_;
  std::string topic_;
  tarn::Subscriber<T> subscriber_;
  SubscriberMeter meter_;
};

}  // namespace sensors
