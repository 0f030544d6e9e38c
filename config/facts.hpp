// What the checks across values go by: the configuration as far as it could be read, where its parts stand
// in the file, and what of it is in doubt. Views of things that outlive it; one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/check_schema.hpp"
#include "config/domain_config.hpp"
#include "config/origins.hpp"

namespace tarn::config {

class Facts {
 public:
  Facts(const DomainConfig& config, const Origins& origins, const Doubts& doubts)
      : config_(&config), origins_(&origins), doubts_(&doubts) {}

  [[nodiscard]] const DomainConfig& config() const noexcept { return *config_; }
  [[nodiscard]] const Doubts& doubts() const noexcept { return *doubts_; }

  [[nodiscard]] bool written(const std::string& path) const {
    return origins_->find(path).has_value();
  }
  // Where the value stands; where there is none, the key of what it would be in, or the file's beginning.
  [[nodiscard]] Position value(const std::string& path, const std::string& parent = {}) const {
    if (const auto origin = origins_->find(path)) return origin->value;
    return key(parent);
  }
  [[nodiscard]] Position key(const std::string& path) const {
    const auto origin = origins_->find(path);
    return origin ? origin->key : Position{};
  }
  // "pool.size in line 3", "pool.size by default".
  [[nodiscard]] std::string named(const std::string& path) const {
    const auto origin = origins_->find(path);
    return path + (origin ? " in line " + std::to_string(origin->value.line) : " by default");
  }

 private:
  const DomainConfig* config_;
  const Origins* origins_;
  const Doubts* doubts_;
};

// The path of a rule for topics, and of one of its settings; nullptr: the defaults.
[[nodiscard]] inline std::string path_of(const plan::TopicRule* rule) {
  return rule == nullptr ? "defaults" : join_path("topics", rule->name);
}
[[nodiscard]] inline std::string path_of(const plan::TopicRule* rule, std::string_view setting) {
  return join_path(path_of(rule), setting);
}

}  // namespace tarn::config
