#include "middleware/cli/config_reload.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <vector>

#include <tarn/observer.hpp>

namespace tarn::cli {

namespace {

void print(const char* what, const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  fmt::print("{}:\n", what);
  for (const std::string& key : keys) fmt::print("  {}\n", key);
}

ExitCode refused(const ReloadReport& report) {
  for (const std::string& finding : report.findings) fmt::print(stderr, "{}\n", finding);
  fmt::print(stderr, "tarn: the broker goes on by the configuration it had\n");
  return report.reason == Errc::InvalidConfig ? ExitCode::Usage : ExitCode::NothingFound;
}

}  // namespace

ExitCode config_reload(const ConfigReloadOptions& options) {
  auto observer = Observer::open({.domain = options.domain});
  if (!observer) return fail(observer.error());
  const auto report = observer->reload();
  if (!report) return fail(report.error());
  if (!report->findings.empty()) return refused(*report);
  if (report->changed.empty()) fmt::print("applied; nothing in it has changed\n");
  print("applied", report->changed);
  print("of these, live topics, until their last publisher and subscriber have left", report->live);
  print("wait until all programs of the domain have ended, its broker too", report->waiting);
  return ExitCode::Ok;
}

}  // namespace tarn::cli
