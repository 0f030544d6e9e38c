#include <tarn/message.hpp>

#include <algorithm>
#include <cinttypes>

#include "middleware/vocabulary/printable.hpp"

namespace tarn {

using vocabulary::Printable;

namespace {

struct Difference {
  std::string_view carried;
  std::string_view asked;
};

// The innermost field around `position`: from behind the last separator to before the next.
std::string_view field_around(std::string_view fields, std::size_t position) noexcept {
  const std::size_t before = fields.substr(0, position).find_last_of(";{}");
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = fields.find_first_of(";{}", position);
  return fields.substr(begin, end == std::string_view::npos ? end : end - begin);
}

// At the end of a list of fields, inside braces or not.
bool ends_at(std::string_view fields, std::size_t position) noexcept {
  return position == fields.size() || fields[position] == '}';
}

bool goes_on_at(std::string_view fields, std::size_t position) noexcept {
  return position < fields.size() && fields[position] == ';';
}

Difference first_difference(std::string_view carried, std::string_view asked) noexcept {
  const auto [carried_end, asked_end] =
      std::mismatch(carried.begin(), carried.end(), asked.begin(), asked.end());
  const auto position = static_cast<std::size_t>(carried_end - carried.begin());
  if (goes_on_at(carried, position) && ends_at(asked, position)) {
    return {field_around(carried, position + 1), {}};
  }
  if (goes_on_at(asked, position) && ends_at(carried, position)) {
    return {{}, field_around(asked, position + 1)};
  }
  return {field_around(carried, position), field_around(asked, position)};
}

}  // namespace

Result<void> check_same_type(std::string_view topic, const MessageType& carried,
                             const MessageType& asked) noexcept {
  const bool same = carried.name == asked.name && carried.size_bytes == asked.size_bytes &&
                    carried.alignment == asked.alignment && carried.hash == asked.hash;
  if (same) return {};
  const Difference difference = first_difference(carried.fields, asked.fields);
  return Failure(Error::make(
      Errc::TypeMismatch, 0,
      "topic '%s' carries %s (%" PRIu32 " bytes, alignment %" PRIu32 ", hash %016" PRIx64
      "), asked for is %s (%" PRIu32 " bytes, alignment %" PRIu32 ", hash %016" PRIx64
      "); first different field: '%s' against '%s'; build both sides from one definition",
      Printable(topic).c_str(), Printable(carried.name).c_str(), carried.size_bytes,
      carried.alignment, carried.hash, Printable(asked.name).c_str(), asked.size_bytes,
      asked.alignment, asked.hash, Printable(difference.carried).c_str(),
      Printable(difference.asked).c_str()));
}

}  // namespace tarn
