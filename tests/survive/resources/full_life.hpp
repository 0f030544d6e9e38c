// One life of a client from the first call to the last, with everything in it that asks the kernel or the
// broker for something. Any step may answer with an error, and then the rest of it ends as a program would
// end it; a life without an error has done all that was asked. For processes in which calls fail.
#pragma once

#include <chrono>

#include <tarn/tarn.hpp>

#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

inline constexpr const char* kSmallTopic = "small";
inline constexpr const char* kLargeTopic = "large";

// Opens a node, publishes and takes on both topics, sleeps for a moment, waits by a wait set, closes all.
[[nodiscard]] Result<void> live_once(const NodeOptions& options);

// A domain with those topics.
[[nodiscard]] TestDomain domain_for_lives();

}  // namespace tarn::test
