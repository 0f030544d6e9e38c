#include "middleware/cli/topic_info.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "middleware/cli/look_up.hpp"
#include "middleware/cli/value_text.hpp"

namespace tarn::cli {

namespace {

Value text(std::string is) { return {std::move(is)}; }
Value nanosecond_count(std::chrono::nanoseconds is) { return {std::int64_t{is.count()}}; }

Mapping head_of(const TopicDetail& detail) {
  const TopicSettings& settings = detail.settings;
  return {{"topic", text(detail.status.name)},
          {"type", text(detail.type.name)},
          {"hash", text(fmt::format("{:016x}", detail.type.hash))},
          {"type_bytes", number(detail.type.bytes)},
          {"alignment", number(detail.type.alignment)},
          {"largest_message_bytes", number(settings.payload_bytes)},
          {"depth", number(settings.depth)},
          {"history", number(settings.history)},
          {"overflow", text(settings.overflow)},
          {"stamp", text(settings.stamped ? "source" : "none")},
          {"publisher_count", number(detail.status.publishers)},
          {"publisher_limit", number(settings.publishers)},
          {"subscriber_count", number(detail.status.subscribers)},
          {"subscriber_limit", number(settings.subscribers)},
          {"messages", number(detail.status.published)},
          {"rate_hz", detail.status.rate_hz ? Value{*detail.status.rate_hz} : Value{}},
          {"lost", number(detail.status.lost)}};
}

void add_traffic(Mapping& to, const TrafficStatus& traffic) {
  to.push_back({"rate_hz", number(traffic.messages)});
  to.push_back({"bytes_per_second", number(traffic.bytes)});
  to.push_back({"interval_mean_ns", nanosecond_count(traffic.interval_mean)});
  to.push_back({"interval_minimum_ns", nanosecond_count(traffic.interval_minimum)});
  to.push_back({"interval_maximum_ns", nanosecond_count(traffic.interval_maximum)});
  to.push_back({"jitter_ns", nanosecond_count(traffic.jitter)});
}

Value publisher_value(const PublisherStatus& publisher) {
  Mapping mapping{{"publisher", text(publisher.name)},
                  {"node", text(publisher.node)},
                  {"pid", number(static_cast<std::uint64_t>(publisher.pid))},
                  {"gone", {publisher.gone}},
                  {"depth", number(publisher.depth)},
                  {"messages", number(publisher.published)},
                  {"bytes", number(publisher.bytes)},
                  {"loan_failures", number(publisher.loan_failures)},
                  {"woken", number(publisher.woken)},
                  {"rejected", number(publisher.rejected)},
                  {"refused", number(publisher.refused)},
                  {"blocked_ns", nanosecond_count(publisher.blocked)}};
  const Value age = publisher.newest_age ? nanosecond_count(*publisher.newest_age) : Value{};
  mapping.push_back({"newest_age_ns", age});
  if (publisher.traffic) add_traffic(mapping, *publisher.traffic);
  return {std::move(mapping)};
}

Value subscription_value(const SubscriptionStatus& subscription) {
  return {Mapping{{"subscriber", text(subscription.node)},
                  {"pid", number(static_cast<std::uint64_t>(subscription.pid))},
                  {"depth", number(subscription.depth)},
                  {"received", number(subscription.received)},
                  {"lag", number(subscription.lag)},
                  {"high_water", number(subscription.high_water)},
                  {"held", number(subscription.held)},
                  {"held_limit", number(subscription.held_limit)},
                  {"lost", number(subscription.lost())},
                  {"overwritten", number(subscription.lost_overwritten)},
                  {"evicted", number(subscription.lost_evicted)},
                  {"refused", number(subscription.lost_refused)},
                  {"publisher_gone", number(subscription.lost_publisher_gone)},
                  {"corrupt", number(subscription.lost_corrupt)},
                  {"upstream", number(subscription.lost_upstream)},
                  {"skipped", number(subscription.skipped)},
                  {"history", number(subscription.history)},
                  {"history_missed", number(subscription.history_missed)}}};
}

Sequence publishers_of(const TopicDetail& detail) {
  Sequence sequence;
  for (const auto& publisher : detail.publishers) {
    sequence.items.push_back(publisher_value(publisher));
  }
  return sequence;
}

Sequence subscriptions_of(const TopicDetail& detail) {
  Sequence sequence;
  for (const auto& subscription : detail.subscriptions) {
    sequence.items.push_back(subscription_value(subscription));
  }
  return sequence;
}

std::string lines_of(const char* heading, const Sequence& sequence) {
  std::string lines = fmt::format("{}:{}\n", heading, sequence.items.empty() ? " []" : "");
  for (const Value& item : sequence.items) lines += "- " + yaml_line_of(item) + "\n";
  return lines;
}

}  // namespace

std::string info_text(const TopicDetail& detail, bool verbose) {
  std::string lines = yaml_of({head_of(detail)});
  if (!verbose) return lines;
  lines += yaml_of({Mapping{{"fields", text(detail.type.fields)}}});
  return lines + lines_of("publishers", publishers_of(detail)) +
         lines_of("subscribers", subscriptions_of(detail));
}

std::string info_json(const TopicDetail& detail) {
  Mapping all = head_of(detail);
  all.push_back({"fields", text(detail.type.fields)});
  all.push_back({"publishers", {publishers_of(detail)}});
  all.push_back({"subscribers", {subscriptions_of(detail)}});
  return json_of({std::move(all)}) + '\n';
}

ExitCode topic_info(const TopicInfoOptions& options) {
  const auto observer = Observer::open({.domain = options.domain});
  if (!observer) return fail(observer.error());
  const auto detail = observer->topic(options.topic);
  if (!detail) return fail_to_find(*observer, options.topic, detail.error());
  const std::string out = options.json ? info_json(*detail) : info_text(*detail, options.verbose);
  std::fputs(out.c_str(), stdout);
  return ExitCode::Ok;
}

}  // namespace tarn::cli
