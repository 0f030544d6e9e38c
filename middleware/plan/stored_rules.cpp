#include "middleware/plan/stored_rules.hpp"

#include <string>
#include <utility>

#include <tarn/limits.hpp>

#include "middleware/plan/setting_list.hpp"

namespace tarn::plan {

namespace {

// ---- one value ----

std::uint64_t bytes_of(const std::string& text) { return 2 + text.size(); }
std::uint64_t bytes_of(std::chrono::nanoseconds) { return 8; }
template <typename Value>
std::uint64_t bytes_of(const Value&) {
  return 4;
}

void write(wire::ByteWriter& writer, const std::string& text) { writer.text(text); }
void write(wire::ByteWriter& writer, std::chrono::nanoseconds duration) {
  writer.u64(static_cast<std::uint64_t>(duration.count()));
}
template <typename Value>
void write(wire::ByteWriter& writer, const Value& value) {
  writer.u32(static_cast<std::uint32_t>(value));
}

// Each answers whether what was there can be such a value.
bool read(wire::ByteReader& reader, std::string& text) {
  text = reader.text(kMaxTypeNameBytes);
  return true;
}
bool read(wire::ByteReader& reader, std::chrono::nanoseconds& duration) {
  duration = std::chrono::nanoseconds(reader.u64());
  return true;
}
bool read(wire::ByteReader& reader, std::uint32_t& value) {
  value = reader.u32();
  return true;
}
bool read(wire::ByteReader& reader, Overflow& policy) {
  policy = static_cast<Overflow>(reader.u32());
  return policy <= Overflow::Reject;
}
bool read(wire::ByteReader& reader, Stamp& stamp) {
  stamp = static_cast<Stamp>(reader.u32());
  return stamp <= Stamp::None;
}

// ---- one rule ----

std::uint32_t settings_of(const TopicRule& rule) {
  std::uint32_t has = 0;
  std::uint32_t bit = 1;
  for_each_setting([&](const char*, auto, auto of_rule) {
    if ((rule.*of_rule).has_value()) has |= bit;
    bit <<= 1;
  });
  return has;
}

void write_rule(wire::ByteWriter& writer, const TopicRule& rule) {
  writer.text(rule.name);
  writer.u32(settings_of(rule));
  for_each_setting([&](const char*, auto, auto of_rule) {
    if ((rule.*of_rule).has_value()) write(writer, *(rule.*of_rule));
  });
}

std::optional<TopicRule> read_rule(wire::ByteReader& reader) {
  TopicRule rule;
  rule.name = reader.text(kMaxTopicNameBytes);
  std::uint32_t has = reader.u32();
  bool sane = true;
  for_each_setting([&](const char*, auto setting, auto of_rule) {
    if ((has & 1) != 0) {
      TopicSettings read_into;
      sane = read(reader, read_into.*setting) && sane;
      rule.*of_rule = std::move(read_into.*setting);
    }
    has >>= 1;
  });
  if (!sane || has != 0 || !reader.ok()) return std::nullopt;
  return rule;
}

}  // namespace

std::uint64_t stored_bytes(const TopicRules& rules) {
  std::uint64_t bytes = 4;
  for_each_setting(
      [&](const char*, auto setting, auto) { bytes += bytes_of(rules.defaults.*setting); });
  for (const TopicRule& rule : rules.rules) {
    bytes += bytes_of(rule.name) + 4;
    for_each_setting([&](const char*, auto, auto of_rule) {
      if ((rule.*of_rule).has_value()) bytes += bytes_of(*(rule.*of_rule));
    });
  }
  return bytes;
}

void write_rules(wire::ByteWriter& writer, const TopicRules& rules) {
  for_each_setting(
      [&](const char*, auto setting, auto) { write(writer, rules.defaults.*setting); });
  writer.u32(static_cast<std::uint32_t>(rules.rules.size()));
  for (const TopicRule& rule : rules.rules) write_rule(writer, rule);
}

std::optional<TopicRules> read_rules(wire::ByteReader& reader) {
  TopicRules rules;
  bool sane = true;
  for_each_setting([&](const char*, auto setting, auto) {
    sane = read(reader, rules.defaults.*setting) && sane;
  });
  const std::uint32_t count = reader.u32();
  // Whatever the count says, the bytes end it.
  for (std::uint32_t i = 0; sane && reader.ok() && i < count; ++i) {
    auto rule = read_rule(reader);
    if (!rule) return std::nullopt;
    rules.rules.push_back(std::move(*rule));
  }
  if (!sane || !reader.ok()) return std::nullopt;
  return rules;
}

}  // namespace tarn::plan
