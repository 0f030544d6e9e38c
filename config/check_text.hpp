// What a configuration must be before anything reads it as YAML: text, and no more of it than is allowed.
// Free functions without state; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/findings.hpp"

namespace tarn::config {

inline constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
inline constexpr const char* kFoundTooMuch =
    "found more than 1 MiB; allowed: files of at most 1 MiB";
// The YAML library looks ahead to the end of a line and keeps what it sees there.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;

// False, and a finding for each line that has a fault: it is too long, is not UTF-8, or holds a control
// character. Those are never part of a value, and some would end the reading early.
[[nodiscard]] bool check_text(std::string_view text, Findings& findings);

// The text without a byte order mark. Tabs that indent are findings, and blanks in what comes back, so that
// the rest of the file can be looked at. Requires: check_text().
[[nodiscard]] std::string plain_text(std::string_view text, Findings& findings);

}  // namespace tarn::config
