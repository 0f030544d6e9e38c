// A source that a test fills, and a clock that it moves. Main thread.
#pragma once

#include <cstdint>

#include "middleware/event/agenda.hpp"

namespace tarn::test {

inline constexpr event::Time kStart{std::chrono::hours(1)};

struct FakeSource {
  std::uint64_t waiting = 0;
  std::uint64_t arrived = 0;
  std::uint64_t status = 0;
  std::uint64_t looks = 0;
  int marks = 0;
  int detached = 0;
  bool changed = false;  // around it, without a message

  void bring(std::uint64_t messages = 1) {
    waiting += messages;
    arrived += messages;
  }

  [[nodiscard]] event::Source source() {
    static constexpr event::SourceFunctions kFunctions{
        .ready =
            [](void* object) noexcept {
              ++self(object).looks;
              self(object).changed = false;
              return self(object).waiting != 0;
            },
        .mark = [](void* object) noexcept { ++self(object).marks; },
        .stirs =
            [](const void* object) noexcept {
              const auto& source = *static_cast<const FakeSource*>(object);
              return source.waiting != 0 || source.changed;
            },
        .arrivals = [](void* object) noexcept { return self(object).arrived; },
        .status_changes = [](void* object) noexcept { return self(object).status; },
        .attached = [](void*, std::uint32_t) noexcept {},
        .detached = [](void* object) noexcept { ++self(object).detached; }};
    return {this, &kFunctions};
  }

 private:
  static FakeSource& self(void* object) { return *static_cast<FakeSource*>(object); }
};

}  // namespace tarn::test
