#include "middleware/broker/journal.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "platform/clock.hpp"

namespace tarn::broker {

namespace {

[[gnu::format(printf, 2, 0)]] void write_line(const Log& log, const char* format,
                                              std::va_list arguments) noexcept {
  if (log.write == nullptr) return;
  char line[Journal::kLineBytes];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  if (length < 0) return;
  log.write(log.context, {line, std::min(static_cast<std::size_t>(length), sizeof line - 1)});
}

}  // namespace

void Journal::say(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  write_line(log_, format, arguments);
  va_end(arguments);
}

void Journal::complain(const char* format, ...) noexcept {
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
    say("%" PRIu64 " complaints were left out, there were more than %" PRIu32 " a second",
        left_out_, kComplaintsASecond);
    left_out_ = 0;
  }
  std::va_list arguments;
  va_start(arguments, format);
  write_line(log_, format, arguments);
  va_end(arguments);
}

}  // namespace tarn::broker
