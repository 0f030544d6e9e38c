#include "examples/sensors/endpoints.hpp"

#include "examples/sensors/report.hpp"

namespace sensors {

namespace {

// When a count was taken, so that whoever reads it can tell the rate.
std::string at_now() { return " at_ns=" + std::to_string(tarn::stamp_now()); }

}  // namespace

tarn::Node open_node(const Program& program) {
  return tarn::Node::open({.name = program.name(), .timeout = std::chrono::seconds(5)}).value();
}

void report_ready(const Program& program) { print_report(ReportKind::Ready, program.name(), ""); }

bool ProgressGate::is_time() {
  constexpr std::chrono::milliseconds kInterval{200};
  if (!open_) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return false;
  next_ = now + kInterval;
  return true;
}

void PublisherMeter::count(const tarn::Published& published) {
  // Sequences count from one without a gap.
  published_ = published.sequence;
  if (gate_.is_time()) {
    print_report(ReportKind::Progress, process_,
                 "publishes=" + topic_ + " published=" + std::to_string(published_) + at_now());
  }
}

void PublisherMeter::report_summary() const {
  print_report(ReportKind::Summary, process_,
               "publishes=" + topic_ + " published=" + std::to_string(published_));
}

void SubscriberMeter::count(std::uint64_t latency_ns, bool whole) {
  latency_.add(latency_ns);
  if (!whole) ++wrong_;
}

void SubscriberMeter::report_progress() {
  if (!gate_.is_time()) return;
  print_report(ReportKind::Progress, process_,
               "subscribes=" + topic_ + " received=" + std::to_string(latency_.count()) + at_now());
}

void SubscriberMeter::report_summary(const tarn::SubscriberCounts& counts) const {
  print_report(ReportKind::Summary, process_,
               "subscribes=" + topic_ + " received=" + std::to_string(latency_.count()) +
                   " lost=" + std::to_string(counts.lost()) + " wrong=" + std::to_string(wrong_) +
                   " p50_ns=" + std::to_string(latency_.percentile(0.50)) +
                   " p99_ns=" + std::to_string(latency_.percentile(0.99)) +
                   " max_ns=" + std::to_string(latency_.max()));
}

void require_alive(tarn::TakeOutcome outcome, const std::string& topic) {
  switch (outcome) {
    case tarn::TakeOutcome::Empty:
    case tarn::TakeOutcome::Taken:
    case tarn::TakeOutcome::Corrupt:  // passed over and counted as lost
      return;
    case tarn::TakeOutcome::TooManyHeld:
      throw std::logic_error(topic + ": this program holds one sample at a time");
    case tarn::TakeOutcome::Forked:
    case tarn::TakeOutcome::DomainReset:
      throw std::runtime_error(topic + ": the pool this subscription belongs to is gone");
  }
}

}  // namespace sensors
