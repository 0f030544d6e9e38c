#include <tarn/subscriber.hpp>

#include "middleware/api/wildcard_core.hpp"

namespace tarn::detail {

WildcardHandle::~WildcardHandle() { delete core_; }

void WildcardHandle::try_take(TakenSample& to, std::span<std::byte> copy_to,
                              TopicName& topic) noexcept {
  if (core_->forked()) {
    to.outcome = TakeOutcome::Forked;
    return;
  }
  core_->try_take(to, copy_to, topic);
}

void WildcardHandle::wait_take(TakenSample& to, std::span<std::byte> copy_to, TopicName& topic,
                               std::chrono::steady_clock::time_point deadline) noexcept {
  if (core_->forked()) {
    to.outcome = TakeOutcome::Forked;
    return;
  }
  core_->wait_take(to, copy_to, topic, deadline);
}

WildcardCounts WildcardHandle::counts() const noexcept {
  return core_->forked() ? WildcardCounts{} : core_->counts();
}

std::uint32_t WildcardHandle::topic_count() noexcept {
  return core_->forked() ? 0 : core_->topic_count();
}

std::uint32_t WildcardHandle::publisher_count() noexcept {
  return core_->forked() ? 0 : core_->publisher_count();
}

}  // namespace tarn::detail
