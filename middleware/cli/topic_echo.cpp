#include "middleware/cli/topic_echo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "middleware/cli/decode.hpp"
#include "middleware/cli/look_up.hpp"
#include "middleware/cli/value_text.hpp"

namespace tarn::cli {

namespace {

using std::chrono::nanoseconds;

// How long a signal may go unnoticed.
constexpr std::chrono::milliseconds kSignalPeriod{50};

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) { stop_asked = 1; }

std::string stamp_text(std::uint64_t stamp_ns) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  return stamp_ns == 0 ? "none" : fmt::format("{}.{:09}", stamp_ns / kSecond, stamp_ns % kSecond);
}

// Since the last message, or since the start.
class Patience {
 public:
  explicit Patience(double seconds) : seconds_(seconds) { renew(); }
  void renew() { since_ = Clock::now(); }
  [[nodiscard]] bool ended() const {
    return seconds_ > 0 && std::chrono::duration<double>(Clock::now() - since_).count() >= seconds_;
  }
  // How long to wait before the next look at it.
  [[nodiscard]] nanoseconds step() const {
    if (seconds_ <= 0) return kSignalPeriod;
    const std::chrono::duration<double> left =
        std::chrono::duration<double>(seconds_) - (Clock::now() - since_);
    if (left >= kSignalPeriod) return kSignalPeriod;
    return std::max(nanoseconds(1), std::chrono::duration_cast<nanoseconds>(left));
  }

 private:
  using Clock = std::chrono::steady_clock;
  double seconds_;
  Clock::time_point since_;
};

void say_lost(const ObservedMessage& message) {
  if (message.lost_before == 0) return;
  std::fprintf(stderr, "tarn: %llu messages of %.*s before its %llu were not seen\n",
               static_cast<unsigned long long>(message.lost_before),
               static_cast<int>(message.publisher_name.size()), message.publisher_name.data(),
               static_cast<unsigned long long>(message.sequence));
}

void say_counts(const WatchCounts& counts) {
  std::fprintf(stderr,
               "tarn: %llu messages, %llu not seen, %llu corrupt; %llu copies thrown away\n",
               static_cast<unsigned long long>(counts.received),
               static_cast<unsigned long long>(counts.missed),
               static_cast<unsigned long long>(counts.corrupt),
               static_cast<unsigned long long>(counts.torn));
}

ExitCode print_messages(TopicWatch& watch, MessagePrinter printer,
                        const TopicEchoOptions& options) {
  Patience patience(options.timeout_seconds);
  std::uint64_t printed = 0;
  while (stop_asked == 0) {
    const auto message = watch.wait_next(patience.step());
    if (!message) return fail(message.error());
    if (!*message) {
      if (!patience.ended()) continue;
      std::fprintf(stderr, "tarn: no message of '%s' within %g s\n", options.topic.c_str(),
                   options.timeout_seconds);
      return ExitCode::TimedOut;
    }
    if (!(printer.type() == watch.type())) {
      auto other = MessagePrinter::create(watch.type(), options);
      if (!other) return fail(other.error());
      printer = std::move(*other);
    }
    say_lost(**message);
    const std::string text = printer.text_of(**message);
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) return ExitCode::Ok;
    if (++printed == options.count) return ExitCode::Ok;
    patience.renew();
  }
  say_counts(watch.counts());
  return ExitCode::Ok;
}

}  // namespace

MessagePrinter::MessagePrinter(TopicType type, const TopicEchoOptions& options)
    : type_(std::move(type)), form_(options.form), most_elements_(kAllElements) {
  if (options.no_arrays) most_elements_ = 0;
  // A field is asked for to be seen, and programs get everything.
  const bool in_short = !options.full_length && options.field.empty();
  if (form_ == EchoForm::Yaml && in_short)
    most_elements_ = std::min(most_elements_, kShownElements);
}

Result<MessagePrinter> MessagePrinter::create(const TopicType& type,
                                              const TopicEchoOptions& options) {
  MessagePrinter printer(type, options);
  if (options.form == EchoForm::Hex) return printer;
  auto tree = parse_type(type);
  if (!tree) return Failure(tree.error());
  printer.tree_ = std::move(*tree);
  if (!options.field.empty()) {
    auto path = find_field(printer.tree_, options.field);
    if (!path) return Failure(path.error());
    printer.path_ = std::move(*path);
  }
  return printer;
}

Value MessagePrinter::value_of(const ObservedMessage& message) const {
  return pick(decode(tree_, message.payload, most_elements_), path_);
}

std::string MessagePrinter::text_of(const ObservedMessage& message) const {
  const std::string head =
      fmt::format("# {} of {}, stamp {}\n", message.sequence, json_text(message.publisher_name),
                  stamp_text(message.stamp_ns));
  switch (form_) {
    case EchoForm::Yaml:
      return head + yaml_of(value_of(message)) + "---\n";
    case EchoForm::Json:
      return fmt::format(
          "{{\"publisher\":{},\"sequence\":{},\"stamp_ns\":{},\"lost_before\":{},\"message\":{}}}"
          "\n",
          json_text(message.publisher_name), message.sequence,
          message.stamp_ns == 0 ? "null" : fmt::format("{}", message.stamp_ns), message.lost_before,
          json_of(value_of(message)));
    case EchoForm::Csv:
      return csv_of(value_of(message)) + '\n';
    case EchoForm::Hex:
      return head + hex_of(message.payload) + "---\n";
  }
  return {};
}

ExitCode echo_topic(const TopicEchoOptions& options) {
  const auto observer = Observer::open({.domain = options.domain});
  if (!observer) return fail(observer.error());
  auto watch = observer->watch(options.topic, {.history = options.history});
  if (!watch) return fail_to_find(*observer, options.topic, watch.error());
  auto printer = MessagePrinter::create(watch->type(), options);
  if (!printer) return fail(printer.error());
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  return print_messages(*watch, std::move(*printer), options);
}

}  // namespace tarn::cli
