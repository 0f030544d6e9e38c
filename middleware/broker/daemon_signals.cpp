#include "middleware/broker/daemon_signals.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <thread>

#include "platform/thread_name.hpp"

namespace tarn::broker {

namespace {

constexpr std::uint64_t kSignalToken = 0;
constexpr std::uint64_t kQuitToken = 1;

enum class Told { Nothing, Reload, End };

}  // namespace

// Where it stays, whoever owns it: the thread looks at it.
struct DaemonSignals::Watch {
  platform::SignalDescriptor signals;
  platform::Wakeup quit;
  platform::Poller poller;
  std::thread thread{};
  bool reload_asked = false;  // before there was a broker

  Told next(platform::MonotonicTime deadline) {
    std::array<platform::PollEvent, 1> event;
    const auto count = poller.wait(event, deadline);
    // Whatever goes wrong here, nobody could end the daemon any more.
    if (!count) return Told::End;
    if (*count == 0) return Told::Nothing;
    if (event[0].token != kSignalToken) return Told::End;
    const auto signal = signals.read();
    if (!signal) return Told::End;
    if (!*signal) return Told::Nothing;
    return **signal == SIGHUP ? Told::Reload : Told::End;
  }

  void pass_to(Broker& served) {
    platform::set_thread_name("tarn-signals");
    if (reload_asked) served.ask_reload();
    for (;;) {
      const Told told = next(platform::kForever);
      if (told == Told::Reload) served.ask_reload();
      if (told == Told::End) break;
    }
    served.stop();
  }
};

DaemonSignals::DaemonSignals(std::unique_ptr<Watch> watch) noexcept : watch_(std::move(watch)) {}
DaemonSignals::DaemonSignals(DaemonSignals&&) noexcept = default;

DaemonSignals::~DaemonSignals() {
  if (watch_) stop_passing();
}

Result<DaemonSignals> DaemonSignals::create() {
  constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};
  auto signals = platform::SignalDescriptor::create(kSignals);
  if (!signals) return Failure(signals.error());
  auto quit = platform::Wakeup::create();
  if (!quit) return Failure(quit.error());
  auto poller = platform::Poller::create();
  if (!poller) return Failure(poller.error());
  for (const auto& [fd, token] :
       {std::pair{signals->get(), kSignalToken}, std::pair{quit->get(), kQuitToken}}) {
    auto added = poller->add(fd, platform::Interest::Readable, token);
    if (!added) return Failure(added.error());
  }
  return DaemonSignals(std::make_unique<Watch>(Watch{
      .signals = std::move(*signals), .quit = std::move(*quit), .poller = std::move(*poller)}));
}

bool DaemonSignals::sleep_until(platform::MonotonicTime deadline) {
  while (platform::monotonic_now() < deadline) {
    const Told told = watch_->next(deadline);
    if (told == Told::End) return false;
    watch_->reload_asked = watch_->reload_asked || told == Told::Reload;
  }
  return true;
}

void DaemonSignals::pass_to(Broker& served) {
  watch_->thread = std::thread([watch = watch_.get(), &served] { watch->pass_to(served); });
}

void DaemonSignals::stop_passing() {
  watch_->quit.signal();
  if (watch_->thread.joinable()) watch_->thread.join();
}

}  // namespace tarn::broker
