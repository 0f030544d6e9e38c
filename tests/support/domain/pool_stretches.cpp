#include "tests/support/domain/pool_stretches.hpp"

#include <fstream>
#include <sstream>
#include <string>

namespace tarn::test {

std::vector<PoolStretch> pool_stretches() {
  std::vector<PoolStretch> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with("/pool")) continue;
    std::istringstream text(line);
    std::uintptr_t first = 0;
    std::uintptr_t last = 0;
    char dash = 0;
    std::string access;
    PoolStretch stretch;
    text >> std::hex >> first >> dash >> last >> access >> stretch.offset;
    stretch.first = reinterpret_cast<std::byte*>(first);
    stretch.bytes = last - first;
    stretch.writable = access.at(1) == 'w';
    found.push_back(stretch);
  }
  return found;
}

std::byte* place_in_pool(std::uint64_t offset, bool writable) {
  for (const PoolStretch& stretch : pool_stretches()) {
    if (writable && !stretch.writable) continue;
    if (offset >= stretch.offset && offset - stretch.offset < stretch.bytes) {
      return stretch.first + (offset - stretch.offset);
    }
  }
  return nullptr;
}

}  // namespace tarn::test
