// What the tests of this room start from: a domain in which messages are under way and samples held, and the
// judges of a client that is killed in it. Free functions; main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/survive/step/walk.hpp"
#include "tests/survive/step/world.hpp"

namespace tarn::test::step {

inline constexpr plan::Overflow kPolicies[] = {plan::Overflow::DropOldest,
                                               plan::Overflow::DropNewest, plan::Overflow::Block,
                                               plan::Overflow::Reject};
inline constexpr Payload kPayloads[] = {Payload::Inline, Payload::Chunk, Payload::Slice};

// "publish, drop_oldest, chunk".
[[nodiscard]] std::string name_of(const char* what, const Shape& shape);

// Two messages of the victim are under way, and one of the survivor where it publishes; each has taken one and
// holds it where it is a chunk; and the survivor sleeps, for all that others know.
void begin(World& world);

// The victim publishes until its readers are so many messages behind.
void fill(World& world, Writer& writer, std::uint32_t messages);

// The victim has closed two rings with messages in them: one orphan more than the topic keeps.
void crowd(World& world);

// Beside it, after the broker has reaped it, and after the next one has.
[[nodiscard]] const std::vector<Judge>& judges_of_a_client();

// Walks through what a broker does; the next one takes over.
void step_broker(Walk& walk, const char* what, World& world,
                 const std::function<void()>& operation);
// The same where the end does not depend on when the broker dies.
void step_to_one_end(Walk& walk, const char* what, World& world,
                     const std::function<void()>& operation);

}  // namespace tarn::test::step
