// A way to make the protocol weaker than it is written: a step, named by its function, loses a fence
// or an order. The header of the protocol stays as it is; what its step asks for is changed on the
// way to the explorer. Plain values.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/model/explorer/operation.hpp"

namespace tarn::model {

enum class Weaker : std::uint8_t {
  RelaxedStore,  // also of a read-modify-write
  RelaxedLoad,
  NoStore,
  NoFence,
  HalfFence,  // a full fence that only acquires and releases
};

struct Weakening {
  std::string_view step;
  Weaker weaker = Weaker::NoFence;
};

// Applies what concerns this operation; false: it does not happen at all.
[[nodiscard]] inline bool weaken(Operation& operation, const std::vector<Weakening>& weakenings) {
  for (const Weakening& weakening : weakenings) {
    if (weakening.step != operation.step) continue;
    const bool stores = operation.kind == Kind::Store || is_change(operation.kind);
    const bool fences = operation.kind == Kind::Fence;
    switch (weakening.weaker) {
      case Weaker::RelaxedStore:
        if (stores) operation.order = Order::Relaxed;
        break;
      case Weaker::RelaxedLoad:
        if (operation.kind == Kind::Load) operation.order = Order::Relaxed;
        break;
      case Weaker::NoStore:
        if (operation.kind == Kind::Store) return false;
        break;
      case Weaker::NoFence:
        if (fences) return false;
        break;
      case Weaker::HalfFence:
        if (fences && operation.order == Order::Full) operation.order = Order::AcquireRelease;
        break;
    }
  }
  return true;
}

}  // namespace tarn::model
