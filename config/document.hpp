// A configuration file as a tree of values with their places. What hands it on is load.cpp, which alone
// knows the YAML library; check_schema() finds out what each value is good for. Maps keep every entry in
// the order of the file, repeated keys too. An owner of its children; any thread may read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/origins.hpp"

namespace tarn::config {

// A key of a map and what stands behind it. A template only because a node holds entries that hold nodes.
template <typename Node>
struct BasicEntry {
  Node key;
  Node value;
  bool known = false;  // by check_schema(): the key is allowed and not there before
};

struct DocumentNode {
  enum class Shape : std::uint8_t {
    Null,
    Scalar,
    List,
    Map,
    Refused,  // has been complained about; says nothing
  };

  Shape shape = Shape::Null;
  Position at{};         // of its first character; of a value that is missing the place of its key
  std::string scalar{};  // as written, without quotes
  bool quoted = false;
  std::vector<DocumentNode> items{};                // of a list
  std::vector<BasicEntry<DocumentNode>> entries{};  // of a map

  // By check_schema(): the value is what its key allows.
  bool sound = false;
  // And this is what it says: the number, bytes, nanoseconds or Hz; the position of a word in the schema;
  // 1 for true.
  std::uint64_t value = 0;
  bool is_word = false;  // one of the words that may stand instead of a value

  // Of a map: what stands under the name; nullptr: nothing that is sound.
  [[nodiscard]] const DocumentNode* part(std::string_view name) const noexcept;
};

using Entry = BasicEntry<DocumentNode>;

}  // namespace tarn::config
