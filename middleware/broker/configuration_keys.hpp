// By which YAML keys configurations differ, for the log and for who asks for a reload. Knows options and
// the geometry of a pool; changes nothing. Free functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "middleware/broker/broker.hpp"
#include "middleware/pool/pool_geometry.hpp"

namespace tarn::broker {

// Keys that a reload replaces, by which two configurations differ.
[[nodiscard]] std::vector<std::string> changed_keys(const BrokerOptions& one,
                                                    const BrokerOptions& other);

// Keys that shape the pool: those in which `wanted` differs from what the pool was made with, each with
// both values. `kept` are the options of that pool.
[[nodiscard]] std::vector<std::string> waiting_keys(const BrokerOptions& wanted,
                                                    const BrokerOptions& kept,
                                                    const pool::PoolGeometry& geometry);

// One a line, so many bytes at most; the last line says how many more there are.
[[nodiscard]] std::string lines_of(const std::vector<std::string>& keys, std::size_t most_bytes);
// For one line of the log: separated by commas, the first few.
[[nodiscard]] std::string listed(const std::vector<std::string>& keys);

}  // namespace tarn::broker
