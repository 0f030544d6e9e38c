// What a publisher is told for whom there is no room: what its ring needs, what is free, who has most
// of it, and which key to turn. Knows how to say it, not how to grant it. Free functions; the broker's
// thread.
#pragma once

#include <cstdint>
#include <string>

#include <tarn/error.hpp>

#include "middleware/broker/areas.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/topics.hpp"

namespace tarn::broker {

struct RoomAsked {
  std::uint32_t topic = kNone;
  std::uint64_t bytes = 0;  // of the ring's area
};

// PoolFull for a ring that found no room.
[[nodiscard]] Error no_room(const Books& books, const Areas& areas, const Topics& topics,
                            const RoomAsked& asked);

// The three largest rings: "'camera' (pid 12) 4198400 for 'camera/front', ...", or "nobody".
[[nodiscard]] std::string largest_holders(const Books& books, const Topics& topics);

}  // namespace tarn::broker
