// What the broker's poller calls the things it watches. Values; any thread.
#pragma once

#include <cstdint>

namespace tarn::broker {

enum class Watched : std::uint32_t {
  Listener = 1,
  Stop = 2,
  Session = 3,
  Process = 4,
  Reload = 5,
};

constexpr std::uint64_t token_of(Watched watched, std::uint32_t index = 0) {
  return std::uint64_t{static_cast<std::uint32_t>(watched)} << 32 | index;
}
constexpr Watched watched_of(std::uint64_t token) { return static_cast<Watched>(token >> 32); }
constexpr std::uint32_t index_of(std::uint64_t token) { return static_cast<std::uint32_t>(token); }

}  // namespace tarn::broker
