// What a TopicWatch is made of, for those who make and use it. Knows the observer it belongs to only as
// something to keep: with it live the session, its place among the domain's observers, and the mapping.
#pragma once

#include <memory>

#include <tarn/observer.hpp>
#include <tarn/result.hpp>

#include "middleware/pool/pool_mapping.hpp"
#include "middleware/port/observed_topic.hpp"

namespace tarn {

struct TopicWatch::State {
  std::shared_ptr<const void> observer;
  const pool::PoolMapping* mapping;  // the observer's
  port::ObservedTopic topic;
};

namespace detail {

// Forked in a child of the process that opened the observer, DomainReset when the pool was given up.
[[nodiscard]] Result<void> check_observable(const pool::PoolMapping& mapping);

}  // namespace detail

}  // namespace tarn
