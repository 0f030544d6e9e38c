#include "middleware/broker/journal.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "platform/clock.hpp"

namespace tarn::broker {

void Journal::write(LogLevel level, const char* format, std::va_list arguments) noexcept {
  if (log_.write == nullptr || level > level_) return;
  char line[kLineBytes];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  if (length < 0) return;
  log_.write(log_.context, {line, std::min(static_cast<std::size_t>(length), sizeof line - 1)});
}

void Journal::write_few(LogLevel level, const char* format, std::va_list arguments) noexcept {
  if (level > level_) return;
  const std::int64_t now = platform::monotonic_now().time_since_epoch() / std::chrono::seconds(1);
  if (now != second_) {
    second_ = now;
    complaints_ = 0;
  }
  if (complaints_ == kComplaintsASecond) {
    ++left_out_;
    return;
  }
  ++complaints_;
  if (left_out_ > 0) {
    warn("%" PRIu64 " complaints were left out, there were more than %" PRIu32 " a second",
         left_out_, kComplaintsASecond);
    left_out_ = 0;
  }
  write(level, format, arguments);
}

void Journal::say(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  write(LogLevel::Info, format, arguments);
  va_end(arguments);
}

void Journal::warn(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  write(LogLevel::Warning, format, arguments);
  va_end(arguments);
}

void Journal::fail(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  write(LogLevel::Error, format, arguments);
  va_end(arguments);
}

void Journal::complain(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  write_few(LogLevel::Warning, format, arguments);
  va_end(arguments);
}

void Journal::note(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  write_few(LogLevel::Debug, format, arguments);
  va_end(arguments);
}

}  // namespace tarn::broker
