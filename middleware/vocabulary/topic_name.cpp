#include <tarn/topic_name.hpp>

#include <tarn/limits.hpp>

#include "middleware/vocabulary/printable.hpp"

namespace tarn {

using vocabulary::Printable;

namespace {

constexpr std::string_view kReservedPrefix = "tarn/";

constexpr bool is_segment_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

Failure bad_byte(std::string_view name, std::size_t position) noexcept {
  return Failure(Error::make(Errc::InvalidTopic, 0,
                             "topic name '%s': found '%s' at position %zu; allowed are A-Z a-z 0-9 "
                             "'_' '.' '-' in segments joined by '/'",
                             Printable(name).c_str(), Printable(name.substr(position, 1)).c_str(),
                             position + 1));
}

Failure empty_segment(std::string_view name, std::size_t position) noexcept {
  return Failure(Error::make(Errc::InvalidTopic, 0,
                             "topic name '%s': found '/' at position %zu with an empty segment "
                             "beside it; allowed is one '/' between two segments",
                             Printable(name).c_str(), position + 1));
}

}  // namespace

Result<void> check_topic_name(std::string_view name) noexcept {
  if (name.empty()) {
    return Failure(Error::make(Errc::InvalidTopic, 0,
                               "topic name is empty; allowed are 1 to %zu bytes, for example "
                               "'sensor/imu'",
                               kMaxTopicNameBytes));
  }
  if (name.size() > kMaxTopicNameBytes) {
    return Failure(Error::make(Errc::InvalidTopic, 0,
                               "topic name '%s' has %zu bytes; allowed are 1 to %zu",
                               Printable(name).c_str(), name.size(), kMaxTopicNameBytes));
  }
  for (std::size_t position = 0; position < name.size(); ++position) {
    const char found = name[position];
    if (found != '/') {
      if (!is_segment_character(found)) return bad_byte(name, position);
      continue;
    }
    const bool at_edge = position == 0 || position + 1 == name.size();
    if (at_edge || name[position - 1] == '/') return empty_segment(name, position);
  }
  return {};
}

bool is_reserved_topic_name(std::string_view name) noexcept {
  return name.starts_with(kReservedPrefix);
}

Result<void> check_user_topic_name(std::string_view name) noexcept {
  if (auto valid = check_topic_name(name); !valid) return valid;
  if (is_reserved_topic_name(name)) {
    return Failure(Error::make(Errc::InvalidTopic, 0,
                               "topic name '%s': names under 'tarn/' are reserved; choose another "
                               "first segment",
                               Printable(name).c_str()));
  }
  return {};
}

}  // namespace tarn
