// Reads a DomainConfig out of a YAML tree: knows the keys, their ranges and their defaults, and stops at
// the first thing that is wrong. Knows no YAML library and no file. Free of state; any thread.
#pragma once

#include <string>

#include <tarn/result.hpp>

#include "config/domain_config.hpp"
#include "config/yaml_node.hpp"

namespace tarn::config {

// `file` is the name that errors show.
[[nodiscard]] Result<DomainConfig> read_domain(const YamlNode& root, const std::string& file);

}  // namespace tarn::config
