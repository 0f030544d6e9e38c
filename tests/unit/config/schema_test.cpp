#include "config/schema.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "config/domain_config.hpp"
#include "config/values.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "tests/support/catch.hpp"

using tarn::config::find_key;
using tarn::config::Key;
using tarn::config::keys;
using tarn::config::Kind;
using tarn::config::parts_of;
using tarn::config::path_of;

namespace {

std::optional<std::uint64_t> parse(const Key& key, std::string_view text) {
  switch (key.kind) {
    case Kind::Number:
      return tarn::config::parse_number(text);
    case Kind::Size:
      return tarn::config::parse_size(text);
    case Kind::Duration:
      return tarn::config::parse_duration(text);
    case Kind::Rate:
      return tarn::config::parse_rate(text);
    default:
      return std::nullopt;
  }
}

bool is_word(const Key& key, std::string_view text) {
  return std::find(key.words.begin(), key.words.end(), text) != key.words.end();
}

std::uint64_t initial_number(std::string_view path) {
  const Key* const key = find_key(path);
  REQUIRE(key != nullptr);
  return parse(*key, key->initial).value();
}

std::string_view initial(std::string_view path) {
  const Key* const key = find_key(path);
  REQUIRE(key != nullptr);
  return key->initial;
}

}  // namespace

TEST_CASE("every key stands after what it is in and has its path once", "[config][schema]") {
  std::set<std::string> paths{""};
  for (const Key& key : keys()) {
    CAPTURE(path_of(key));
    CHECK(paths.count(std::string(key.parent)) == 1);
    CHECK(paths.insert(path_of(key)).second);
    CHECK(find_key(path_of(key)) == &key);
    CHECK(find_key(key.parent, key.name) == &key);
  }
}

TEST_CASE("every key says what it means and what it allows", "[config][schema]") {
  for (const Key& key : keys()) {
    CAPTURE(path_of(key));
    CHECK(key.text.size() > 10);
    CHECK(key.text.back() == '.');
    CHECK_FALSE(tarn::config::allowed(key).empty());
    CHECK((key.kind == Kind::Choice) <= !key.words.empty());
    CHECK((key.kind == Kind::Text) <= !key.form.empty());
    const bool ranged = key.kind == Kind::Number || key.kind == Kind::Size ||
                        key.kind == Kind::Duration || key.kind == Kind::Rate ||
                        key.kind == Kind::Text;
    CHECK(ranged <= (key.least < key.most));
    const bool holds = key.kind == Kind::Map || key.kind == Kind::List;
    CHECK(holds == !parts_of(path_of(key)).empty());
  }
}

TEST_CASE("every default is one that the key allows", "[config][schema]") {
  for (const Key& key : keys()) {
    if (key.initial.empty() || is_word(key, key.initial) || key.kind == Kind::Text) continue;
    CAPTURE(path_of(key));
    if (key.kind == Kind::Boolean) {
      CHECK((key.initial == "true" || key.initial == "false"));
      continue;
    }
    const auto value = parse(key, key.initial);
    REQUIRE(value);
    CHECK(*value >= key.least);
    CHECK(*value <= key.most);
  }
}

