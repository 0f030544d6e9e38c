// docs/configuration.md: every key with its kind, unit, range, default and meaning, written from the table
// in config/schema.hpp, and around it what holds for all of them. Free function without state; any thread.
#pragma once

#include <string>

namespace tarn::config {

[[nodiscard]] std::string reference();

}  // namespace tarn::config
