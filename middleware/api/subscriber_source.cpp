// A subscriber as a wait set sees it.
#include "middleware/api/subscriber_core.hpp"

namespace tarn::detail {

namespace {

SubscriberCore& core_of(void* object) noexcept { return *static_cast<SubscriberCore*>(object); }

}  // namespace

const event::SourceFunctions SubscriberCore::kSourceFunctions{
    .ready = [](void* object) noexcept { return core_of(object).port().ready(); },
    .mark = [](void* object) noexcept { core_of(object).port().mark(); },
    .stirs =
        [](const void* object) noexcept {
          return static_cast<const SubscriberCore*>(object)->port_->stirs();
        },
    .arrivals = [](void* object) noexcept { return core_of(object).port().arrivals(); },
    .status_changes =
        [](void* object) noexcept {
          const EndpointStatus status = core_of(object).status();
          return status.matched + status.unmatched + status.peers_gone + status.evicted +
                 status.broker_gone;
        },
    .attached = [](void* object,
                   std::uint32_t waiter) noexcept { core_of(object).port().sleep_with(waiter); },
    .detached =
        [](void* object) noexcept {
          SubscriberCore& core = core_of(object);
          core.attachable_.set = nullptr;
          // In a forked child the bed is not mapped, and the parent's.
          if (!core.forked()) core.port().sleep_alone();
        },
};

}  // namespace tarn::detail
