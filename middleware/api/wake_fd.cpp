#include "middleware/api/wake_fd.hpp"

#include "middleware/node/broker_watchers.hpp"
#include "platform/datagram_socket.hpp"
#include "platform/poll_wait.hpp"

namespace tarn::detail {

namespace {

constexpr std::uint32_t kRung = 1;
constexpr std::uint32_t kAlarm = 2;

}  // namespace

WakeFd::WakeFd(const OwnWaiter& waiter, platform::FileDescriptor socket,
               platform::AnyReady ready) noexcept
    : session_(waiter.session()),
      port_(waiter.port()),
      socket_(std::move(socket)),
      ready_(std::move(ready)) {}

Result<std::unique_ptr<WakeFd>> WakeFd::create(const OwnWaiter& waiter, Alarm alarm) {
  auto ready = platform::AnyReady::create();
  if (!ready) return Failure(ready.error());
  auto socket = waiter.open_doorbell();
  if (!socket) return Failure(socket.error());
  if (auto added = ready->add(socket->get(), platform::Interest::Readable, kRung); !added) {
    return Failure(added.error());
  }
  std::unique_ptr<WakeFd> made(new WakeFd(waiter, std::move(*socket), std::move(*ready)));
  if (alarm == Alarm::Kept) {
    auto timer = platform::TimerDescriptor::create();
    if (!timer) return Failure(timer.error());
    made->timer_ = std::move(*timer);
    auto added = made->ready_.add(made->timer_->get(), platform::Interest::Readable, kAlarm);
    if (!added) return Failure(added.error());
  }
  if (auto watched = made->session_.watch_broker(made->ready_); !watched) {
    return Failure(watched.error());
  }
  made->port_->lie_on_socket();
  return made;
}

WakeFd::~WakeFd() {
  // A child's descriptors are copies, the list behind them is its parent's.
  if (session_.forked()) return;
  session_.unwatch_broker(ready_);
  if (lies_) port_->sleeper().finish();
}

WakeFd::News WakeFd::look() const noexcept {
  const std::uint32_t bits = ready_.look();
  return {.rung = (bits & (kRung | kAlarm)) != 0, .broker_gone = (bits & node::kBrokerGone) != 0};
}

void WakeFd::lie_down() noexcept {
  // In this order: what rings from here on rings for the new sleep.
  (void)platform::drain_datagrams(socket_.get());
  port_->sleeper().prepare();
  lies_ = true;
}

void WakeFd::set_alarm(platform::MonotonicTime when) noexcept {
  if (when == alarm_) return;
  alarm_ = when;
  timer_->set(when);
}

bool WakeFd::sleep(platform::MonotonicTime deadline) const noexcept {
  const auto readable = platform::wait_ready(ready_.get(), platform::Interest::Readable, deadline);
  // An error, which no kernel has a reason for here: the caller looks, and comes back.
  return !readable || *readable;
}

}  // namespace tarn::detail
