// What the broker tells its program: one line per event, and no more complaints than a person can
// read, whatever its peers do. Knows no topics. Owned by the broker; its thread.
#pragma once

#include <cstdint>

#include "middleware/broker/broker.hpp"

namespace tarn::broker {

class Journal {
 public:
  static constexpr std::size_t kLineBytes = 1024;  // longer lines are cut
  static constexpr std::uint32_t kComplaintsASecond = 10;

  explicit Journal(Log log) noexcept : log_(log) {}

  // A line that peers cannot cause at will.
  [[gnu::format(printf, 2, 3)]] void say(const char* format, ...) noexcept;
  // A line that they can. Beyond so many a second they are counted, and the count is told later.
  [[gnu::format(printf, 2, 3)]] void complain(const char* format, ...) noexcept;

 private:
  Log log_;
  std::int64_t second_ = 0;
  std::uint32_t complaints_ = 0;  // in that second
  std::uint64_t left_out_ = 0;    // since one was written
};

}  // namespace tarn::broker
