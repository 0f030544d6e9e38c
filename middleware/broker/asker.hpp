// Who asks the broker for something, and with which of its requests: grants remember both, so that
// one whose reply never arrived can be told from one that its client knows of. A plain value.
#pragma once

#include <cstdint>

#include "middleware/directory/records_layout.hpp"

namespace tarn::broker {

struct Asker {
  std::uint32_t client = directory::kNone;
  std::uint32_t request = 0;  // sequence of its packet; these only grow while the client lives
};

// Whether `request` came after `answered`; the numbers may wrap.
constexpr bool is_later(std::uint32_t request, std::uint32_t answered) noexcept {
  return static_cast<std::int32_t>(request - answered) > 0;
}

}  // namespace tarn::broker
