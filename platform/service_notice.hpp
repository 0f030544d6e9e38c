// What a service manager wants to hear of its service (sd_notify(3)), without its library. Knows the
// socket named by NOTIFY_SOCKET and nothing of who listens there. Any thread.
#pragma once

#include <string_view>

#include <tarn/result.hpp>

namespace tarn::platform {

// Sends `state`, "READY=1" or "STOPPING=1" for example. Does nothing, successfully, where no manager
// asked to be told. `socket_path` is the value of NOTIFY_SOCKET: empty, absolute, or abstract ('@').
[[nodiscard]] Result<void> notify_service_manager(std::string_view socket_path,
                                                  std::string_view state);

}  // namespace tarn::platform
