#include "platform/thread.hpp"

#include <signal.h>

#include <memory>
#include <new>

#include <tarn/assert.hpp>

#include "platform/system_call.hpp"
#include "platform/thread_name.hpp"

namespace tarn::platform {

namespace {

struct Start {
  const char* name;
  void (*body)(void*);
  void* context;
};

void* run(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  set_thread_name(start->name);
  start->body(start->context);
  return nullptr;
}

}  // namespace

Thread::~Thread() { TARN_ASSERT(!thread_.has_value()); }

Result<Thread> Thread::start(const char* name, void (*body)(void* context), void* context) {
  std::unique_ptr<Start> start(new (std::nothrow) Start{name, body, context});
  if (start == nullptr) {
    return Failure(Error::make(Errc::OutOfMemory, 0, "no memory for thread %s", name));
  }
  // A thread inherits its mask; the creator's own is as before afterwards.
  sigset_t all;
  sigset_t former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, run, start.get());
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  if (error != 0) {
    return Failure(Error::make(code_of(error), error, "cannot start thread %s", name));
  }
  // The thread frees it.
  (void)start.release();
  return Thread(thread);
}

void Thread::join() noexcept {
  if (!thread_) return;
  pthread_join(*thread_, nullptr);
  thread_.reset();
}

}  // namespace tarn::platform
