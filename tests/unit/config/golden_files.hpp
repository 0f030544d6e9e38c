// The configuration files of tests/golden/config/: good ones, and bad ones that end in what the loader says
// of them, a "#> " in front of each line. Main thread only.
#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"

namespace tarn::test {

struct GoldenFile {
  std::string name;
  std::string text;
  std::vector<std::string> expected;  // "line:column: key: words"
};

// Those of a folder below tests/golden/config/, by name.
[[nodiscard]] std::vector<GoldenFile> golden_files(const std::string& folder);

[[nodiscard]] std::string read_file(const std::string& path);

// As the loader reads it where pages have 4 KiB: the sums of memory in the files are for that.
[[nodiscard]] config::Loading examine(const std::string& text);

// What is wrong with it, as golden files expect it; nothing if it holds.
[[nodiscard]] std::vector<std::string> findings_of(const std::string& text);

}  // namespace tarn::test
