#include "tests/unit/config/golden_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

constexpr std::string_view kMark = "#> ";
constexpr const char* kName = "FILE";
constexpr std::uint32_t kPageBytes = 4096;

std::vector<std::string> expected_in(const std::string& text) {
  std::vector<std::string> expected;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(kMark, 0) == 0) expected.push_back(line.substr(kMark.size()));
  }
  return expected;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<GoldenFile> golden_files(const std::string& folder) {
  std::vector<GoldenFile> files;
  const std::string path = TARN_SOURCE_DIRECTORY "/tests/golden/config/" + folder;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string text = read_file(entry.path().string());
    files.push_back({entry.path().filename().string(), text, expected_in(text)});
  }
  std::sort(files.begin(), files.end(),
            [](const GoldenFile& one, const GoldenFile& other) { return one.name < other.name; });
  return files;
}

config::Loading examine(const std::string& text) {
  return config::examine_text(text, kName, kPageBytes);
}

std::vector<std::string> findings_of(const std::string& text) {
  const auto loading = examine(text);
  if (loading) return {};
  std::vector<std::string> findings;
  for (const std::string& line : loading.error().lines()) {
    const std::string begin = std::string(kName) + ':';
    REQUIRE(line.rfind(begin, 0) == 0);
    findings.push_back(line.substr(line.find_first_not_of(' ', begin.size())));
  }
  return findings;
}

}  // namespace tarn::test
