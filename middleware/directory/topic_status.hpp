// What the directory and the counters say of a domain's topics, for tools. Reads what others write,
// believes nothing it has not checked, and skips what changes under its eyes. Any thread.
#pragma once

#include <vector>

#include <tarn/topic_status.hpp>

#include "middleware/pool/pool_view.hpp"

namespace tarn::directory {

// Every Active topic, sorted by name.
[[nodiscard]] std::vector<TopicStatus> read_topic_status(const pool::PoolView& pool);

// Adds what one publisher or subscription contributes to its topic.
void add(TopicStatus& topic, const PublisherStatus& publisher) noexcept;
void add(TopicStatus& topic, const SubscriptionStatus& subscription) noexcept;

}  // namespace tarn::directory
