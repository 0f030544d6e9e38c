// The lines in which the processes of the demo say how they are doing, on their standard output:
//
//   KIND process=NAME key=value ...
//
//   ready    process=fusion
//   progress process=fusion subscribes=sensor/imu received=1200 at_ns=...
//   summary  process=fusion subscribes=sensor/imu received=5000 lost=0 wrong=0 p50_ns=... ...
//   summary  process=imu_driver publishes=sensor/imu published=5000
//   result   process=fusion tilt_error_rms_deg=0.21 tilt_error_max_deg=0.63
//
// Made for programs, legible for people. Values hold no blanks. Knows nothing of topics. Values and
// free functions; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sensors {

enum class ReportKind { Ready, Progress, Summary, Result };

struct Report {
  ReportKind kind = ReportKind::Ready;
  std::map<std::string, std::string, std::less<>> values;

  // Empty and 0 for a key that is not there; 0 for a value that is no number.
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::uint64_t number(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return values.contains(key); }
};

// Nothing for a line that is no report.
[[nodiscard]] std::optional<Report> parse_report(std::string_view line);

// Prints a report as one line, whole even when several threads print. `values` is "key=value ...".
void print_report(ReportKind kind, std::string_view process, std::string_view values);

}  // namespace sensors
