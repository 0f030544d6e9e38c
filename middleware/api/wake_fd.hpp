// An fd in front of a waiter, for event loops that are not ours: readable while there is something for it,
// or the broker went. An epoll fd over the socket that the waiter is rung by, the session's connection,
// and for a wait set a timer.
//
// The invariant, whenever nobody of this process is just looking for messages: if one is unread, a
// datagram is in the socket, or whoever published it is about to send one. So the fd is level-triggered,
// and lies only in one direction: it may be readable for nothing.
//   - A look that finds something leaves the socket as it is.
//   - One that finds nothing drains it, then announces sleep anew, marks the rings, and after the fence
//     looks once more. If it finds something now, it rings itself.
//   - What was drained rang for messages that were committed before it was sent: that last look sees them.
//   - What is committed later is rung for: its publisher reads the new announcement (ring.sleep), and rings
//     each of them once. What it sent stays until the next look that finds nothing, which begins anew.
//   - A socket that is too full for it holds datagrams from after the last drain, which is as good.
//   - A publisher that died before it rang: whoever reaps it kicks its readers, through the same socket.
//
// It knows the waiter, not what the waiter sleeps for. One owner, one thread, in the process that made it:
// a forked child may only destroy it. The fd is closed with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/api/own_waiter.hpp"
#include "platform/any_ready.hpp"
#include "platform/clock.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/timer_descriptor.hpp"

namespace tarn::detail {

// For returning to a broker by a call that only looks: it has an answer in a fraction of that, and is
// asked once a second at most.
inline constexpr std::chrono::milliseconds kLeastForABroker{20};

class WakeFd {
 public:
  enum class Alarm { None, Kept };
  // From now on the waiter is rung through the socket. Requires: it is awake, and outlives this. What
  // the broker refuses, and System where this process has no descriptors left.
  [[nodiscard]] static Result<std::unique_ptr<WakeFd>> create(const OwnWaiter& waiter, Alarm alarm);
  ~WakeFd();
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;

  [[nodiscard]] int get() const noexcept { return ready_.get(); }

  // What made it readable. One system call.
  struct News {
    bool rung = false;  // or a time has come
    bool broker_gone = false;
  };
  [[nodiscard]] News look() const noexcept;

  // For a look that found nothing: no longer readable, and asleep as far as others can see. Then mark,
  // ring::Sleeper::fence(), the last look, and ring() if it finds something.
  void lie_down() noexcept;
  // Readable from then on, until it is set anew. Requires: Alarm::Kept.
  void set_alarm(platform::MonotonicTime when) noexcept;
  // Readable.
  void ring() const noexcept { port_->ring(); }
  // Sleeps until it is readable. False: the deadline has passed.
  [[nodiscard]] bool sleep(platform::MonotonicTime deadline) const noexcept;

 private:
  WakeFd(const OwnWaiter& waiter, platform::FileDescriptor socket,
         platform::AnyReady ready) noexcept;

  node::Session& session_;
  std::shared_ptr<port::WaiterPort> port_;
  platform::FileDescriptor socket_;
  std::optional<platform::TimerDescriptor> timer_;
  platform::AnyReady ready_;
  platform::MonotonicTime alarm_ = platform::kForever;
  bool lies_ = false;
};

}  // namespace tarn::detail
