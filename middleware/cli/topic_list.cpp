#include "middleware/cli/topic_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <thread>

#include "middleware/cli/value_text.hpp"

namespace tarn::cli {

namespace {

using Clock = std::chrono::steady_clock;

// Long enough for a rate of three digits at 1 kHz, short enough to wait for.
constexpr std::chrono::milliseconds kRateInterval{200};

std::vector<TopicRow> with_own_rates(const std::vector<TopicStatus>& topics) {
  std::vector<TopicRow> rows;
  rows.reserve(topics.size());
  for (const TopicStatus& topic : topics) {
    rows.push_back({.status = topic, .rate_hz = topic.rate_hz});
  }
  return rows;
}

// Publishers count by the second themselves, but for those of topics without stamps.
bool tells_its_rate(const TopicStatus& topic) {
  return topic.rate_hz.has_value() || topic.publishers == 0;
}

std::string rate_text(const std::optional<double>& rate_hz) {
  return rate_hz ? fmt::format("{:.1f}", *rate_hz) : "-";
}

Result<std::vector<TopicRow>> look(const TopicListOptions& options) {
  const auto observer = Observer::open({.domain = options.domain});
  if (!observer) return Failure(observer.error());
  const auto before_time = Clock::now();
  const auto before = observer->topics();
  if (!before) return Failure(before.error());
  const bool told = std::all_of(before->begin(), before->end(), tells_its_rate);
  if (!options.verbose || told) return with_own_rates(*before);
  std::this_thread::sleep_until(before_time + kRateInterval);
  const std::chrono::duration<double> passed = Clock::now() - before_time;
  const auto after = observer->topics();
  if (!after) return Failure(after.error());
  return with_rates(*before, *after, passed.count());
}

}  // namespace

std::vector<TopicRow> with_rates(const std::vector<TopicStatus>& before,
                                 const std::vector<TopicStatus>& after, double seconds) {
  std::vector<TopicRow> rows = with_own_rates(after);
  for (TopicRow& row : rows) {
    if (row.rate_hz) continue;
    const auto earlier = std::find_if(before.begin(), before.end(), [&](const TopicStatus& topic) {
      return topic.name == row.status.name;
    });
    if (earlier == before.end() || earlier->published > row.status.published) continue;
    row.rate_hz = static_cast<double>(row.status.published - earlier->published) / seconds;
  }
  return rows;
}

std::string names_of(const std::vector<TopicRow>& rows) {
  std::string text;
  for (const TopicRow& row : rows) text += row.status.name + "\n";
  return text;
}

std::string table_of(const std::vector<TopicRow>& rows) {
  std::size_t topic_width = 5;
  std::size_t type_width = 4;
  for (const TopicRow& row : rows) {
    topic_width = std::max(topic_width, row.status.name.size());
    type_width = std::max(type_width, row.status.type.size());
  }
  const auto line = [&](const auto& topic, const auto& type, const auto&... numbers) {
    return fmt::format("{:<{}}  {:<{}}  {:>10}  {:>11}  {:>10}  {:>12}  {:>8}\n", topic,
                       topic_width, type, type_width, numbers...);
  };
  std::string text =
      line("topic", "type", "publishers", "subscribers", "messages/s", "messages", "lost");
  for (const auto& [status, rate_hz] : rows) {
    text += line(status.name, status.type, status.publishers, status.subscribers,
                 rate_text(rate_hz), status.published, status.lost);
  }
  return text;
}

std::string json_of(const std::vector<TopicRow>& rows) {
  std::string text = "[";
  for (const auto& [status, rate_hz] : rows) {
    text += fmt::format(
        "{}\n{{\"topic\":{},\"type\":{},\"publishers\":{},\"subscribers\":{},\"rate_hz\":{},"
        "\"messages\":{},\"lost\":{}}}",
        text.size() == 1 ? "" : ",", json_text(status.name), json_text(status.type),
        status.publishers, status.subscribers, rate_hz ? fmt::format("{:.3f}", *rate_hz) : "null",
        status.published, status.lost);
  }
  return text + "\n]\n";
}

ExitCode list_topics(const TopicListOptions& options) {
  const auto rows = look(options);
  if (!rows) return fail(rows.error());
  std::string text;
  if (options.count) {
    text = fmt::format("{}\n", rows->size());
  } else if (options.json) {
    text = json_of(*rows);
  } else if (options.verbose && !rows->empty()) {
    text = table_of(*rows);
  } else {
    text = names_of(*rows);
  }
  std::fputs(text.c_str(), stdout);
  if (!rows->empty()) return ExitCode::Ok;
  std::fprintf(stderr, "tarn: no topics in domain '%s'\n", options.domain.c_str());
  return ExitCode::NothingFound;
}

}  // namespace tarn::cli
