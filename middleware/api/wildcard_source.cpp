// A subscriber of a pattern as a wait set sees it. It has no status.
#include "middleware/api/wildcard_core.hpp"

namespace tarn::detail {

namespace {

WildcardCore& wildcard_of(void* object) noexcept { return *static_cast<WildcardCore*>(object); }

}  // namespace

const event::SourceFunctions WildcardCore::kSourceFunctions{
    .ready = [](void* object) noexcept { return wildcard_of(object).ready(); },
    .mark = [](void* object) noexcept { wildcard_of(object).mark(); },
    .stirs =
        [](const void* object) noexcept {
          return static_cast<const WildcardCore*>(object)->stirs();
        },
    .arrivals = [](void* object) noexcept { return wildcard_of(object).arrivals(); },
    .status_changes = nullptr,
    .attached = [](void* object,
                   std::uint32_t waiter) noexcept { wildcard_of(object).sleep_with(waiter); },
    .detached =
        [](void* object) noexcept {
          WildcardCore& core = wildcard_of(object);
          core.attachable_.set = nullptr;
          // In a forked child the bed is not mapped, and the parent's.
          if (!core.forked()) core.sleep_alone();
        },
};

}  // namespace tarn::detail
