#include "platform/thread_name.hpp"

#include <pthread.h>

#include <array>
#include <cstddef>

namespace tarn::platform {

void set_thread_name(std::string_view name) noexcept {
  std::array<char, 16> buffer{};  // the kernel's TASK_COMM_LEN
  name.copy(buffer.data(), buffer.size() - 1);
  pthread_setname_np(pthread_self(), buffer.data());
}

}  // namespace tarn::platform
