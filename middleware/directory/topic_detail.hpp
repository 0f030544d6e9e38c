// One topic with its type, its settings and everybody on it, for tools. Reads what others write,
// believes nothing it has not checked, and skips what changes under its eyes. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tarn/topic_status.hpp>

#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_view.hpp"

namespace tarn::directory {

// The Active topic of that name. Sums are those of read_topic_status().
[[nodiscard]] std::optional<TopicDetail> read_topic_detail(const pool::PoolView& pool,
                                                           std::string_view name);

// The type of the topic at `index`. Nothing when the record changed hands meanwhile.
[[nodiscard]] std::optional<TopicType> read_topic_type(const pool::PoolView& pool,
                                                       std::uint32_t index);

}  // namespace tarn::directory