TEST_CASE("the defaults of the schema are those that serve without a file", "[config][schema]") {
  const tarn::config::DomainConfig config;
  CHECK(initial("domain") == config.domain);
  CHECK(initial_number("pool.size") == config.pool.size_bytes);
  CHECK(initial_number("pool.unplanned") == config.pool.unplanned_bytes);
  CHECK(initial("pool.unlisted") == "allow");
  CHECK_FALSE(config.pool.refuse_unlisted);
  CHECK(initial("pool.lock_memory") == "false");
  CHECK_FALSE(config.pool.lock_memory);
  const tarn::pool::PoolLimits limits;
  CHECK(initial_number("limits.clients") == limits.clients);
  CHECK(initial_number("limits.topics") == limits.topics);
  CHECK(initial_number("limits.publishers") == limits.publishers);
  CHECK(initial_number("limits.memberships") == limits.memberships);
  CHECK(initial_number("limits.waiters") == limits.waiters);
  CHECK(initial_number("limits.observers") == limits.observers);
  CHECK(initial_number("limits.patterns") == limits.patterns);
  CHECK(initial_number("limits.type_text") == limits.type_text_bytes);
  const tarn::plan::TopicSettings& defaults = config.rules.defaults;
  CHECK(initial_number("defaults.depth") == defaults.depth);
  CHECK(initial_number("defaults.history") == defaults.history);
  CHECK(initial_number("defaults.publishers") == defaults.publishers);
  CHECK(initial_number("defaults.subscribers") == defaults.subscribers);
  CHECK(initial_number("defaults.orphans") == defaults.orphans);
  CHECK(initial_number("defaults.held") == defaults.held);
  CHECK(initial_number("defaults.loans") == defaults.loans);
  CHECK(initial_number("defaults.timeout") == static_cast<std::uint64_t>(defaults.timeout.count()));
  CHECK(initial_number("defaults.evict_after") ==
        static_cast<std::uint64_t>(defaults.evict_after.count()));
  const tarn::config::LinkConfig link;
  CHECK(initial_number("links[].queue.messages") == link.queue.messages);
  CHECK(initial_number("links[].queue.bytes") == link.queue.bytes);
  CHECK(initial_number("links[].heartbeat") == static_cast<std::uint64_t>(link.heartbeat.count()));
}

TEST_CASE("the words of a choice stand in the order of its enumeration", "[config][schema]") {
  const auto word = [](std::string_view path, auto value) {
    return find_key(path)->words[static_cast<std::size_t>(value)];
  };
  CHECK(word("defaults.overflow", tarn::plan::Overflow::DropOldest) == "drop_oldest");
  CHECK(word("defaults.overflow", tarn::plan::Overflow::DropNewest) == "drop_newest");
  CHECK(word("defaults.overflow", tarn::plan::Overflow::Block) == "block");
  CHECK(word("topics.*.overflow", tarn::plan::Overflow::Reject) == "reject");
  CHECK(word("defaults.stamp", tarn::plan::Stamp::Source) == "source");
  CHECK(word("defaults.stamp", tarn::plan::Stamp::None) == "none");
  CHECK(word("defaults.spin", tarn::config::Spin::Auto) == "auto");
  CHECK(word("defaults.spin", tarn::config::Spin::Never) == "never");
  CHECK(word("log.level", tarn::config::LogLevel::Error) == "error");
  CHECK(word("log.level", tarn::config::LogLevel::Warning) == "warning");
  CHECK(word("log.level", tarn::config::LogLevel::Info) == "info");
  CHECK(word("log.level", tarn::config::LogLevel::Debug) == "debug");
  CHECK(word("links[].export[].priority", tarn::config::Priority::Low) == "low");
  CHECK(word("links[].export[].priority", tarn::config::Priority::Urgent) == "urgent");
}

TEST_CASE("what is allowed is said in words", "[config][schema]") {
  const auto allowed = [](std::string_view path) { return tarn::config::allowed(*find_key(path)); };
  CHECK(allowed("pool.size") ==
        "a size from 1B to 256GiB (a whole number and B, KiB, MiB or GiB), or auto");
  CHECK(allowed("defaults.depth") == "a whole number from 1 to 65536");
  CHECK(allowed("topics.*.evict_after") ==
        "a duration from 0s to 3600s (a whole number and us, ms or s)");
  CHECK(allowed("links[].import[].max_rate") ==
        "a rate from 1Hz to 1000000Hz (a whole number and Hz)");
  CHECK(allowed("log.level") == "error, warning, info or debug");
  CHECK(allowed("pool.lock_memory") == "true or false");
  CHECK(allowed("links[].connect") == "a list of 1 to 8 entries");
  CHECK(allowed("links") == "a list of at most 16 entries");
  CHECK(allowed("topics") == "a map (key: value)");
}
