// A decoded message as a tree of values, between the bytes it was and the text it becomes. Knows neither.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tarn::cli {

struct Value;
struct Entry;

// `omitted` elements follow those that are here.
struct Sequence {
  std::vector<Value> items;
  std::size_t omitted = 0;
};
// Fields in the order of the type.
using Mapping = std::vector<Entry>;

struct Value {
  using Any = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double,
                           std::string, Sequence, Mapping>;
  Any is;  // monostate: a Maybe without a value
};

struct Entry {
  std::string name;
  Value value;
};

[[nodiscard]] inline Value number(std::uint64_t is) { return {is}; }

}  // namespace tarn::cli
