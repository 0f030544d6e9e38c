#include "platform/memory_group.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "platform/text_file.hpp"

namespace tarn::platform {

namespace {

constexpr std::size_t kMostText = std::size_t{64} << 10;
constexpr std::uint64_t kNoLimit = UINT64_MAX;

// Where a group of one kind of hierarchy says what.
struct Hierarchy {
  const char* root;
  const char* limit;
  const char* used;
  std::array<std::string_view, 2> cached;  // lines of memory.stat
};

constexpr Hierarchy kUnified{
    "/sys/fs/cgroup", "memory.max", "memory.current", {"inactive_file ", "active_file "}};
constexpr Hierarchy kUnifiedBeside{
    "/sys/fs/cgroup/unified", "memory.max", "memory.current", {"inactive_file ", "active_file "}};
constexpr Hierarchy kMemory{"/sys/fs/cgroup/memory",
                            "memory.limit_in_bytes",
                            "memory.usage_in_bytes",
                            {"total_inactive_file ", "total_active_file "}};

// The number that the text begins with; `otherwise` for none ("max").
std::uint64_t number_in(std::string_view text, std::uint64_t otherwise) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() ? number : otherwise;
}

std::uint64_t number_at(const std::string& path, std::uint64_t otherwise) {
  const auto text = read_text_file(path, kMostText);
  return text ? number_in(*text, otherwise) : otherwise;
}

std::uint64_t cached_bytes(const std::string& group, const Hierarchy& hierarchy) {
  const auto stat = read_text_file(group + "/memory.stat", kMostText);
  if (!stat) return 0;
  std::uint64_t sum = 0;
  for (const std::string_view line : hierarchy.cached) {
    const std::string wanted = "\n" + std::string(line);
    const std::string all = "\n" + *stat;
    const std::size_t found = all.find(wanted);
    if (found == std::string::npos) continue;
    sum += number_in(std::string_view(all).substr(found + wanted.size()), 0);
  }
  return sum;
}

std::uint64_t left_in(const std::string& group, const Hierarchy& hierarchy) {
  const std::uint64_t limit = number_at(group + "/" + hierarchy.limit, kNoLimit);
  if (limit == kNoLimit) return kNoLimit;
  const std::uint64_t used = number_at(group + "/" + hierarchy.used, 0);
  const std::uint64_t kept = used - std::min(used, cached_bytes(group, hierarchy));
  return limit - std::min(limit, kept);
}

// Of the group and of all that it lies in.
std::uint64_t least_left(std::string group, const Hierarchy& hierarchy) {
  if (group.empty() || group.front() != '/') return kNoLimit;
  std::uint64_t least = kNoLimit;
  for (;;) {
    least = std::min(least, left_in(hierarchy.root + group, hierarchy));
    const std::size_t slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.resize(slash);
  }
}

}  // namespace

// Lines of "number:controllers:/path"; the unified hierarchy's number is 0.
std::uint64_t memory_left_in_groups() {
  const auto text = read_text_file("/proc/self/cgroup", kMostText);
  if (!text) return kNoLimit;
  std::uint64_t least = kNoLimit;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t memory = line.find(":memory:");
    if (line.starts_with("0::")) {
      least = std::min(least, least_left(std::string(line.substr(3)), kUnified));
      least = std::min(least, least_left(std::string(line.substr(3)), kUnifiedBeside));
    } else if (memory != std::string_view::npos) {
      least = std::min(least, least_left(std::string(line.substr(memory + 8)), kMemory));
    }
  }
  return least;
}

}  // namespace tarn::platform
