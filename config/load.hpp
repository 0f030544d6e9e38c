// From a configuration file to a DomainConfig. The only door of the YAML library into the project: its
// types stay behind this header and its exceptions end in load.cpp. Free functions without state; any
// thread may call them.
#pragma once

#include <string>
#include <string_view>

#include <tarn/result.hpp>

#include "config/domain_config.hpp"

namespace tarn::config {

// A file may hold 1 MiB. InvalidConfig says file:line:column, the key path, what was found there and
// what is allowed; System, with an errno, that the file cannot be read.
[[nodiscard]] Result<DomainConfig> load_file(const std::string& path);

// The same for text that is in memory; `name` stands for the file in errors.
[[nodiscard]] Result<DomainConfig> load_text(std::string_view text, const std::string& name);

}  // namespace tarn::config
