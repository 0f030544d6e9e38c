// What the broker tells its program: one line per event, and no more complaints than a person can
// read, whatever its peers do. Knows no topics. Owned by the broker; its thread.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "middleware/broker/broker.hpp"

namespace tarn::broker {

class Journal {
 public:
  static constexpr std::size_t kLineBytes = 1024;  // longer lines are cut
  static constexpr std::uint32_t kComplaintsASecond = 10;

  explicit Journal(Log log, LogLevel level = LogLevel::Info) noexcept : log_(log), level_(level) {}

  // From here on.
  void set_level(LogLevel level) noexcept { level_ = level; }

  // Lines that peers cannot cause at will: what the broker does, what it cannot do as asked, and what
  // has failed.
  [[gnu::format(printf, 2, 3)]] void say(const char* format, ...) noexcept;
  [[gnu::format(printf, 2, 3)]] void warn(const char* format, ...) noexcept;
  [[gnu::format(printf, 2, 3)]] void fail(const char* format, ...) noexcept;
  // Lines that they can: warnings, and who comes and goes. Beyond so many a second they are counted, and
  // the count is told later.
  [[gnu::format(printf, 2, 3)]] void complain(const char* format, ...) noexcept;
  [[gnu::format(printf, 2, 3)]] void note(const char* format, ...) noexcept;

 private:
  [[gnu::format(printf, 3, 0)]] void write(LogLevel level, const char* format,
                                           std::va_list arguments) noexcept;
  [[gnu::format(printf, 3, 0)]] void write_few(LogLevel level, const char* format,
                                               std::va_list arguments) noexcept;

  Log log_;
  LogLevel level_;
  std::int64_t second_ = 0;
  std::uint32_t complaints_ = 0;  // in that second
  std::uint64_t left_out_ = 0;    // since one was written
};

}  // namespace tarn::broker
