#include "middleware/api/wait_set_core.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <tarn/limits.hpp>

#include "middleware/pool/pool_layout.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/vocabulary/printable.hpp"
#include "platform/cpu.hpp"

namespace tarn::detail {

using vocabulary::Printable;

namespace {

constexpr std::chrono::milliseconds kMostSpin{1};
constexpr int kLooksAtHints = 64;   // up to the next at everything
constexpr int kLooksPerClock = 16;  // while it spins

Error invalid(const char* text) { return Error::make(Errc::InvalidArgument, 0, "%s", text); }

}  // namespace

Error WaitSetCore::forked_error() {
  return Error::make(Errc::Forked, 0,
                     "this wait set belongs to the parent process: make one of a node that was "
                     "opened after fork");
}

void EventTrigger::trigger() noexcept {
  counter_.add();
  waiter_->ring();
}

Result<std::unique_ptr<WaitSetCore>> WaitSetCore::create(std::shared_ptr<node::Session> session,
                                                         const WaitSetOptions& options) {
  const auto spin = options.spin.value_or(std::chrono::nanoseconds::zero());
  if (spin < std::chrono::nanoseconds::zero() || spin > kMostSpin) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "WaitSetOptions::spin is %lld ns; allowed is 0 to 1 ms",
                               static_cast<long long>(spin.count())));
  }
  auto waiter = OwnWaiter::create(std::move(session));
  if (!waiter) return Failure(waiter.error());
  return std::unique_ptr<WaitSetCore>(new WaitSetCore(std::move(*waiter), options.spin));
}

WaitSetCore::WaitSetCore(OwnWaiter&& waiter, std::optional<std::chrono::nanoseconds> spin) noexcept
    : waiter_(std::move(waiter)), port_(*waiter_.port()), spin_(spin) {}

WaitSetCore::~WaitSetCore() { agenda_.clear(); }

// A callback that calls exit() comes here, too, where the set is in a static place.
void WaitSetCore::drop_handle() noexcept {
  if (!agenda_.calling()) {
    delete this;
    return;
  }
  handle_gone_ = true;
  agenda_.clear();
  stop();
}

Result<void> WaitSetCore::check_room() const {
  if (waiter_.session().forked()) return Failure(forked_error());
  if (!agenda_.full()) return {};
  return Failure(Error::make(Errc::InvalidArgument, 0,
                             "%zu things are attached to this wait set, which is the most: use "
                             "another one",
                             kMaxAttachments));
}

// Whether it can be rung by this wait set.
Result<void> WaitSetCore::check_place(const Attachable& attachable) const {
  if (attachable.set != nullptr) {
    return Failure(Error::make(
        Errc::InvalidArgument, 0,
        "this subscriber of '%s' is attached to %s already, as attachment %llu: detach it there "
        "first",
        Printable(attachable.name).c_str(),
        attachable.set == this ? "this wait set" : "another wait set",
        static_cast<unsigned long long>(attachable.id)));
  }
  if (attachable.has_fd) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "this subscriber of '%s' is waited for by its fd(): attach it "
                               "instead of asking for that",
                               Printable(attachable.name).c_str()));
  }
  if (attachable.pool == waiter_.pool()) return {};
  return Failure(
      invalid("the subscriber's node and the wait set's are in different domains: a "
              "wait set waits in its own"));
}

Result<AttachmentId> WaitSetCore::attach(Attachable& attachable, AttachOptions&& options) {
  if (auto room = check_room(); !room) return Failure(room.error());
  if (auto place = check_place(attachable); !place) return Failure(place.error());
  if (options.status && attachable.source.functions->status_changes == nullptr) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "AttachOptions::status is set for the subscriber of pattern '%s', "
                               "which has no status(): leave it out",
                               Printable(attachable.name).c_str()));
  }
  if (options.deadline < std::chrono::nanoseconds::zero()) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "AttachOptions::deadline is %lld ns; allowed is 0 for none, or more",
                               static_cast<long long>(options.deadline.count())));
  }
  const event::Source& source = attachable.source;
  attachable.id = agenda_.add_source(source, std::move(options), platform::monotonic_now());
  attachable.set = this;
  all_marked_ = false;  // nobody hints at what is new here
  source.functions->attached(source.object, port_.index());
  stay_readable();
  return attachable.id;
}

