#include "middleware/ring/sleeper.hpp"

#include "middleware/ring/protocol.h"

namespace tarn::ring {

void ring_bell(std::uint32_t* bell, int sleepers) noexcept {
  tarn_bell_ring(bell);
  platform::futex_wake(bell, sleepers);
}

// relaxed: a counter from which nothing follows.
void count_safety_wakeup(std::uint32_t* total) noexcept { tarn_add_relaxed_u32(total, 1); }

void SummaryBit::set() const noexcept {
  // relaxed: nobody else changes the bit. Where it is gone all the same, somebody wrote over it by mistake,
  // and it has to be set once more.
  if ((tarn_load_relaxed_u64(word) & bit) == 0) tarn_summary_set(word, bit);
}
void SummaryBit::clear() const noexcept { tarn_summary_clear(word, bit); }

void Sleeper::lie_on(Bed bed, std::uint32_t* bell) noexcept {
  bell_ = bell;
  if (bed == bed_) return;
  bed_ = bed;
  tarn_bed_change(&waiter_->bed, bed_word(bed));
}

void Sleeper::prepare() noexcept {
  bell_seen_ = tarn_bell_read(bell_);
  // relaxed: this thread is the word's only writer.
  generation_ = tarn_load_relaxed_u64(sleep_) + 1;
  generation_ |= 1;  // a former owner may have died asleep
  tarn_sleep_announce(sleep_, generation_);
}

void Sleeper::fence() noexcept { tarn_sleep_fence(); }

platform::FutexWait Sleeper::sleep(platform::MonotonicTime deadline) noexcept {
  return platform::futex_wait(bell_, bell_seen_, deadline);
}

void Sleeper::finish() noexcept { tarn_sleep_end(sleep_, generation_); }

}  // namespace tarn::ring
