// The annotated configuration file: every key with its meaning, its range and the value that serves without
// it, written from the table in config/schema.hpp. It says the same as no file at all. A setting whose
// presence alone would mean something stands behind a '#' without a blank: take it away and it holds; the
// whole file stays valid when all of them are taken away. Free functions without state; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tarn::config {

[[nodiscard]] std::string default_file();

// The file with every setting that stands behind a '#' in force.
[[nodiscard]] std::string with_all_settings(std::string_view file);

}  // namespace tarn::config
