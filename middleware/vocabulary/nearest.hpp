// The name that somebody may have meant. Free functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::vocabulary {

// Those of `names` that are most like `wanted`, at most three, the most alike first; none that is not
// alike at all.
[[nodiscard]] std::vector<std::string> nearest(std::string_view wanted,
                                               const std::vector<std::string>& names);

// "; nearest: a, b", or nothing.
[[nodiscard]] std::string nearest_text(std::string_view wanted,
                                       const std::vector<std::string>& names);

}  // namespace tarn::vocabulary
