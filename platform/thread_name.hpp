// The name that tools show for a thread.
#pragma once

#include <string_view>

namespace tarn::platform {

// Names the calling thread. The kernel keeps 15 bytes; longer names are cut.
void set_thread_name(std::string_view name) noexcept;

}  // namespace tarn::platform
