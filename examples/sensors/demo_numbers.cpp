#include "examples/sensors/demo_numbers.hpp"

#include <fmt/format.h>

namespace sensors {

namespace {

double microseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }

}  // namespace

void DemoNumbers::add(const Report& report) {
  const bool publishes = report.has("publishes");
  const std::string topic = report.text(publishes ? "publishes" : "subscribes");
  Endpoint& endpoint = endpoints_[{topic, report.text("process")}];
  if (report.kind == ReportKind::Summary) endpoint.summary = report;
  if (report.kind != ReportKind::Progress) return;
  constexpr std::size_t kKept = 6;  // five reports a second
  endpoint.recent.push_back(
      {report.number("at_ns"), report.number(publishes ? "published" : "received")});
  if (endpoint.recent.size() > kKept) endpoint.recent.pop_front();
}

std::string DemoNumbers::rate_of(const std::string& topic, const std::string& process) const {
  const auto found = endpoints_.find({topic, process});
  if (found == endpoints_.end() || found->second.recent.size() < 2) return "-/s";
  const Count& first = found->second.recent.front();
  const Count& last = found->second.recent.back();
  if (last.at_ns <= first.at_ns) return "-/s";
  const double seconds = 1e-9 * static_cast<double>(last.at_ns - first.at_ns);
  return fmt::format("{:.0f}/s", static_cast<double>(last.messages - first.messages) / seconds);
}

std::vector<std::string> DemoNumbers::live_lines() const {
  std::vector<std::string> lines;
  for (const TopicPlan& topic : plan_) {
    std::string line = fmt::format("{:<16} {:<13} {:>7}  ->", topic.topic, topic.publisher,
                                   rate_of(topic.topic, topic.publisher));
    for (const std::string& subscriber : topic.subscribers) {
      line += fmt::format("  {} {:>7}", subscriber, rate_of(topic.topic, subscriber));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string DemoNumbers::live_line() const {
  std::string line;
  for (const TopicPlan& topic : plan_) {
    if (!line.empty()) line += ", ";
    line += topic.topic + " " + rate_of(topic.topic, topic.publisher) + " (";
    for (const std::string& subscriber : topic.subscribers) {
      if (subscriber != topic.subscribers.front()) line += ", ";
      line += subscriber + " " + rate_of(topic.topic, subscriber);
    }
    line += ")";
  }
  return line;
}

const Report* DemoNumbers::summary_of(const std::string& topic, const std::string& process) const {
  const auto found = endpoints_.find({topic, process});
  if (found == endpoints_.end() || !found->second.summary) return nullptr;
  return &*found->second.summary;
}

std::vector<std::string> DemoNumbers::table() const {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{:<16} {:>9}  {:<10} {:>9} {:>5} {:>5} {:>9} {:>9} {:>9}", "topic",
                              "published", "subscriber", "received", "lost", "wrong", "p50 us",
                              "p99 us", "max us"));
  for (const TopicPlan& topic : plan_) {
    const Report* sent = summary_of(topic.topic, topic.publisher);
    std::string left =
        fmt::format("{:<16} {:>9}", topic.topic, sent == nullptr ? "?" : sent->text("published"));
    for (const std::string& subscriber : topic.subscribers) {
      if (const Report* got = summary_of(topic.topic, subscriber)) {
        lines.push_back(left + fmt::format("  {:<10} {:>9} {:>5} {:>5} {:>9.1f} {:>9.1f} {:>9.1f}",
                                           subscriber, got->text("received"), got->text("lost"),
                                           got->text("wrong"), microseconds(got->number("p50_ns")),
                                           microseconds(got->number("p99_ns")),
                                           microseconds(got->number("max_ns"))));
      } else {
        lines.push_back(left + fmt::format("  {:<10} {:>9}", subscriber, "?"));
      }
      left.assign(left.size(), ' ');
    }
  }
  return lines;
}

std::vector<std::string> DemoNumbers::problems() const {
  std::vector<std::string> problems;
  for (const TopicPlan& topic : plan_) {
    const Report* sent = summary_of(topic.topic, topic.publisher);
    if (sent == nullptr) {
      problems.push_back(topic.publisher + " did not say what it published on " + topic.topic);
    } else if (sent->number("published") == 0) {
      problems.push_back(topic.publisher + " published nothing on " + topic.topic);
    }
    for (const std::string& subscriber : topic.subscribers) {
      check_subscriber(topic, subscriber, problems);
    }
  }
  return problems;
}

void DemoNumbers::check_subscriber(const TopicPlan& topic, const std::string& subscriber,
                                   std::vector<std::string>& problems) const {
  const std::string who = subscriber + ", " + topic.topic + ": ";
  const Report* got = summary_of(topic.topic, subscriber);
  if (got == nullptr) {
    problems.push_back(who + "did not say what it received");
    return;
  }
  if (got->number("lost") != 0) problems.push_back(who + got->text("lost") + " lost");
  if (got->number("wrong") != 0) problems.push_back(who + got->text("wrong") + " wrong checksums");
  const Report* sent = summary_of(topic.topic, topic.publisher);
  if (sent == nullptr) return;  // said already
  if (got->number("received") + got->number("lost") != sent->number("published")) {
    problems.push_back(who + "received " + got->text("received") + " + lost " + got->text("lost") +
                       " is not published " + sent->text("published"));
  }
}

}  // namespace sensors
