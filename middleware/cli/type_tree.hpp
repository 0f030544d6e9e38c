// A message type as the pool describes it, parsed from its text into a tree by which a payload can be
// read. The grammar is that of <tarn/detail/type_text.hpp>. The text comes from another process: whatever
// it says, a tree that parse_type() answers lies within the size it was given for. Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tarn/result.hpp>
#include <tarn/topic_status.hpp>

namespace tarn::cli {

struct TypeField;

// What one field, or a whole message, is.
struct TypeNode {
  enum class Kind : std::uint8_t {
    Bool,
    Char,
    Signed,
    Unsigned,
    Float,
    Struct,
    Text,   // fields: length, bytes
    List,   // fields: size, items
    Maybe,  // fields: present, value
  };
  Kind kind = Kind::Struct;
  std::uint32_t bytes = 0;            // of one, before it is made an array
  bool open = false;                  // '[]': as many as the payload holds
  std::vector<std::uint32_t> counts;  // of an array, the outermost first
  std::vector<TypeField> fields;

  // Of all its elements; of one of them where `open`.
  [[nodiscard]] std::uint64_t total_bytes() const noexcept;
};

struct TypeField {
  std::string name;  // empty: the one field of a message that is no struct
  std::uint32_t offset = 0;
  TypeNode type;
};

// ProtocolError says what stands where in the text. Every field lies within its struct, and the fields
// of a struct together are no larger than it, so a payload has no more values than bytes.
[[nodiscard]] Result<TypeNode> parse_type(const TopicType& type);

}  // namespace tarn::cli
