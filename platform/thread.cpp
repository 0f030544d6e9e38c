#include "platform/thread.hpp"

#include <sched.h>
#include <signal.h>

#include <cstddef>
#include <memory>
#include <new>

#include <tarn/detail/assert.hpp>

#include "platform/system_call.hpp"
#include "platform/thread_name.hpp"

namespace tarn::platform {

namespace {

constexpr std::size_t kStackBytes = 512 * 1024;

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

// A thread's attributes, given back in any case.
class Attributes {
 public:
  Attributes() noexcept {
    pthread_attr_init(&attributes_);
    pthread_attr_setstacksize(&attributes_, kStackBytes);
    int policy = SCHED_OTHER;
    sched_param parameters{};
    pthread_getschedparam(pthread_self(), &policy, &parameters);
    // Asked for only where it differs: some sandboxes do not let one ask.
    if (policy == SCHED_OTHER) return;
    parameters = {};
    pthread_attr_setinheritsched(&attributes_, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes_, SCHED_OTHER);
    pthread_attr_setschedparam(&attributes_, &parameters);
  }
  ~Attributes() { pthread_attr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  [[nodiscard]] const pthread_attr_t* get() const noexcept { return &attributes_; }

 private:
  pthread_attr_t attributes_{};
};

}  // namespace

Thread::~Thread() { TARN_ASSERT(!thread_.has_value()); }

Result<Thread> Thread::start(const char* name, void (*body)(void* context), void* context) {
  std::unique_ptr<Start> start(new (std::nothrow) Start{name, body, context});
  if (start == nullptr) {
    return Failure(Error::make(Errc::OutOfMemory, 0, "no memory for thread %s", name));
  }
  // A thread inherits its mask; the creator's own is as before afterwards.
  const Attributes attributes;
  sigset_t all;
  sigset_t former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  pthread_t thread;
  const int error = pthread_create(&thread, attributes.get(), run, start.get());
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
