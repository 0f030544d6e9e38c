#include "middleware/cli/config_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "config/memory_demand.hpp"
#include "config/values.hpp"
#include "middleware/cli/value_text.hpp"

namespace tarn::cli {

namespace {

// The cells of a topic behind its name, as text; "-": there is none.
constexpr std::size_t kCells = 7;
using Cells = std::array<std::string, kCells>;
constexpr std::array<const char*, kCells> kHeadings{"size",   "rings",       "slots", "slot bytes",
                                                    "chunks", "chunk bytes", "bytes"};

Cells cells_of(const plan::TopicPlan& topic) {
  const auto& [name, settings, rings, ring, bytes] = topic;
  if (settings.payload_bytes == 0) {
    return {"-", fmt::to_string(rings), fmt::to_string(settings.depth), "-", "-", "-", "unplanned"};
  }
  return {config::format_size(settings.payload_bytes),
          fmt::to_string(rings),
          fmt::to_string(settings.depth),
          fmt::to_string(ring.slot_bytes),
          fmt::to_string(ring.chunk_count),
          ring.chunk_count == 0 ? "-" : fmt::to_string(ring.chunk_bytes),
          fmt::to_string(bytes)};
}

std::string topics_table(const std::vector<plan::TopicPlan>& topics) {
  std::size_t name_width = 5;
  std::array<std::size_t, kCells> widths{};
  for (std::size_t i = 0; i < kCells; ++i) widths[i] = std::string_view(kHeadings[i]).size();
  for (const plan::TopicPlan& topic : topics) {
    name_width = std::max(name_width, topic.name.size());
    const Cells cells = cells_of(topic);
    for (std::size_t i = 0; i < kCells; ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  const auto line = [&](std::string_view name, const auto& cells) {
    std::string text = fmt::format("{:<{}}", name, name_width);
    for (std::size_t i = 0; i < kCells; ++i) text += fmt::format("  {:>{}}", cells[i], widths[i]);
    return text + '\n';
  };
  std::string text = line("topic", kHeadings);
  for (const plan::TopicPlan& topic : topics) text += line(topic.name, cells_of(topic));
  return text;
}

// Bytes as people think of them: 9.2 MiB.
std::string roughly(std::uint64_t bytes) {
  constexpr std::array<const char*, 4> kUnits{"B", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  auto number = static_cast<double>(bytes);
  for (; number >= 1024 && unit + 1 < kUnits.size(); ++unit) number /= 1024;
  return fmt::format("{:.{}f} {}", number, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string sum_line(std::string_view what, std::uint64_t bytes) {
  return fmt::format("{:<30}  {:>14}  {:>10}\n", what, bytes, roughly(bytes));
}

std::string bookkeeping_lines(const std::vector<plan::BookkeepingPart>& parts) {
  std::string text;
  for (const plan::BookkeepingPart& part : parts) {
    const std::string count = part.count == 0 ? "" : fmt::format("{} ", part.count);
    text += sum_line("  " + count + part.name, part.bytes);
  }
  return text;
}

Value topic_value(const plan::TopicPlan& topic) {
  const bool planned = topic.settings.payload_bytes != 0;
  return {Mapping{{"topic", {topic.name}},
                  {"planned", {planned}},
                  {"size", planned ? number(topic.settings.payload_bytes) : Value{}},
                  {"rings", number(topic.rings)},
                  {"slots", number(topic.settings.depth)},
                  {"slot_bytes", planned ? number(topic.ring.slot_bytes) : Value{}},
                  {"chunks", planned ? number(topic.ring.chunk_count) : Value{}},
                  {"chunk_bytes", planned ? number(topic.ring.chunk_bytes) : Value{}},
                  {"bytes", number(topic.bytes)}}};
}

Value limit_value(const plan::LimitUse& use) {
  return {Mapping{{"key", {std::string(use.key)}},
                  {"need", number(use.need)},
                  {"limit", number(use.limit)},
                  {"written", {use.written}}}};
}

Value part_value(const plan::BookkeepingPart& part) {
  return {Mapping{{"part", {std::string(part.name)}},
                  {"count", part.count == 0 ? Value{} : number(part.count)},
                  {"bytes", number(part.bytes)}}};
}

template <typename Items, typename Convert>
Value list_of(const Items& items, Convert convert) {
  Sequence sequence;
  for (const auto& item : items) sequence.items.push_back(convert(item));
  return {std::move(sequence)};
}

}  // namespace

std::optional<PlanView> plan_of(const ConfigFile& file, std::uint32_t page_bytes) {
  const auto say = [&](const Error& error) {
    std::fprintf(stderr, "%s: %s\n", file.name.c_str(), error.message());
    return std::nullopt;
  };
  auto plan = plan::plan_memory(file.config.rules, config::memory_demand(file.config, page_bytes));
  if (!plan) return say(plan.error());
  const auto checked = plan::check_plan(*plan);
  if (!checked) return say(checked.error());
  auto parts = plan::bookkeeping_parts(plan->limits, page_bytes);
  if (!parts) return say(parts.error());
  return PlanView{.plan = std::move(*plan),
                  .bookkeeping = std::move(*parts),
                  .page_bytes = page_bytes,
                  .automatic = !file.config.pool.size_bytes.has_value()};
}

std::string plan_text(const PlanView& view) {
  const plan::MemoryPlan& plan = view.plan;
  std::string text = plan.topics.empty() ? "" : topics_table(plan.topics) + '\n';
  text += sum_line("listed topics", plan.topic_bytes);
  text += sum_line("unplanned", plan.unplanned_bytes);
  text += sum_line("bookkeeping", plan.bookkeeping_bytes);
  text += bookkeeping_lines(view.bookkeeping);
  text += sum_line("sum", plan.needed_bytes);
  text += sum_line(view.automatic ? "pool.size (auto)" : "pool.size", plan.pool_bytes);
  return text + sum_line("left for other topics", plan.pool_bytes - plan.needed_bytes);
}

std::string plan_json(const PlanView& view) {
  const plan::MemoryPlan& plan = view.plan;
  return json_of({Mapping{{"page_bytes", number(view.page_bytes)},
                          {"topics", list_of(plan.topics, topic_value)},
                          {"limits", list_of(plan.limit_uses, limit_value)},
                          {"bookkeeping", list_of(view.bookkeeping, part_value)},
                          {"topic_bytes", number(plan.topic_bytes)},
                          {"unplanned_bytes", number(plan.unplanned_bytes)},
                          {"bookkeeping_bytes", number(plan.bookkeeping_bytes)},
                          {"needed_bytes", number(plan.needed_bytes)},
                          {"pool_bytes", number(plan.pool_bytes)},
                          {"automatic", {view.automatic}}}}) +
         '\n';
}

ExitCode config_plan(const ConfigPlanOptions& options) {
  const auto file = load_config_file(options.file);
  const auto view = file ? plan_of(*file, options.page_bytes) : std::nullopt;
  if (!view) return ExitCode::Usage;
  const std::string text = options.json ? plan_json(*view) : plan_text(*view);
  std::fputs(text.c_str(), stdout);
  return ExitCode::Ok;
}

}  // namespace tarn::cli
