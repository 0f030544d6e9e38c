#include "middleware/cli/type_tree.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace tarn::cli {

namespace {

using Kind = TypeNode::Kind;

// Deeper than anybody nests structs, and shallow enough for any stack.
constexpr int kMaxNesting = 32;

struct Scalar {
  std::string_view name;
  Kind kind;
  std::uint32_t bytes;
};
constexpr Scalar kScalars[] = {
    {"bool", Kind::Bool, 1},    {"char", Kind::Char, 1},    {"i8", Kind::Signed, 1},
    {"i16", Kind::Signed, 2},   {"i32", Kind::Signed, 4},   {"i64", Kind::Signed, 8},
    {"u8", Kind::Unsigned, 1},  {"u16", Kind::Unsigned, 2}, {"u32", Kind::Unsigned, 4},
    {"u64", Kind::Unsigned, 8}, {"f32", Kind::Float, 4},    {"f64", Kind::Float, 8},
};

// Reads the text from its beginning to its end. After a failure it reads nothing any more.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // Until `end`, or the end of the text where that is NUL.
  std::vector<TypeField> fields(char end, std::uint32_t struct_bytes, int nesting);
  [[nodiscard]] bool failed() const { return wanted_ != nullptr; }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] Error error() const;
  void fail(const char* wanted) {
    if (wanted_ == nullptr) wanted_ = wanted;
  }

 private:
  TypeField field(int nesting);
  TypeNode type(int nesting);
  TypeNode message(std::string_view name, int nesting);
  void counts(TypeNode& type);
  [[nodiscard]] bool take(char c);
  void expect(char c, const char* wanted);
  [[nodiscard]] std::string_view until_any(std::string_view ends);
  [[nodiscard]] std::uint32_t number();
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  std::size_t at_ = 0;
  const char* wanted_ = nullptr;
};

bool Parser::take(char c) {
  if (failed() || at_end() || peek() != c) return false;
  ++at_;
  return true;
}

void Parser::expect(char c, const char* wanted) {
  if (!take(c)) fail(wanted);
}

std::string_view Parser::until_any(std::string_view ends) {
  if (failed()) return {};
  const std::size_t found = text_.find_first_of(ends, at_);
  const std::size_t end = found == std::string_view::npos ? text_.size() : found;
  const std::string_view part = text_.substr(at_, end - at_);
  at_ = end;
  return part;
}

std::uint32_t Parser::number() {
  std::uint32_t value = 0;
  if (failed()) return value;
  const char* const begin = text_.data() + at_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
  if (error != std::errc{}) fail("a number of 32 bits");
  at_ += static_cast<std::size_t>(end - begin);
  return value;
}

std::vector<TypeField> Parser::fields(char end, std::uint32_t struct_bytes, int nesting) {
  std::vector<TypeField> all;
  std::uint64_t used_bytes = 0;
  while (!failed() && peek() != end) {
    if (!all.empty()) expect(';', "';' before the next field");
    all.push_back(field(nesting));
    const TypeField& added = all.back();
    used_bytes += added.type.total_bytes();
    const bool inside = added.offset + added.type.total_bytes() <= struct_bytes;
    if (!inside || used_bytes > struct_bytes) fail("fields no larger than their struct");
  }
  return all;
}

TypeField Parser::field(int nesting) {
  TypeField field;
  field.name = until_any(":;{}");
  expect(':', "':' and the type of the field");
  field.type = type(nesting);
  expect('@', "'@' and the offset of the field");
  field.offset = number();
  return field;
}

TypeNode Parser::type(int nesting) {
  if (nesting > kMaxNesting) fail("types nested at most 32 deep");
  const std::string_view name = until_any("()[@;{}");
  TypeNode type;
  if (failed()) return type;
  if (name == "enum" && peek() == '(') {
    (void)take('(');
    type = this->type(nesting + 1);
    if (!type.fields.empty() || type.kind == Kind::Struct) fail("a number as the enum's type");
    expect(')', "')' behind the type of the enum");
  } else if (peek() == '(') {
    type = message(name, nesting);
  } else {
    for (const Scalar& scalar : kScalars) {
      if (scalar.name != name) continue;
      type.kind = scalar.kind;
      type.bytes = scalar.bytes;
    }
    if (type.bytes == 0) fail("a type that is known here");
  }
  counts(type);
  return type;
}

// tarn.Text and its like mean more than their fields, if these are what they should be.
Kind kind_of(std::string_view name, const std::vector<TypeField>& fields) {
  if (fields.size() != 2) return Kind::Struct;
  const TypeNode& first = fields[0].type;
  const TypeNode& second = fields[1].type;
  if (first.kind != Kind::Unsigned || !first.counts.empty() || second.open) return Kind::Struct;
  const bool array = !second.counts.empty();
  if (name == "tarn.Text" && array && second.counts.size() == 1 && second.kind == Kind::Char) {
    return Kind::Text;
  }
  if (name == "tarn.List" && array) return Kind::List;
  return name == "tarn.Maybe" ? Kind::Maybe : Kind::Struct;
}

TypeNode Parser::message(std::string_view name, int nesting) {
  TypeNode type;
  expect('(', "'(' and the size of the struct");
  type.bytes = number();
  if (type.bytes == 0) fail("a size above 0");
  expect(',', "',' and the alignment of the struct");
  (void)number();
  expect(')', "')' behind the alignment");
  expect('{', "'{' and the fields of the struct");
  type.fields = fields('}', type.bytes, nesting + 1);
  expect('}', "'}' behind the fields");
  type.kind = kind_of(name, type.fields);
  return type;
}

void Parser::counts(TypeNode& type) {
  while (take('[')) {
    if (take(']')) {
      if (type.open || !type.counts.empty()) fail("'[]' once, and first");
      type.open = true;
      continue;
    }
    type.counts.push_back(number());
    if (type.counts.back() == 0 || type.counts.size() > kMaxNesting) fail("a count above 0");
    expect(']', "']' behind a count");
    if (type.total_bytes() > UINT32_MAX) fail("an array of at most 4 GiB");
  }
}

Error Parser::error() const {
  const std::string_view rest = text_.substr(at_, 20);
  return Error::make(
      Errc::ProtocolError, 0,
      "the description of the type breaks off at byte %zu, before '%.*s': expected %s", at_,
      static_cast<int>(rest.size()), rest.data(), wanted_);
}

// '[]' leaves the end of a message open, so nothing but the whole message may have it.
bool open_inside(const TypeNode& node) {
  for (const TypeField& field : node.fields) {
    if (field.type.open || open_inside(field.type)) return true;
  }
  return false;
}

}  // namespace

std::uint64_t TypeNode::total_bytes() const noexcept {
  std::uint64_t total = bytes;
  for (const std::uint32_t count : counts) {
    if (total > UINT32_MAX) return total;  // refused already
    total *= count;
  }
  return total;
}

Result<TypeNode> parse_type(const TopicType& type) {
  Parser parser(type.fields);
  TypeNode whole{.kind = Kind::Struct, .bytes = type.bytes, .counts = {}, .fields = {}};
  whole.fields = parser.fields('\0', type.bytes, 0);
  if (!parser.failed() && !parser.at_end()) parser.fail("the end");
  const bool bare = whole.fields.size() == 1 && whole.fields.front().name.empty();
  TypeNode root = bare ? std::move(whole.fields.front().type) : std::move(whole);
  if (open_inside(root)) parser.fail("'[]' for the whole message only");
  if (parser.failed()) return Failure(parser.error());
  return root;
}

}  // namespace tarn::cli
