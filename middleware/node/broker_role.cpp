#include "middleware/node/broker_role.hpp"

#include <thread>
#include <utility>

// It may be missing: then its address is null.
#pragma weak tarn_role_offer

namespace tarn::node {

namespace {

// Between two looks whether the process that has the role listens by now.
constexpr std::chrono::milliseconds kMoment{1};

const RoleOffer* find_offer(BrokerUse use) noexcept {
  if (use == BrokerUse::External || tarn_role_offer == nullptr) return nullptr;
  return tarn_role_offer();
}

Error without(const Error& no_broker, const char* reason) {
  return Error::make(Errc::NoBroker, 0, "%s (%s)", no_broker.message(), reason);
}

}  // namespace

BrokerRole::BrokerRole(const NodeOptions& options) noexcept
    : use_(options.broker), offer_(find_offer(options.broker)) {}

Result<void> BrokerRole::take_or_wait(const Error& no_broker, const RoleWish& wish,
                                      platform::MonotonicTime deadline) {
  if (use_ == BrokerUse::External) {
    return Failure(without(no_broker, "this node asked for an external one"));
  }
  if (offer_ == nullptr) {
    return Failure(without(no_broker, "this program links tarn::client, which cannot be one"));
  }
  // One that has the role and is stuck, or this process's own, which did not answer in time.
  if (platform::monotonic_now() >= deadline) return Failure(no_broker);
  auto taken = offer_->take(wish);
  if (taken) {
    held_ = std::move(*taken);
    return {};
  }
  if (taken.error().code() != Errc::RoleTaken) return Failure(taken.error());
  const auto soon = platform::deadline_after(kMoment);
  if (soon >= deadline) {
    return Failure(
        Error::make(Errc::NoBroker, 0,
                    "the broker of domain '%s' does not answer in time: is it stopped, or "
                    "still starting? %s",
                    wish.domain.c_str(), taken.error().message()));
  }
  std::this_thread::sleep_until(soon);
  return {};
}

void BrokerRole::share(const std::string& runtime_directory) {
  if (offer_ == nullptr) return;
  if (auto shared = offer_->share(runtime_directory)) held_ = std::move(shared);
}

}  // namespace tarn::node
