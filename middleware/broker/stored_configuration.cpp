#include "middleware/broker/stored_configuration.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "middleware/broker/books.hpp"
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
constexpr std::uint32_t kNoSpin = 8;

constexpr std::size_t kHeadBytes = 4 + 8 + 4 + 4 + 4 + 2 * 4;
static_assert(kHeadBytes <= plan::kStoredHeadBytes);
constexpr std::size_t kPlaceBytes = 5 * 4;
static_assert(2 * kPlaceBytes == plan::kStoredPlaceBytes);
constexpr std::uint32_t kOfLife = 0x80000000;

std::uint32_t flags_of(const BrokerOptions& options) {
  return (options.refuse_unlisted ? kRefuseUnlisted : 0) | (options.lock_memory ? kLockMemory : 0) |
         (options.group ? kHasGroup : 0) | (options.spin ? 0 : kNoSpin);
}

void write_place(wire::ByteWriter& writer, const Extent& place, const plan::TopicRules& rules) {
  if (place.former) {
    writer.u32(kOfLife | place.former->record);
  } else {
    const auto rule = std::find_if(rules.rules.begin(), rules.rules.end(),
                                   [&](const auto& one) { return one.name == place.topic; });
    writer.u32(static_cast<std::uint32_t>(rule - rules.rules.begin()));
  }
  writer.u32(place.former ? place.former->generation : 0);
  writer.u32(place.first);
  writer.u32(place.units_each);
  writer.u32(place.count);
}

void write_places(wire::ByteWriter& writer, const std::vector<Extent>& places,
                  const plan::TopicRules& rules) {
  writer.u32(static_cast<std::uint32_t>(places.size()));
  for (const Extent& place : places) write_place(writer, place, rules);
}

std::vector<std::byte> encode(const StoredConfiguration& configuration) {
  const auto& [options, areas, members] = configuration;
  std::vector<std::byte> bytes(kHeadBytes + plan::stored_bytes(options.rules) +
                               kPlaceBytes * (areas.size() + members.size()));
  wire::ByteWriter writer(bytes);
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  writer.u64(options.unplanned_bytes);
  writer.u32(flags_of(options));
  writer.u32(options.group.value_or(0));
  writer.u32(plan::observers_of(options.limits));
  plan::write_rules(writer, options.rules);
  write_places(writer, areas, options.rules);
  write_places(writer, members, options.rules);
  return bytes;
}

// Empty: that life of a topic has ended.
std::optional<std::string> name_of(const TopicLife& life, const pool::PoolView& pool) {
  if (life.record >= pool.geometry().topics.count) return std::nullopt;
  const directory::DirectoryWriter records(pool);
  const bool lives = is_in_use(records.state<TopicRecordLayout>(life.record)) &&
                     records.generation<TopicRecordLayout>(life.record) == life.generation;
  if (!lives) return std::nullopt;
  return std::string(directory::text_in(records.at<TopicRecordLayout>(life.record).name));
}

// False: of a rule that there is not.
bool read_place(wire::ByteReader& reader, const pool::PoolView& pool, const plan::TopicRules& rules,
                std::vector<Extent>& places) {
  const std::uint32_t of = reader.u32();
  const std::uint32_t generation = reader.u32();
  Extent place{
      .topic = {}, .first = reader.u32(), .units_each = reader.u32(), .count = reader.u32()};
  if ((of & kOfLife) != 0) {
    place.former = TopicLife{.record = of & ~kOfLife, .generation = generation};
    auto name = name_of(*place.former, pool);
    if (!name) return true;
    place.topic = std::move(*name);
  } else {
    if (of >= rules.rules.size()) return false;
    place.topic = rules.rules[of].name;
  }
  places.push_back(std::move(place));
  return true;
}

// Empty: they do not hold.
std::optional<std::vector<Extent>> read_places(wire::ByteReader& reader, const pool::PoolView& pool,
                                               const plan::TopicRules& rules) {
  std::vector<Extent> places;
  const std::uint32_t count = reader.u32();
  // Whatever the number says, the bytes end it.
  for (std::uint32_t i = 0; reader.ok() && i < count; ++i) {
    if (!read_place(reader, pool, rules, places)) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  return places;
}

void read_head(wire::ByteReader& reader, BrokerOptions& options) {
  options.unplanned_bytes = reader.u64();
  const std::uint32_t flags = reader.u32();
  options.refuse_unlisted = (flags & kRefuseUnlisted) != 0;
  options.lock_memory = (flags & kLockMemory) != 0;
  options.spin = (flags & kNoSpin) == 0;
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

}  // namespace

void store_configuration(const StoredConfiguration& configuration, const pool::PoolView& pool) {
  pool::put_first_configuration(pool, encode(configuration));
}

Result<void> replace_configuration(const StoredConfiguration& configuration,
                                   const pool::PoolView& pool) {
  return pool::replace_configuration(pool, encode(configuration));
}

Result<StoredConfiguration> load_configuration(const pool::PoolView& pool, BrokerOptions options) {
  const std::span<const std::byte> table = pool::current_configuration(pool);
  wire::ByteReader length(table);
  const std::uint32_t bytes = length.u32();
  if (bytes < kHeadBytes || bytes > table.size()) return does_not_hold("its length");
  wire::ByteReader reader(table.subspan(4, bytes - 4));
  read_head(reader, options);
  auto rules = plan::read_rules(reader);
  if (!rules) return does_not_hold("its rules");
  options.rules = std::move(*rules);
  if (auto checked = check_options(options); !checked) {
    return does_not_hold(checked.error().message());
  }
  auto areas = read_places(reader, pool, options.rules);
  auto members = areas ? read_places(reader, pool, options.rules) : std::nullopt;
  if (!members) return does_not_hold("a place");
  if (!reader.at_end()) return does_not_hold("its end");
  return StoredConfiguration{
      .options = std::move(options), .areas = std::move(*areas), .members = std::move(*members)};
}

}  // namespace tarn::broker
