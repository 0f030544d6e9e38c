// Who has what of a pool, and whether its records agree with each other: counted by looking at the pool as
// an observer does, which disturbs nobody. Taken while a broker works it may tell of things half done; at
// rest it tells of none. Knows the directory's records; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "middleware/pool/pool_view.hpp"

namespace tarn::test {

// A client's record, told from a later one in the same place.
struct ClientKey {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend auto operator<=>(const ClientKey&, const ClientKey&) = default;
};

struct Holdings {
  std::string name;  // of the node
  std::int32_t pid = 0;
  std::uint64_t start_time = 0;
  std::uint32_t rings = 0;  // as their publisher
  std::uint64_t area_bytes = 0;
  std::uint32_t subscribers = 0;
  std::uint32_t waiters = 0;
  std::uint32_t patterns = 0;
  std::uint32_t blocks = 0;
};

struct Census {
  std::uint64_t pool_id = 0;
  std::uint64_t reaped_clients = 0;  // since the pool was made
  std::map<ClientKey, Holdings> clients;
  std::uint32_t orphans = 0;
  // A sentence for each thing that does not agree with the rest: areas that overlap or that nobody has,
  // records of nobody, lines given twice, pins on what is free, members that are missing or one too many.
  std::vector<std::string> disagreements;
};

[[nodiscard]] Census take_census(const pool::PoolView& pool);

}  // namespace tarn::test
