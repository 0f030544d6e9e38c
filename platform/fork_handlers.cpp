#include "platform/fork_handlers.hpp"

#include <pthread.h>

namespace tarn::platform {

bool add_fork_handlers(const ForkHandlers& handlers) noexcept {
  return pthread_atfork(handlers.before, handlers.in_parent, handlers.in_child) == 0;
}

}  // namespace tarn::platform
