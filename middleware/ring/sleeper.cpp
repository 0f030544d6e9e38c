#include "middleware/ring/sleeper.hpp"

#include "middleware/ring/protocol.h"

namespace tarn::ring {

void ring_bell(BellLayout& bell) noexcept {
  tarn_bell_ring(&bell.bell);
  platform::futex_wake(&bell.bell, 1);
}

void SummaryBit::set() const noexcept { tarn_summary_set(word, bit); }
void SummaryBit::clear() const noexcept { tarn_summary_clear(word, bit); }

void Sleeper::prepare() noexcept {
  bell_seen_ = tarn_bell_read(&bell_->bell);
  // relaxed: this thread is the word's only writer.
  generation_ = tarn_load_relaxed_u64(&waiter_->sleep) + 1;
  generation_ |= 1;  // a former owner may have died asleep
  tarn_sleep_announce(&waiter_->sleep, generation_);
}

void Sleeper::fence() noexcept { tarn_sleep_fence(); }

platform::FutexWait Sleeper::sleep(platform::MonotonicTime deadline) noexcept {
  return platform::futex_wait(&bell_->bell, bell_seen_, deadline);
}

void Sleeper::finish() noexcept { tarn_sleep_end(&waiter_->sleep, generation_); }

}  // namespace tarn::ring
