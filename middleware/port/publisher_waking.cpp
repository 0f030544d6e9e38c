// How a publisher wakes its readers: what a publish that finds nobody asleep does not have to pass.
#include <bit>

#include "middleware/port/publisher_port.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::port {

// `bits` of the summary: bit n is that of the member at place first + n.
std::uint32_t PublisherPort::wake_sleepers(std::uint32_t first, std::uint64_t bits) noexcept {
  sync_members();
  const auto members = members_.members();
  std::uint32_t woken = 0;
  for (; bits != 0; bits &= bits - 1) {
    const std::uint32_t place = first + static_cast<std::uint32_t>(std::countr_zero(bits));
    // Places come from bits that any process can set.
    if (place < members.size() && waker_.wake(members[place], beds_)) ++woken;
  }
  return woken;
}

void PublisherPort::finish_waking(std::uint32_t woken) noexcept {
  waker_.finish(beds_);
  woken_ += woken;
  // relaxed: a counter with one writer, read by tools.
  tarn_store_relaxed_u64(&facts_.view.header->counters.woken, woken_);
}

void PublisherPort::wake_all() noexcept {
  sync_members();
  for (const ring::Member& member : members_.members()) (void)waker_.wake(member, beds_);
  waker_.finish(beds_);
}

}  // namespace tarn::port
