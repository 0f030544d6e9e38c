// What a test case may not leave behind: fds, children, temporary directories. main's listener asks
// before and after each case.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tarn::test {

// fd -> what it is, as /proc/self/fd tells it.
using OpenDescriptors = std::map<int, std::string>;

[[nodiscard]] OpenDescriptors open_descriptors();

// One sentence for each thing that is there now and was not among `before`.
[[nodiscard]] std::vector<std::string> leaks_since(const OpenDescriptors& before);

}  // namespace tarn::test
