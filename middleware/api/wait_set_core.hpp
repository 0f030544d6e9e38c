// What stands behind a WaitSet: decides nothing about who is ready (event::Agenda does), but sleeps in
// the right order, wakes, and sees to it that there is a broker. Owns the waiter that everything attached
// is rung by. The wait set's thread; stop() from anywhere.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <tarn/result.hpp>
#include <tarn/wait_set.hpp>

#include "middleware/api/attachable.hpp"
#include "middleware/api/own_waiter.hpp"
#include "middleware/api/wake_fd.hpp"
#include "middleware/event/agenda.hpp"
#include "middleware/event/event_counter.hpp"
#include "platform/clock.hpp"

namespace tarn::detail {

// A user event as its handles keep it: it may outlive the wait set.
class EventTrigger {
 public:
  explicit EventTrigger(std::shared_ptr<const port::WaiterPort> waiter) noexcept
      : waiter_(std::move(waiter)) {}
  void trigger() noexcept;
  [[nodiscard]] event::EventCounter& counter() noexcept { return counter_; }

 private:
  event::EventCounter counter_;
  std::shared_ptr<const port::WaiterPort> waiter_;
};

class WaitSetCore {
 public:
  // The errors of Node::wait_set.
  [[nodiscard]] static Result<std::unique_ptr<WaitSetCore>> create(
      std::shared_ptr<node::Session> session, const WaitSetOptions& options);
  // The handle is gone: detaches everything. Destroys this, unless a callback destroyed the handle; then
  // run() ends with that callback, and whoever called it destroys this.
  void drop_handle() noexcept;
  [[nodiscard]] bool handle_gone() const noexcept { return handle_gone_; }
  ~WaitSetCore();
  WaitSetCore(const WaitSetCore&) = delete;
  WaitSetCore& operator=(const WaitSetCore&) = delete;

  [[nodiscard]] Result<AttachmentId> attach(Attachable& attachable, AttachOptions&& options);
  [[nodiscard]] Result<AttachmentId> add_interval(std::chrono::nanoseconds period,
                                                  Callback&& callback, int priority);
  struct AddedEvent {
    std::shared_ptr<EventTrigger> trigger;
    AttachmentId id;
  };
  [[nodiscard]] Result<AddedEvent> add_event(Callback&& callback, int priority);
  bool detach(AttachmentId id) noexcept { return agenda_.remove(id); }
  bool pause(AttachmentId id, bool paused) noexcept;

  [[nodiscard]] Result<std::span<const Ready>> wait(platform::MonotonicTime deadline);
  [[nodiscard]] Result<void> run();
  void stop() noexcept;
  // Made by the first call. Forked, and what a socket is refused for.
  [[nodiscard]] Result<int> fd();
  // Something attached may be ready, and nobody has rung for it or hints at it.
  void stay_readable() noexcept;
  [[nodiscard]] const WaitSetCounts& counts() const noexcept { return counts_; }

 private:
  WaitSetCore(OwnWaiter&& waiter, std::optional<std::chrono::nanoseconds> spin) noexcept;

  [[nodiscard]] static Error forked_error();
  [[nodiscard]] Result<void> check_room() const;
  [[nodiscard]] Result<void> check_place(const Attachable& attachable) const;
  [[nodiscard]] Result<void> check_usable(const char* what) const;
  [[nodiscard]] Result<void> check_not_empty(const char* what) const;
  [[nodiscard]] Result<void> check_callbacks() const;
  [[nodiscard]] Result<void> look_around(platform::MonotonicTime deadline) noexcept;
  [[nodiscard]] bool take_stop() noexcept;
  [[nodiscard]] bool anything() const noexcept;
  [[nodiscard]] bool find(platform::MonotonicTime now, platform::MonotonicTime deadline) noexcept;
  [[nodiscard]] bool spin_until(platform::MonotonicTime end) const noexcept;
  void sleep_until(platform::MonotonicTime deadline) noexcept;
  [[nodiscard]] bool lie_down() noexcept;
  [[nodiscard]] bool lie_down_anew() noexcept;
  [[nodiscard]] bool sleep_on_bell(platform::MonotonicTime until) noexcept;
  [[nodiscard]] bool sleep_on_fd(platform::MonotonicTime until) noexcept;

  OwnWaiter waiter_;
  port::WaiterPort& port_;                        // its
  std::unique_ptr<WakeFd> fd_;                    // once fd() was called
  std::optional<std::chrono::nanoseconds> spin_;  // none: as the domain is configured
  event::Agenda agenda_;
  WaitSetCounts counts_;
  int looks_at_hints_ = 0;       // since one at everything
  bool all_marked_ = false;      // since something was attached
  bool broker_is_gone_ = false;  // at the end of the last wait
  bool handle_gone_ = false;
  std::atomic<bool> stop_{false};
};

}  // namespace tarn::detail
