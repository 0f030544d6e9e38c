#include "middleware/broker/stored_configuration.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <tarn/limits.hpp>

#include "middleware/broker/check_options.hpp"
#include "middleware/pool/configuration_halves.hpp"
#include "middleware/wire/byte_reader.hpp"
#include "middleware/wire/byte_writer.hpp"

namespace tarn::broker {

namespace {

constexpr std::uint32_t kRefuseUnlisted = 1;
constexpr std::uint32_t kLockMemory = 2;
constexpr std::uint32_t kHasGroup = 4;

constexpr std::size_t kSettingsBytes = 9 * 4 + 2 * 8;
constexpr std::size_t kHeadBytes = 4 + 4 + 8 + 4 + 4 + 4 + kSettingsBytes;
constexpr std::size_t kLeastTopicBytes = 2 + 2 + 4 + kSettingsBytes;
constexpr std::size_t kMostKeysNamed = 12;

std::uint64_t count_of(std::chrono::nanoseconds duration) noexcept {
  return static_cast<std::uint64_t>(duration.count());
}

void write_settings(wire::ByteWriter& writer, const TopicSettings& settings) {
  writer.u32(settings.depth);
  writer.u32(settings.history);
  writer.u32(settings.publishers);
  writer.u32(settings.subscribers);
  writer.u32(settings.orphans);
  writer.u32(settings.held);
  writer.u32(settings.loans);
  writer.u32(static_cast<std::uint32_t>(settings.overflow));
  writer.u32(static_cast<std::uint32_t>(settings.stamp));
  writer.u64(count_of(settings.timeout));
  writer.u64(count_of(settings.evict_after));
}

TopicSettings read_settings(wire::ByteReader& reader) {
  TopicSettings settings;
  settings.depth = reader.u32();
  settings.history = reader.u32();
  settings.publishers = reader.u32();
  settings.subscribers = reader.u32();
  settings.orphans = reader.u32();
  settings.held = reader.u32();
  settings.loans = reader.u32();
  settings.overflow = static_cast<directory::Overflow>(reader.u32());
  settings.stamp = static_cast<directory::Stamp>(reader.u32());
  settings.timeout = std::chrono::nanoseconds(reader.u64());
  settings.evict_after = std::chrono::nanoseconds(reader.u64());
  return settings;
}

bool has_known_policies(const TopicSettings& settings) {
  return settings.overflow <= directory::Overflow::Reject &&
         settings.stamp <= directory::Stamp::None;
}

std::uint32_t flags_of(const BrokerOptions& options) {
  return (options.refuse_unlisted ? kRefuseUnlisted : 0) | (options.lock_memory ? kLockMemory : 0) |
         (options.group ? kHasGroup : 0);
}

std::uint32_t encoded_bytes(const BrokerOptions& options) {
  std::size_t bytes = kHeadBytes;
  for (const ListedTopic& topic : options.topics) {
    bytes += kLeastTopicBytes + topic.name.size() + topic.type.size();
  }
  return static_cast<std::uint32_t>(bytes);
}

std::vector<std::byte> encode(const BrokerOptions& options) {
  std::vector<std::byte> bytes(encoded_bytes(options));
  wire::ByteWriter writer(bytes);
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  writer.u32(static_cast<std::uint32_t>(options.topics.size()));
  writer.u64(options.unplanned_bytes);
  writer.u32(flags_of(options));
  writer.u32(options.group.value_or(0));
  writer.u32(options.limits.observers);
  write_settings(writer, options.defaults);
  for (const ListedTopic& topic : options.topics) {
    writer.text(topic.name);
    writer.text(topic.type);
    writer.u32(topic.payload_bytes);
    write_settings(writer, topic.settings);
  }
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
  options.defaults = read_settings(reader);
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

bool same(const TopicSettings& one, const TopicSettings& other) {
  const auto bytes_of = [](const TopicSettings& settings) {
    std::vector<std::byte> bytes(kSettingsBytes);
    wire::ByteWriter writer(bytes);
    write_settings(writer, settings);
    return bytes;
  };
  return bytes_of(one) == bytes_of(other);
}

const ListedTopic* find(const std::vector<ListedTopic>& topics, const std::string& name) {
  const auto found = std::find_if(topics.begin(), topics.end(),
                                  [&](const ListedTopic& topic) { return topic.name == name; });
  return found == topics.end() ? nullptr : &*found;
}

}  // namespace

std::uint32_t configuration_bytes(const BrokerOptions& options) {
  return pool::configuration_table_bytes(encoded_bytes(options));
}

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
  const std::uint32_t topics = reader.u32();
  if (topics > bytes / kLeastTopicBytes) return does_not_hold("the number of topics");
  read_head(reader, options);
  options.topics.clear();
  for (std::uint32_t i = 0; i < topics; ++i) {
    ListedTopic topic;
    topic.name = reader.text(kMaxTopicNameBytes);
    topic.type = reader.text(kMaxTypeNameBytes);
    topic.payload_bytes = reader.u32();
    topic.settings = read_settings(reader);
    options.topics.push_back(std::move(topic));
  }
  if (!reader.ok() || !reader.at_end()) return does_not_hold("its end");
  const bool policies =
      std::all_of(options.topics.begin(), options.topics.end(),
                  [](const ListedTopic& topic) { return has_known_policies(topic.settings); });
  if (!policies || !has_known_policies(options.defaults)) return does_not_hold("a policy");
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
  note(keys, one.limits.observers != other.limits.observers, "limits.observers");
  note(keys, !same(one.defaults, other.defaults), "defaults");
  for (const ListedTopic& topic : one.topics) {
    const ListedTopic* const match = find(other.topics, topic.name);
    const bool equal = match != nullptr && match->type == topic.type &&
                       match->payload_bytes == topic.payload_bytes &&
                       same(match->settings, topic.settings);
    note(keys, !equal, "topics." + topic.name);
  }
  for (const ListedTopic& topic : other.topics) {
    note(keys, find(one.topics, topic.name) == nullptr, "topics." + topic.name);
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
