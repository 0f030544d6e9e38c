// The configuration file that a verb is about: the one that was named, else the one that TARN_CONFIG names,
// else none, which means the defaults. Free functions without state.
#pragma once

#include <optional>
#include <string>

#include "config/domain_config.hpp"
#include "config/origins.hpp"

namespace tarn::cli {

struct ConfigFile {
  std::string name;  // as it was given; "the defaults" where there is none
  config::DomainConfig config;
  config::Origins origins{};  // of what the file says
};

// Nothing when it does not hold: then everything that is wrong with it was said on stderr.
[[nodiscard]] std::optional<ConfigFile> load_config_file(const std::string& name);

}  // namespace tarn::cli
