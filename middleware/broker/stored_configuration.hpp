// The configuration of a domain as its pool keeps it, so that whoever takes the role next goes on by the
// same rules, whatever file or options it was started with. Holds what belongs to the domain: topics,
// defaults and limits, and where the places of topics lie; not what belongs to one process: paths and logs.
// Knows bytes and options, not YAML. Free functions; the broker's thread.
//
//   configuration := length u32 | unplanned u64 | flags u32 | group u32 | observers u32 | rules
//                    | places of areas | places of member entries
//   places        := number u32 | place...
//   place         := of u32 | generation u32 | first u32 | units each u32 | count u32
//
// A place is of a rule, by its index, or of the life of a topic that was in use when its rule was
// replaced: kOfLife and the index of its record, and the record's generation. Little endian, no padding;
// the rules are those of middleware/plan/stored_rules.hpp.
#pragma once

#include <vector>

#include <tarn/result.hpp>

#include "middleware/broker/areas.hpp"
#include "middleware/broker/broker.hpp"
#include "middleware/pool/pool_view.hpp"

namespace tarn::broker {

struct StoredConfiguration {
  BrokerOptions options;
  // Places of the options' topics, and of topics in use that had others before.
  std::vector<Extent> areas;    // in pages
  std::vector<Extent> members;  // in entries of the member table
};

// For a new pool. Requires: its table has plan::configuration_bytes(options.rules).
void store_configuration(const StoredConfiguration& configuration, const pool::PoolView& pool);
// For one in use: what it had holds until the last moment. InvalidConfig: it does not fit.
[[nodiscard]] Result<void> replace_configuration(const StoredConfiguration& configuration,
                                                 const pool::PoolView& pool);

// `options` with everything that belongs to the domain replaced by what the pool keeps. Places of topic
// lives that have ended since are left out. Corrupt when it does not hold.
[[nodiscard]] Result<StoredConfiguration> load_configuration(const pool::PoolView& pool,
                                                             BrokerOptions options);

}  // namespace tarn::broker
