#include "middleware/broker/configuration_keys.hpp"

#include <algorithm>
#include <cstdint>

#include "middleware/broker/check_options.hpp"

namespace tarn::broker {

namespace {

constexpr std::size_t kMostKeysListed = 12;
constexpr std::size_t kLastLineBytes = 20;  // "\nand 4294967295 more"

void note(std::vector<std::string>& keys, const char* key, std::uint64_t has, std::uint64_t wants) {
  if (has == wants) return;
  keys.push_back(std::string(key) + " (" + std::to_string(has) + ", configured " +
                 std::to_string(wants) + ")");
}

void note_limits(std::vector<std::string>& keys, const pool::PoolGeometry& kept,
                 const pool::PoolLimits& wanted) {
  note(keys, "limits.clients", kept.clients.count, wanted.clients);
  note(keys, "limits.topics", kept.topics.count, wanted.topics);
  note(keys, "limits.publishers", pool::publisher_limit(kept), wanted.publishers);
  note(keys, "limits.memberships", kept.members.count, wanted.memberships);
  note(keys, "limits.waiters", kept.waiters.count, wanted.waiters);
  note(keys, "limits.patterns", kept.patterns.count, wanted.patterns);
  note(keys, "limits.type_text", kept.type_text.count, wanted.type_text_bytes);
}

std::string group_text(const BrokerOptions& options) {
  return options.group ? "gid " + std::to_string(*options.group) : "none";
}

std::string more(std::size_t count) { return "and " + std::to_string(count) + " more"; }

}  // namespace

std::vector<std::string> changed_keys(const BrokerOptions& one, const BrokerOptions& other) {
  std::vector<std::string> keys;
  if (one.unplanned_bytes != other.unplanned_bytes) keys.emplace_back("pool.unplanned");
  if (one.refuse_unlisted != other.refuse_unlisted) keys.emplace_back("pool.unlisted");
  if (one.rules.defaults != other.rules.defaults) keys.emplace_back("defaults");
  if (one.spin != other.spin) keys.emplace_back("defaults.spin");
  for (const plan::TopicRule& rule : one.rules.rules) {
    const plan::TopicRule* const match = plan::listed(other.rules, rule.name);
    if (match == nullptr || *match != rule) keys.push_back("topics." + rule.name);
  }
  for (const plan::TopicRule& rule : other.rules.rules) {
    if (plan::listed(one.rules, rule.name) == nullptr) keys.push_back("topics." + rule.name);
  }
  if (one.log_level != other.log_level) keys.emplace_back("log.level");
  return keys;
}

std::vector<std::string> waiting_keys(const BrokerOptions& wanted, const BrokerOptions& kept,
                                      const pool::PoolGeometry& geometry) {
  std::vector<std::string> keys;
  if (wanted.domain != kept.domain) {
    keys.push_back("domain (" + kept.domain + ", configured " + wanted.domain + ")");
  }
  if (const auto wished = plan_of(wanted, geometry.page_bytes)) {
    note(keys, "pool.size", geometry.pool_bytes,
         wished->pool_bytes / geometry.page_bytes * geometry.page_bytes);
    note_limits(keys, geometry, wished->limits);
  }
  note(keys, "limits.observers", plan::observers_of(kept.limits),
       plan::observers_of(wanted.limits));
  if (wanted.lock_memory != kept.lock_memory) keys.emplace_back("pool.lock_memory");
  if (wanted.group != kept.group) {
    keys.push_back("group (" + group_text(kept) + ", configured " + group_text(wanted) + ")");
  }
  return keys;
}

std::string lines_of(const std::vector<std::string>& keys, std::size_t most_bytes) {
  std::string lines;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::size_t with_this = lines.size() + 1 + keys[i].size();
    const bool last = i + 1 == keys.size();
    if (with_this + (last ? 0 : kLastLineBytes) > most_bytes) {
      return lines + (lines.empty() ? "" : "\n") + more(keys.size() - i);
    }
    lines += (lines.empty() ? "" : "\n") + keys[i];
  }
  return lines;
}

std::string listed(const std::vector<std::string>& keys) {
  std::string text;
  for (std::size_t i = 0; i < std::min(keys.size(), kMostKeysListed); ++i) {
    text += (i == 0 ? "" : ", ") + keys[i];
  }
  if (keys.size() > kMostKeysListed) text += " " + more(keys.size() - kMostKeysListed);
  return text;
}

}  // namespace tarn::broker
