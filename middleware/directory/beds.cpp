#include "middleware/directory/beds.hpp"

#include "middleware/ring/protocol.h"

namespace tarn::directory {

const ring::WaiterLayout* Beds::waiter(std::uint32_t waiter) const noexcept {
  const auto* const record = pool_->record<WaiterRecordLayout>(pool_->geometry().waiters, waiter);
  if (record == nullptr) return nullptr;
  // relaxed: who was told of a waiter was told after its record was written. Who meets a former owner's
  // line rings somebody who is not waiting for it.
  return pool_->line<ring::WaiterLayout>(tarn_load_relaxed_u32(&record->line));
}

std::uint32_t* Beds::bell(std::uint32_t waiter) const noexcept {
  auto* const bell = pool_->record<ring::BellLayout>(pool_->geometry().bells, waiter);
  return bell == nullptr ? nullptr : &bell->bell;
}

std::uint64_t* Beds::hints(std::uint32_t waiter) const noexcept {
  auto* const bell = pool_->record<ring::BellLayout>(pool_->geometry().bells, waiter);
  return bell == nullptr ? nullptr : bell->hints;
}

std::uint32_t* Beds::ring_bell(std::uint32_t ring) const noexcept {
  auto* const bells = pool_->record<ring::RingBellLayout>(pool_->geometry().ring_bells, ring);
  return bells == nullptr ? nullptr : &bells->bell;
}

void Beds::ring_socket(std::uint32_t waiter) const noexcept {
  // A full socket is rung already, and one that is gone has nobody behind it.
  if (sender_ != nullptr) (void)sender_->send(waiter);
}

}  // namespace tarn::directory
