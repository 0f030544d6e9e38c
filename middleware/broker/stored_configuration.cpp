#include "middleware/broker/stored_configuration.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "middleware/broker/check_options.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "middleware/plan/stored_rules.hpp"
#include "middleware/pool/configuration_halves.hpp"
#include "middleware/wire/byte_reader.hpp"
#include "middleware/wire/byte_writer.hpp"

namespace tarn::broker {

namespace {

constexpr std::uint32_t kRefuseUnlisted = 1;
constexpr std::uint32_t kLockMemory = 2;
constexpr std::uint32_t kHasGroup = 4;

constexpr std::size_t kHeadBytes = 4 + 8 + 4 + 4 + 4;
static_assert(kHeadBytes <= plan::kStoredHeadBytes);
constexpr std::size_t kMostKeysNamed = 12;

std::uint32_t flags_of(const BrokerOptions& options) {
  return (options.refuse_unlisted ? kRefuseUnlisted : 0) | (options.lock_memory ? kLockMemory : 0) |
         (options.group ? kHasGroup : 0);
}

std::vector<std::byte> encode(const BrokerOptions& options) {
  std::vector<std::byte> bytes(kHeadBytes + plan::stored_bytes(options.rules));
  wire::ByteWriter writer(bytes);
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  writer.u64(options.unplanned_bytes);
  writer.u32(flags_of(options));
  writer.u32(options.group.value_or(0));
  writer.u32(plan::observers_of(options.limits));
  plan::write_rules(writer, options.rules);
  return bytes;
}

void read_head(wire::ByteReader& reader, BrokerOptions& options) {
  options.unplanned_bytes = reader.u64();
  const std::uint32_t flags = reader.u32();
  options.refuse_unlisted = (flags & kRefuseUnlisted) != 0;
  options.lock_memory = (flags & kLockMemory) != 0;
  const std::uint32_t group = reader.u32();
  options.group.reset();
  if ((flags & kHasGroup) != 0) options.group = group;
  options.limits.observers = reader.u32();
}

Failure does_not_hold(const char* what) {
  return Failure(Error::make(Errc::Corrupt, 0,
                             "the configuration in the pool does not hold (%s): stop its clients, "
                             "then a new pool is made",
                             what));
}

void note(std::vector<std::string>& keys, bool differs, std::string key) {
  if (differs) keys.push_back(std::move(key));
}

}  // namespace

void store_configuration(const BrokerOptions& options, const pool::PoolView& pool) {
  pool::put_first_configuration(pool, encode(options));
}

Result<void> replace_configuration(const BrokerOptions& options, const pool::PoolView& pool) {
  return pool::replace_configuration(pool, encode(options));
}

Result<BrokerOptions> load_configuration(const pool::PoolView& pool, BrokerOptions options) {
  const std::span<const std::byte> table = pool::current_configuration(pool);
  wire::ByteReader length(table);
  const std::uint32_t bytes = length.u32();
  if (bytes < kHeadBytes || bytes > table.size()) return does_not_hold("its length");
  wire::ByteReader reader(table.subspan(4, bytes - 4));
  read_head(reader, options);
  auto rules = plan::read_rules(reader);
  if (!rules) return does_not_hold("its rules");
  if (!reader.at_end()) return does_not_hold("its end");
  options.rules = std::move(*rules);
  if (auto checked = check_options(options); !checked) {
    return does_not_hold(checked.error().message());
  }
  return options;
}

std::string differing_keys(const BrokerOptions& one, const BrokerOptions& other) {
  std::vector<std::string> keys;
  note(keys, one.unplanned_bytes != other.unplanned_bytes, "pool.unplanned");
  note(keys, one.lock_memory != other.lock_memory, "pool.lock_memory");
  note(keys, one.refuse_unlisted != other.refuse_unlisted, "unlisted");
  note(keys, one.group != other.group, "group");
  note(keys, plan::observers_of(one.limits) != plan::observers_of(other.limits),
       "limits.observers");
  note(keys, one.rules.defaults != other.rules.defaults, "defaults");
  for (const plan::TopicRule& rule : one.rules.rules) {
    const plan::TopicRule* const match = plan::listed(other.rules, rule.name);
    note(keys, match == nullptr || *match != rule, "topics." + rule.name);
  }
  for (const plan::TopicRule& rule : other.rules.rules) {
    note(keys, plan::listed(one.rules, rule.name) == nullptr, "topics." + rule.name);
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(keys.size(), kMostKeysNamed); ++i) {
    text += (i == 0 ? "" : ", ") + keys[i];
  }
  if (keys.size() > kMostKeysNamed) {
    text += " and " + std::to_string(keys.size() - kMostKeysNamed) + " more";
  }
  return text;
}

}  // namespace tarn::broker
