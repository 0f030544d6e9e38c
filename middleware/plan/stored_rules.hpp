// Topic rules as bytes, for the configuration that a pool keeps. Knows the settings, nothing of what else
// is stored. Free functions; any thread.
//
//   rules    := settings | count u32 | rule...
//   settings := value...                  in the order of for_each_setting()
//   rule     := name text | has u32 | value...        bit i of `has`: the i-th setting has a value here
//   value    := text | u32 | duration u64 in ns
//   text     := length u16 | bytes                            little endian, no padding
#pragma once

#include <cstdint>
#include <optional>

#include "middleware/plan/topic_rules.hpp"
#include "middleware/wire/byte_reader.hpp"
#include "middleware/wire/byte_writer.hpp"

namespace tarn::plan {

[[nodiscard]] std::uint64_t stored_bytes(const TopicRules& rules);
void write_rules(wire::ByteWriter& writer, const TopicRules& rules);

// Empty: the bytes hold no rules. Whether the rules make sense is not looked at.
[[nodiscard]] std::optional<TopicRules> read_rules(wire::ByteReader& reader);

}  // namespace tarn::plan
