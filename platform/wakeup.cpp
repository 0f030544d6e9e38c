#include "platform/wakeup.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "platform/system_call.hpp"

namespace tarn::platform {

Result<Wakeup> Wakeup::create() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (event) return Wakeup(std::move(event));
  const int error = errno;
  return Failure(Error::make(code_of(error), error, "cannot create an event fd"));
}

void Wakeup::signal() const noexcept {
  const int saved_errno = errno;
  const std::uint64_t one = 1;
  // The only refusal is a full counter, and that is readable already.
  static_cast<void>(retry_interrupted([&] { return ::write(event_.get(), &one, sizeof one); }));
  errno = saved_errno;
}

bool Wakeup::drain() const noexcept {
  std::uint64_t count = 0;
  return retry_interrupted([&] { return ::read(event_.get(), &count, sizeof count); }) ==
         static_cast<ssize_t>(sizeof count);
}

}  // namespace tarn::platform
