// The one word of the header that changes its meaning while clients look: whether the pool still is
// the pool of its domain. Written by the broker, read by everybody; any thread.
#pragma once

#include <atomic>

#include "middleware/pool/pool_layout.hpp"

namespace tarn::pool {

inline void store_pool_state(PoolHeaderLayout& header, PoolState state) noexcept {
  // order(pool.state): release. Publishes the header, written before it, to load_pool_state().
  // Weaker, a successor could see Ready above a header that is half there.
  std::atomic_ref(header.state).store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

[[nodiscard]] inline PoolState load_pool_state(const PoolHeaderLayout& header) noexcept {
  // atomic_ref takes no const object before C++26; a load writes nothing, not even where the page
  // may not be written.
  auto& word = const_cast<std::uint32_t&>(header.state);
  // order(pool.state): acquire. Pairs with store_pool_state(): the header read next is that new.
  return static_cast<PoolState>(std::atomic_ref(word).load(std::memory_order_acquire));
}

}  // namespace tarn::pool
