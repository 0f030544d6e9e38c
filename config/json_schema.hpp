// The JSON Schema (draft 2020-12) of configuration files, for editors: written from the table in
// config/schema.hpp. It knows each key, its kind and its range; what keys mean to each other (a pool too
// small for its topics, patterns in a tie) only the loader knows. Free function without state; any thread.
#pragma once

#include <string>

namespace tarn::config {

// Ends in a newline.
[[nodiscard]] std::string json_schema();

}  // namespace tarn::config
