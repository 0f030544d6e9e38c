#include "platform/signal_descriptor.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "platform/system_call.hpp"

namespace tarn::platform {

Result<SignalDescriptor> SignalDescriptor::create(std::span<const int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    if (sigaddset(&set, signal) != 0) {
      return Failure(Error::make(Errc::InvalidArgument, EINVAL, "there is no signal %d", signal));
    }
  }
  // Blocked before there is an fd: in between, a handler or the default action could still run.
  if (const int error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return Failure(Error::make(code_of(error), error, "cannot block signals"));
  }
  FileDescriptor descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (descriptor) return SignalDescriptor(std::move(descriptor));
  const int error = errno;
  return Failure(Error::make(code_of(error), error, "cannot create a signal fd"));
}

Result<std::optional<int>> SignalDescriptor::read() {
  signalfd_siginfo info{};
  const auto count = retry_interrupted([&] { return ::read(signal_.get(), &info, sizeof info); });
  if (count == static_cast<ssize_t>(sizeof info)) {
    return std::optional(static_cast<int>(info.ssi_signo));
  }
  if (errno == EAGAIN) return std::optional<int>();
  const int error = errno;
  return Failure(Error::make(code_of(error), error, "cannot read a signal"));
}

}  // namespace tarn::platform
