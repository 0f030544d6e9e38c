#include "middleware/cli/config_show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

#include <tarn/topic_name.hpp>

#include "config/values.hpp"
#include "middleware/cli/config_plan.hpp"
#include "middleware/cli/value_text.hpp"

namespace tarn::cli {

namespace {

std::vector<ShownValue> by_the_file(const EffectiveValues& values) {
  std::vector<ShownValue> shown;
  for (const EffectiveValue& value : values) shown.push_back({.is = value});
  return shown;
}

void append(std::vector<ShownValue>& to, std::vector<ShownValue> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// The file may be one that the broker has refused.
void say_failed_reload(const Observer& domain, const std::string& name) {
  const auto pool = domain.pool();
  if (!pool || !pool->last_reload_failed) return;
  std::fprintf(stderr,
               "tarn: the broker of domain '%s' could not apply its configuration when it read it "
               "last, and goes on with the one before; `tarn config reload` says why\n",
               name.c_str());
}

// The domain while somebody serves it. Nothing: only the file counts.
std::optional<Observer> look_at(const ConfigFile& file) {
  auto observer = Observer::open({.domain = file.config.domain});
  if (observer) {
    say_failed_reload(*observer, file.config.domain);
    return std::move(*observer);
  }
  if (observer.error().code() != Errc::NoBroker) {
    std::fprintf(stderr, "tarn: only the file is shown: %s\n", observer.error().message());
  }
  return std::nullopt;
}

std::vector<ShownValue> shown_topic(const ConfigFile& file, const std::string& topic,
                                    const Observer* domain) {
  const EffectiveValues values = topic_values(file, topic);
  if (domain == nullptr) return by_the_file(values);
  const auto detail = domain->topic(topic);
  return detail ? beside(values, *detail) : by_the_file(values);  // nobody is on it
}

// Of topics that the file does not list but that somebody uses: what differs.
std::vector<ShownValue> shown_others(const ConfigFile& file, const Observer& domain) {
  std::vector<ShownValue> shown;
  const auto topics = domain.topics();
  if (!topics) return shown;
  for (const TopicStatus& topic : *topics) {
    if (plan::listed(file.config.rules, topic.name) != nullptr) continue;
    auto values = shown_topic(file, topic.name, &domain);
    std::erase_if(values, [](const ShownValue& value) { return value.live.empty(); });
    append(shown, std::move(values));
  }
  return shown;
}

std::vector<ShownValue> shown_file(const ConfigFile& file, const plan::MemoryPlan& plan) {
  const std::optional<Observer> domain = look_at(file);
  std::vector<ShownValue> shown = by_the_file(domain_values(file, plan));
  for (const plan::TopicPlan& topic : plan.topics) {
    append(shown, shown_topic(file, topic.name, domain ? &*domain : nullptr));
  }
  if (domain) append(shown, shown_others(file, *domain));
  append(shown, by_the_file(link_values(file)));
  return shown;
}

std::optional<std::vector<ShownValue>> shown_topics(const ConfigFile& file,
                                                    const std::vector<std::string>& topics) {
  const std::optional<Observer> domain = look_at(file);
  std::vector<ShownValue> shown;
  for (const std::string& topic : topics) {
    if (const auto name = check_topic_name(topic); !name) {
      std::fprintf(stderr, "tarn: %s\n", name.error().message());
      return std::nullopt;
    }
    append(shown, shown_topic(file, topic, domain ? &*domain : nullptr));
  }
  return shown;
}

// The last word of a key: what a setting is called. Names of topics may hold dots.
std::string_view setting_of(std::string_view key) { return key.substr(key.rfind('.') + 1); }

}  // namespace

std::vector<ShownValue> beside(const EffectiveValues& values, const TopicDetail& live) {
  const TopicSettings& now = live.settings;
  const auto duration = [](std::chrono::nanoseconds time) {
    return config::format_duration(static_cast<std::uint64_t>(time.count()));
  };
  const std::array<std::pair<std::string_view, std::string>, 13> settings{{
      {"type", live.type.name},
      {"size", config::format_size(now.payload_bytes)},
      {"depth", fmt::to_string(now.depth)},
      {"history", fmt::to_string(now.history)},
      {"publishers", fmt::to_string(now.publishers)},
      {"subscribers", fmt::to_string(now.subscribers)},
      {"orphans", fmt::to_string(now.orphans)},
      {"held", fmt::to_string(now.held)},
      {"loans", fmt::to_string(now.loans)},
      {"overflow", now.overflow},
      {"stamp", now.stamped ? "source" : "none"},
      {"timeout", duration(now.timeout)},
      {"evict_after", duration(now.evict_after)},
  }};
  std::vector<ShownValue> shown = by_the_file(values);
  for (ShownValue& value : shown) {
    for (const auto& [name, text] : settings) {
      // A file that says no type and no size takes those of the first publisher.
      const bool differs = value.is.value != text && value.is.value != "-";
      if (setting_of(value.is.key) == name && differs) value.live = text;
    }
  }
  return shown;
}

std::string show_text(const std::vector<ShownValue>& values, bool origin) {
  std::size_t key_width = 0;
  std::size_t value_width = 0;
  for (const auto& [is, live] : values) {
    key_width = std::max(key_width, is.key.size());
    value_width = std::max({value_width, is.value.size(), live.size()});
  }
  std::string text;
  for (const auto& [is, live] : values) {
    const auto line = [&](std::string_view key, std::string_view value, std::string_view remark) {
      std::string cells =
          fmt::format("{:<{}}  {:<{}}  {}", key, key_width, value, value_width, remark);
      cells.erase(cells.find_last_not_of(' ') + 1);
      text += cells + '\n';
    };
    line(is.key, is.value, origin ? is.origin : "");
    if (!live.empty()) line("", live, "in force until everybody has left the topic");
  }
  return text;
}

std::string show_json(const std::vector<ShownValue>& values) {
  std::string text;
  for (const auto& [is, live] : values) {
    text += json_of({Mapping{{"key", {is.key}},
                             {"value", is.value == "-" ? Value{} : Value{is.value}},
                             {"origin", {is.origin}},
                             {"in_force", live.empty() ? Value{} : Value{live}}}}) +
            '\n';
  }
  return text;
}

ExitCode config_show(const ConfigShowOptions& options) {
  const auto file = load_config_file(options.file);
  const auto view = file ? plan_of(*file, options.page_bytes) : std::nullopt;
  if (!view) return ExitCode::Usage;
  const auto shown =
      options.topics.empty() ? shown_file(*file, view->plan) : shown_topics(*file, options.topics);
  if (!shown) return ExitCode::Usage;
  const std::string text = options.json ? show_json(*shown) : show_text(*shown, options.origin);
  std::fputs(text.c_str(), stdout);
  return ExitCode::Ok;
}

}  // namespace tarn::cli
