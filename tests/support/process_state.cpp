#include "tests/support/process_state.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

namespace tarn::test {

namespace {

std::string folder_of(std::int32_t pid) { return "/proc/" + std::to_string(pid); }

// What each fd is, with the number of its object where it has no path. One that is closed meanwhile is not
// among them.
std::vector<std::string> targets_of(std::int32_t pid) {
  std::vector<std::string> found;
  std::error_code gone;
  std::filesystem::directory_iterator entry(folder_of(pid) + "/fd", gone);
  for (; !gone && entry != std::filesystem::directory_iterator(); entry.increment(gone)) {
    std::array<char, 256> target{};
    if (::readlink(entry->path().c_str(), target.data(), target.size() - 1) < 0) continue;
    found.emplace_back(target.data());
  }
  return found;
}

// "socket:[4711]" is a "socket".
std::string kind_of(const std::string& target) {
  for (const char* kind : {"socket", "pipe"}) {
    if (target.starts_with(std::string(kind) + ":[")) return kind;
  }
  return target;
}

}  // namespace

bool is_running(std::int32_t pid, std::uint64_t start_time) {
  std::ifstream file(folder_of(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return false;
  // The name, in parentheses, may hold anything; the state follows it, and is field 3 of proc(5).
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string state;
  std::string word;
  fields >> state;
  constexpr int kStartTimeField = 22;
  for (int field = 4; field <= kStartTimeField; ++field) fields >> word;
  return state != "Z" && state != "X" && word == std::to_string(start_time);
}

char state_of(std::int32_t pid) {
  std::ifstream file(folder_of(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return '\0';
  const auto state = line.rfind(')') + 2;
  return state < line.size() ? line[state] : '\0';
}

DescriptorCounts descriptors_of(std::int32_t pid, const std::set<std::string>& except) {
  DescriptorCounts counts;
  for (const std::string& target : targets_of(pid)) {
    if (!except.contains(target)) ++counts[kind_of(target)];
  }
  return counts;
}

std::set<std::string> own_sockets_and_pipes() {
  std::set<std::string> found;
  for (const std::string& target : targets_of(::getpid())) {
    if (kind_of(target) != target) found.insert(target);
  }
  return found;
}

std::uint64_t anonymous_kib(std::int32_t pid) {
  std::ifstream file(folder_of(pid) + "/smaps_rollup");
  std::string line;
  const std::string key = "Anonymous:";
  while (std::getline(file, line)) {
    if (line.starts_with(key)) return std::stoull(line.substr(key.size()));
  }
  return 0;
}

}  // namespace tarn::test
