#include "middleware/cli/config_file.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "config/load.hpp"

namespace tarn::cli {

namespace {

std::string effective_name(const std::string& name) {
  if (!name.empty()) return name;
  const char* const named = std::getenv("TARN_CONFIG");
  return named == nullptr ? std::string() : std::string(named);
}

}  // namespace

std::optional<ConfigFile> load_config_file(const std::string& name) {
  const std::string file = effective_name(name);
  if (file.empty()) return ConfigFile{.name = "the defaults", .config = {}};
  auto loaded = config::examine_file(file);
  if (loaded) {
    return ConfigFile{
        .name = file, .config = std::move(loaded->config), .origins = std::move(loaded->origins)};
  }
  for (const std::string& line : loaded.error().lines()) std::fprintf(stderr, "%s\n", line.c_str());
  return std::nullopt;
}

}  // namespace tarn::cli