void WaitSetCore::stay_readable() noexcept {
  looks_at_hints_ = kLooksAtHints;
  if (fd_ != nullptr) fd_->ring();
}

Result<AttachmentId> WaitSetCore::add_interval(std::chrono::nanoseconds period, Callback&& callback,
                                               int priority) {
  if (auto room = check_room(); !room) return Failure(room.error());
  if (period <= std::chrono::nanoseconds::zero()) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "an interval of %lld ns was asked for; allowed is 1 ns or more",
                               static_cast<long long>(period.count())));
  }
  const auto now = platform::monotonic_now();
  const AttachmentId id = agenda_.add_interval(period, std::move(callback), priority, now);
  stay_readable();
  return id;
}

Result<WaitSetCore::AddedEvent> WaitSetCore::add_event(Callback&& callback, int priority) {
  if (auto room = check_room(); !room) return Failure(room.error());
  auto trigger = std::make_shared<EventTrigger>(waiter_.port());
  const std::shared_ptr<event::EventCounter> counter(trigger, &trigger->counter());
  const AttachmentId id = agenda_.add_event(counter, std::move(callback), priority);
  return AddedEvent{std::move(trigger), id};
}

Result<void> WaitSetCore::check_usable(const char* what) const {
  if (waiter_.session().forked()) return Failure(forked_error());
  if (!agenda_.calling()) return {};
  return Failure(Error::make(Errc::InvalidArgument, 0,
                             "%s was called by a callback of the same wait set", what));
}

Result<void> WaitSetCore::check_not_empty(const char* what) const {
  if (!agenda_.empty()) return {};
  return Failure(Error::make(Errc::InvalidArgument, 0,
                             "%s would never end: nothing is attached to this wait set", what));
}

Result<void> WaitSetCore::check_callbacks() const {
  const auto without = agenda_.without_callback();
  if (!without) return {};
  return Failure(Error::make(Errc::InvalidArgument, 0,
                             "attachment %llu of this wait set has no callback, which run() needs: "
                             "give it one, or use wait()",
                             static_cast<unsigned long long>(*without)));
}

void WaitSetCore::stop() noexcept {
  // order(wait_set.stop): release. Pairs with take_stop(): who returns because of it sees what was done
  // before. That no sleep misses it is the bell's work.
  stop_.store(true, std::memory_order_release);
  port_.ring();
}

bool WaitSetCore::take_stop() noexcept {
  // relaxed: the exchange decides.
  if (!stop_.load(std::memory_order_relaxed)) return false;
  // order(wait_set.stop): acquire. Pairs with stop().
  return stop_.exchange(false, std::memory_order_acquire);
}

bool WaitSetCore::anything() const noexcept {
  // relaxed: take_stop() reads it again.
  return stop_.load(std::memory_order_relaxed) || agenda_.stirs();
}

// When nothing is ready. A broker that is gone is looked for by the wait after the one that noticed,
// since a time-out has no time left. That is once a second at most.
Result<void> WaitSetCore::look_around(platform::MonotonicTime deadline) noexcept {
  node::Session& session = waiter_.session();
  if (std::exchange(broker_is_gone_, false)) {
    session.return_to_broker(std::max(deadline, platform::deadline_after(kLeastForABroker)));
  }
  // relaxed: nothing is read because of it.
  const bool gone = tarn_load_relaxed_u32(&waiter_.pool()->view().header().state) ==
                    static_cast<std::uint32_t>(pool::PoolState::Gone);
  if (!gone && !session.domain_reset()) return {};
  return Failure(Error::make(Errc::DomainReset, 0,
                             "the domain's pool was given up: open a node, subscribers and a wait "
                             "set anew"));
}

