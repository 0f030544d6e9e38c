#include "middleware/ring/member_list.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"
#include "middleware/ring/sleeper.hpp"

namespace tarn::ring {

MemberList::MemberList(std::uint32_t capacity, std::uint32_t waiter_count)
    : list_(capacity), last_rung_(waiter_count) {}

void MemberList::set(std::uint32_t place, const Member& member) noexcept {
  // Another thread under the same index counts its sleeps from elsewhere: its first one may well have
  // the generation that was rung last.
  const Member& before = list_[place];
  if (before.sleep != member.sleep || before.waiter != member.waiter) last_rung_[member.waiter] = 0;
  list_[place] = member;
  used_ = std::max(used_, place + 1);
}

void MemberList::clear(std::uint32_t place) noexcept {
  list_[place] = Member{};
  while (used_ > 0 && list_[used_ - 1].sleep == nullptr && list_[used_ - 1].pins.empty()) --used_;
}

bool MemberList::wake(std::uint32_t place) noexcept {
  if (place >= used_) return false;
  const Member& member = list_[place];
  if (member.sleep == nullptr) return false;
  const std::uint64_t generation = tarn_sleep_look(member.sleep);
  if (generation % 2 == 0 || generation == last_rung_[member.waiter]) return false;
  ring_bell(member.bell);
  last_rung_[member.waiter] = generation;
  return true;
}

}  // namespace tarn::ring
