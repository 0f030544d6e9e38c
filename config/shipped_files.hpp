// The configuration files of config/defaults/ as they are installed, kept in the program so that it can show
// them wherever it runs. Constant texts; any thread.
#pragma once

#include <string_view>

namespace tarn::config {

[[nodiscard]] std::string_view tiny_file() noexcept;
[[nodiscard]] std::string_view camera_file() noexcept;

}  // namespace tarn::config
