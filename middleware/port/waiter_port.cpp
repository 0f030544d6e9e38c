#include "middleware/port/waiter_port.hpp"

#include <utility>

#include "middleware/directory/records_layout.hpp"
#include "middleware/port/lines.hpp"
#include "middleware/ring/bed.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::port {

Result<std::unique_ptr<WaiterPort>> WaiterPort::attach(std::shared_ptr<pool::PoolMapping> mapping,
                                                       std::uint32_t waiter) {
  const pool::PoolView& pool = mapping->view();
  const auto* record = pool.record<directory::WaiterRecordLayout>(pool.geometry().waiters, waiter);
  auto* bell = pool.record<ring::BellLayout>(pool.geometry().bells, waiter);
  // relaxed, all: the broker wrote the record before it answered.
  const std::uint32_t lies_on =
      record == nullptr ? directory::kNone : tarn_load_relaxed_u32(&record->line);
  auto* line = pool.line<ring::WaiterLayout>(lies_on);
  if (line == nullptr || bell == nullptr) {
    return Failure(
        Error::make(Errc::Corrupt, 0, "the pool's record of waiter %u does not hold", waiter));
  }
  if (auto granted = make_line_writable(*mapping, lies_on, tarn_load_relaxed_u32(&record->client));
      !granted) {
    return Failure(granted.error());
  }
  return std::unique_ptr<WaiterPort>(
      new WaiterPort(std::move(mapping), {.line = line, .bell = bell, .index = waiter}));
}

WaiterPort::WaiterPort(std::shared_ptr<pool::PoolMapping> mapping, const Places& places) noexcept
    : mapping_(std::move(mapping)),
      beds_(mapping_->view(), &mapping_->sender()),
      sleeper_(places.line, places.bell),
      bell_(places.bell),
      index_(places.index) {}

void WaiterPort::lie_on_socket() noexcept {
  sleeper_.lie_on({ring::BedKind::Socket, index_}, &bell_->bell);
}

void WaiterPort::lie_on_bell() noexcept { sleeper_.lie_on({}, &bell_->bell); }

void WaiterPort::sleep_with(std::uint32_t waiter) noexcept {
  sleeper_.lie_on({ring::BedKind::Delegate, waiter}, &bell_->bell);
}

void WaiterPort::ring() const noexcept {
  if (!platform::in_forked_child(mapping_->made_in())) ring::ring_waiter(index_, beds_);
}

void WaiterPort::take_hints(std::span<std::uint64_t, ring::kHintWords> hints) noexcept {
  for (std::size_t i = 0; i < hints.size(); ++i) hints[i] = tarn_hint_take(&bell_->hints[i]);
}

void WaiterPort::count_safety_wakeup() noexcept {
  ring::count_safety_wakeup(&bell_->safety_wakeups);
}

}  // namespace tarn::port
