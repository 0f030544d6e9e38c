#include "middleware/ring/member_list.hpp"

#include <algorithm>

namespace tarn::ring {

void MemberList::set(std::uint32_t place, const Member& member) noexcept {
  list_[place] = member;
  used_ = std::max(used_, place + 1);
}

void MemberList::clear(std::uint32_t place) noexcept {
  list_[place] = Member{};
  while (used_ > 0 && list_[used_ - 1].bed == nullptr && list_[used_ - 1].pins.empty()) --used_;
}

}  // namespace tarn::ring
