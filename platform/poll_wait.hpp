// Waiting for one fd with a deadline. For many fds there is the Poller. No state; any thread.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

#include "platform/clock.hpp"

namespace tarn::platform {

// What to wait for. A hang-up or an error on the fd always ends the wait.
enum class Interest : std::uint8_t { None = 0, Readable = 1, Writable = 2, ReadableOrWritable = 3 };

// True: ready, or hung up. False: the deadline has passed.
[[nodiscard]] Result<bool> wait_ready(int fd, Interest interest, MonotonicTime deadline);

// Whether the other end of a connected socket or pipe has gone. Does not wait.
[[nodiscard]] bool has_hung_up(int fd) noexcept;

}  // namespace tarn::platform
