// The configuration of a domain as its pool keeps it, so that whoever takes the role next goes on by the
// same rules, whatever file or options it was started with. Holds what belongs to the domain: topics,
// defaults and limits; not what belongs to one process: paths and logs. Knows bytes and options, not
// YAML. Free functions; the broker's thread.
//
//   configuration := length u32 | unplanned u64 | flags u32 | group u32 | observers u32 | rules
//
// Little endian, no padding; the rules are those of middleware/plan/stored_rules.hpp.
#pragma once

#include <cstdint>
#include <string>

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"
#include "middleware/pool/pool_view.hpp"

namespace tarn::broker {

// For a new pool. Requires: its table has plan::configuration_bytes(options.rules).
void store_configuration(const BrokerOptions& options, const pool::PoolView& pool);
// For one in use: what it had holds until the last moment. InvalidConfig: they do not fit.
[[nodiscard]] Result<void> replace_configuration(const BrokerOptions& options,
                                                 const pool::PoolView& pool);

// `options` with everything that belongs to the domain replaced by what the pool keeps. Corrupt when it
// does not hold.
[[nodiscard]] Result<BrokerOptions> load_configuration(const pool::PoolView& pool,
                                                       BrokerOptions options);

// The keys by which two configurations differ, separated by commas; empty when they agree.
[[nodiscard]] std::string differing_keys(const BrokerOptions& one, const BrokerOptions& other);

}  // namespace tarn::broker
