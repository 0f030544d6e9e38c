// From a configuration file to a DomainConfig: all or nothing, and where nothing, everything that is wrong
// with the file. The only door of the YAML library into the project: its types stay behind this header and
// its exceptions end in load.cpp. Free functions without state; any thread may call them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tarn/result.hpp>

#include "config/domain_config.hpp"
#include "config/findings.hpp"
#include "config/origins.hpp"

namespace tarn::config {

struct Loaded {
  DomainConfig config;
  Origins origins;  // of what the file says; what it leaves out is not there
};

using Loading = tl::expected<Loaded, Refusal>;

// The page size to plan memory by: that of the machine this runs on.
inline constexpr std::uint32_t kOwnPageBytes = 0;

// For who shows findings to a person. The code of the refusal's error is InvalidConfig; where the file
// cannot be read, System or NotPermitted with an errno.
[[nodiscard]] Loading examine_file(const std::string& path,
                                   std::uint32_t page_bytes = kOwnPageBytes);
// The same for text that is in memory; `name` stands for the file in findings.
[[nodiscard]] Loading examine_text(std::string_view text, const std::string& name,
                                   std::uint32_t page_bytes = kOwnPageBytes);

// For who wants no more than the configuration: the error holds the first findings.
[[nodiscard]] Result<DomainConfig> load_file(const std::string& path);
[[nodiscard]] Result<DomainConfig> load_text(std::string_view text, const std::string& name);

}  // namespace tarn::config
