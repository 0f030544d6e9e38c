// What of a pool is in use, counted by looking at the pool file as an observer does: nothing may be
// left when everybody has gone. Knows the directory's records, not what they are for. The file is
// mapped read-only; looking disturbs nobody.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>

#include "middleware/pool/pool_mapping.hpp"

namespace tarn::test {

struct PoolUsage {
  std::uint32_t clients = 0;
  std::uint32_t topics = 0;
  std::uint32_t rings = 0;
  std::uint32_t subscribers = 0;
  std::uint32_t waiters = 0;
  std::uint32_t members = 0;
  std::uint32_t blocks = 0;
  std::uint64_t area_bytes = 0;
  std::uint64_t orphan_bytes = 0;

  friend bool operator==(const PoolUsage&, const PoolUsage&) = default;
};
std::ostream& operator<<(std::ostream& out, const PoolUsage& usage);  // for Catch2's messages

class PoolObserver {
 public:
  // Throws std::runtime_error when there is no pool in the directory.
  explicit PoolObserver(const std::string& runtime_directory);

  [[nodiscard]] PoolUsage usage() const;
  // True once nothing is in use; false when that does not come about.
  [[nodiscard]] bool becomes_empty() const;
  // Of everybody who ever waited in this pool, whether they are still there or not.
  [[nodiscard]] std::uint64_t safety_wakeups() const;
  [[nodiscard]] const pool::PoolHeaderLayout& header() const { return mapping_->view().header(); }
  [[nodiscard]] const pool::PoolView& view() const { return mapping_->view(); }

 private:
  std::shared_ptr<pool::PoolMapping> mapping_;
};

}  // namespace tarn::test
