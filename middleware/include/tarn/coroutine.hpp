// Coroutines over a wait set: code that reads like a loop of waits, many of them in one thread. A stream
// is a subscriber that a coroutine awaits; WaitSet::run() resumes whoever it has something for, the most
// urgent first. A coroutine's frame is allocated when the coroutine is called, a stream's state when it is
// made; awaiting, resuming and taking allocate nothing. Everything here belongs to the wait set's thread.
#pragma once

#include <coroutine>
#include <cstdlib>
#include <memory>
#include <utility>

#include <tarn/result.hpp>
#include <tarn/sample.hpp>
#include <tarn/subscriber.hpp>
#include <tarn/wait_set.hpp>

namespace tarn {

// What a function that awaits streams returns. It has run up to its first await when the call returns.
// Destroying it ends it where it stands. An exception that leaves it ends the program.
class [[nodiscard]] Coroutine {
 public:
  // The compiler's side of it, and its name for that.
  struct promise_type {  // NOLINT(readability-identifier-naming)
    // What the caller gets.
    Coroutine get_return_object() noexcept {
      return Coroutine(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    // It begins at once, and stays when it is done.
    std::suspend_never initial_suspend() noexcept { return {}; }
    // See initial_suspend().
    std::suspend_always final_suspend() noexcept { return {}; }
    // It answers nothing.
    void return_void() noexcept {}
    // There is nobody who could catch it.
    [[noreturn]] void unhandled_exception() noexcept { std::abort(); }
  };

  // One that was moved from is good for nothing.
  Coroutine(Coroutine&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  // As above.
  Coroutine& operator=(Coroutine&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Coroutine() {
    if (frame_) frame_.destroy();
  }

  // Whether it ran to its end. Requires: it was not moved from.
  [[nodiscard]] bool done() const noexcept { return frame_.done(); }

 private:
  explicit Coroutine(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

// A subscriber to await. One coroutine at a time awaits it. Movable while nobody does. It outlives the
// coroutines that await it, and the wait set outlives it and stays where it is.
template <typename T>
class Stream {
  struct State;

 public:
  // Takes the subscriber over and attaches it; `options.callback` is the stream's. The errors of
  // WaitSet::attach().
  [[nodiscard]] static Result<Stream> open(WaitSet& set, Subscriber<T> subscriber,
                                           AttachOptions options = {}) {
    auto state = std::make_unique<State>(set, std::move(subscriber));
    options.callback = Callback([waits = state.get()](const Ready& ready) { waits->look(ready); });
    const auto id = set.attach(state->subscriber, std::move(options));
    if (!id) return Failure(id.error());
    state->id = *id;
    set.pause(*id);
    return Stream(std::move(state));
  }

  // What co_await works on.
  class Next {
   public:
    // A coroutine that is destroyed where it stands is not waited for any more.
    ~Next() {
      if (state_.awaiting != this) return;
      state_.awaiting = nullptr;
      state_.set.pause(state_.id);
    }
    Next(const Next&) = delete;
    Next& operator=(const Next&) = delete;

    // Even with a message there the wait set decides whose turn it is.
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    // Looked at by the wait set from now on.
    void await_suspend(std::coroutine_handle<> frame) noexcept {
      state_.awaiting = this;
      frame_ = frame;
      state_.set.pause(state_.id, false);
    }
    // The message, or the empty sample that says why there is none.
    [[nodiscard]] Sample<T> await_resume() noexcept { return std::move(sample_); }

   private:
    friend class Stream;
    explicit Next(State& state) noexcept : state_(state) {}

    State& state_;
    std::coroutine_handle<> frame_;
    Sample<T> sample_;
  };

  // co_await stream.next() is the oldest message not taken yet, or an empty sample: with outcome Empty
  // when none came for AttachOptions::deadline, else one that waiting does not change.
  [[nodiscard]] Next next() noexcept { return Next(*state_); }

  // For everything but taking, as long as somebody awaits it.
  [[nodiscard]] Subscriber<T>& subscriber() noexcept { return state_->subscriber; }

 private:
  struct State {
    State(WaitSet& waits, Subscriber<T> taken_over) noexcept
        : set(waits), subscriber(std::move(taken_over)) {}

    // Called by the wait set; the coroutine may destroy this before it suspends again.
    void look(const Ready& ready) noexcept {
      if (awaiting == nullptr) return;
      awaiting->sample_ = subscriber.try_take();
      const bool missed = ready.reason == WaitReason::DeadlineMissed;
      if (awaiting->sample_.outcome() == TakeOutcome::Empty && !missed) return;
      set.pause(id);
      std::exchange(awaiting, nullptr)->frame_.resume();
    }

    WaitSet& set;
    Subscriber<T> subscriber;  // detaches itself when it goes
    AttachmentId id{};
    Next* awaiting = nullptr;
  };

  explicit Stream(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

  std::unique_ptr<State> state_;
};

}  // namespace tarn
