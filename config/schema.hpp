// The one table of everything a configuration file may say: each key with its place, kind, range, default,
// meaning and the moment at which a change takes effect. The loader allows what stands here and nothing
// else; documentation, JSON Schema and the annotated default file are written from it. It knows neither
// YAML nor the structs that values go to. Constant; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::config {

enum class Kind : std::uint8_t {
  Number,    // whole and decimal
  Size,      // B, KiB, MiB, GiB
  Duration,  // us, ms, s
  Rate,      // Hz
  Choice,    // one of Key::words
  Boolean,   // true, false
  Text,
  List,
  Map,
};

// When a changed value takes effect.
enum class Effect : std::uint8_t {
  Restart,  // when the broker starts next
  Reload,   // at a reload
  NewTopics,  // at a reload, for topics nobody is on; the others follow when their last endpoint leaves
  LinkStart,  // when tarn link starts next
};

// One key. Its path is `parent` and `name` joined: "pool.size", "topics.*.depth" where * stands for any
// name of a topic or pattern, "links[].queue.bytes" where [] stands for each entry of a list.
struct Key {
  std::string_view parent;  // path of the map or list it is in; empty at the top
  std::string_view name;    // "depth"; "*": any name; "[]": each entry
  Kind kind;
  Effect effect;
  // What serves when the key is not there, as the file would say it; empty: nothing, or as `text` says.
  std::string_view initial{};
  std::string_view text;  // what it means: one sentence or two
  // Both ends are allowed. Of the value in bytes, nanoseconds or Hz; of texts their length in bytes; of
  // lists the number of their entries.
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  // Of Choice all there are, in the order of the enumeration they become; of Boolean the only one allowed,
  // where there is but one; of other kinds what may stand instead of a value ("auto").
  std::span<const std::string_view> words{};
  std::string_view form{};  // of Text: what it must look like
  bool required = false;
  // Of List: a single entry may stand there without brackets. Of Map: a text may, and means the first key.
  bool shorthand = false;
};

// Key::form of addresses.
inline constexpr std::string_view kAddressForm =
    "tcp://HOST:PORT with a name, an IPv4 address or an IPv6 address in brackets";

// All of them in the order in which a well-ordered file has them: every map or list before its parts, and
// the parts of one together.
[[nodiscard]] std::span<const Key> keys() noexcept;

[[nodiscard]] std::string path_of(const Key& key);
// The key that has this path; nullptr: none.
[[nodiscard]] const Key* find_key(std::string_view path) noexcept;
// The key of this map for a name that stands in a file; a map of names has one key for all of them.
// nullptr: none.
[[nodiscard]] const Key* find_key(std::string_view parent, std::string_view name) noexcept;
// What is directly inside this path, in order; the top is "".
[[nodiscard]] std::vector<const Key*> parts_of(std::string_view parent);

// "a size from 1B to 256GiB (a whole number and B, KiB, MiB or GiB), or auto": what a person is told.
[[nodiscard]] std::string allowed(const Key& key);
// "a size": the kind in words.
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;
// "at start", "at reload", ...: for documentation.
[[nodiscard]] std::string_view to_string(Effect effect) noexcept;
// "B KiB MiB GiB"; empty: the kind has no unit.
[[nodiscard]] std::string_view units_of(Kind kind) noexcept;

}  // namespace tarn::config