// Publishers say which topics have news, once all of their rings were marked for a sleep. Looking at these alone
// is what makes a wake-up cost the same for many as for few. The last look before a sleep is at everything, and
// so is one after so many at hints: nothing depends on a hint but how soon it is found.
bool WaitSetCore::find(platform::MonotonicTime now, platform::MonotonicTime deadline) noexcept {
  std::array<std::uint64_t, ring::kHintWords> hints{};
  port_.take_hints(hints);
  if (all_marked_ && looks_at_hints_ < kLooksAtHints) {
    ++looks_at_hints_;
    if (agenda_.find_hinted(hints, now)) return true;
    if (deadline > now) return false;
  }
  looks_at_hints_ = 0;
  return agenda_.find(now);
}

Result<std::span<const Ready>> WaitSetCore::wait(platform::MonotonicTime deadline) {
  if (auto usable = check_usable("wait()"); !usable) return Failure(usable.error());
  if (auto waits = check_not_empty("wait()"); !waits) return Failure(waits.error());
  for (;;) {
    if (take_stop()) {
      stay_readable();  // it has not looked
      return std::span<const Ready>();
    }
    const auto now = platform::monotonic_now();
    if (find(now, deadline)) {
      const auto ready = agenda_.report(now);
      counts_.dispatched += ready.size();
      // A ring of one slot may have been found full, and is just written anew.
      if (!ready.empty()) return ready;
    }
    if (auto around = look_around(deadline); !around) return Failure(around.error());
    if (deadline <= now) {
      if (fd_ != nullptr && lie_down()) continue;
      broker_is_gone_ = waiter_.session().broker_is_gone();
      return std::span<const Ready>();
    }
    sleep_until(deadline);
  }
}

Result<void> WaitSetCore::run() {
  if (auto usable = check_usable("run()"); !usable) return usable;
  for (;;) {
    if (take_stop()) return {};
    // Callbacks attach and detach, so both are asked again and again.
    if (auto waits = check_not_empty("run()"); !waits) return waits;
    if (auto callable = check_callbacks(); !callable) return callable;
    if (find(platform::monotonic_now(), platform::kForever)) {
      // relaxed: take_stop() reads it again.
      while (!stop_.load(std::memory_order_relaxed) &&
             agenda_.call_next(platform::monotonic_now())) {
        ++counts_.dispatched;
      }
      continue;
    }
    if (auto around = look_around(platform::kForever); !around) return around;
    sleep_until(platform::kForever);
  }
}

// True if there is something before `end`. Nobody rings for it: it has not announced sleep.
bool WaitSetCore::spin_until(platform::MonotonicTime end) const noexcept {
  for (int look = 0;; ++look) {
    if (anything()) return true;
    if (look % kLooksPerClock == 0 && platform::monotonic_now() >= end) return false;
    platform::cpu_relax();
  }
}

void WaitSetCore::sleep_until(platform::MonotonicTime deadline) noexcept {
  const auto now = platform::monotonic_now();
  const auto next = std::min(deadline, agenda_.next_time());
  looks_at_hints_ = kLooksAtHints;  // after anything but a ring
  const auto spin = spin_ ? *spin_ : port_.spin();
  if (spin > std::chrono::nanoseconds::zero() && spin_until(std::min(next, now + spin))) return;
  const auto safety = platform::add_saturating(now, kSafetyTimeout);
  const auto until = std::min(next, safety);
  const bool timed_out = fd_ != nullptr ? sleep_on_fd(until) : sleep_on_bell(until);
  // Nobody may have rung because of a broker that is there no more, or because of a new one.
  broker_is_gone_ = waiter_.session().broker_is_gone();
  if (timed_out && safety < next && anything()) {
    ++counts_.safety_wakeups;
    port_.count_safety_wakeup();
  }
}

// True: by a time-out.
bool WaitSetCore::sleep_on_bell(platform::MonotonicTime until) noexcept {
  port_.sleeper().prepare();
  agenda_.mark();
  all_marked_ = true;
  ring::Sleeper::fence();
  auto woken = platform::FutexWait::ValueChanged;
  if (!anything()) {
    ++counts_.wakeups;
    woken = port_.sleeper().sleep(until);
  }
  port_.sleeper().finish();
  if (woken == platform::FutexWait::Woken) looks_at_hints_ = 0;
  return woken == platform::FutexWait::TimedOut;
}

}  // namespace tarn::detail
