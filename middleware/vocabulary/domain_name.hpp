// What may name a domain: 1 to 32 of [a-z0-9_-], because the name becomes a directory. Knows nothing
// of where that directory is. Any thread may call it.
#pragma once

#include <string_view>

#include <tarn/result.hpp>

namespace tarn::vocabulary {

// InvalidArgument shows the name, the first offending byte and its position, counted from 1.
[[nodiscard]] Result<void> check_domain_name(std::string_view name) noexcept;

}  // namespace tarn::vocabulary
