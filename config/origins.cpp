#include "config/origins.hpp"

#include "middleware/vocabulary/printable.hpp"

namespace tarn::config {

std::string join_path(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (!path.empty()) path += '.';
  const std::string shown = vocabulary::Printable(name).c_str();
  const bool plain = !name.empty() && name.find_first_of(".[]\" ") == std::string_view::npos;
  return path + (plain ? shown : '"' + shown + '"');
}

std::string join_path(std::string_view parent, std::size_t index) {
  return std::string(parent) + '[' + std::to_string(index) + ']';
}

}  // namespace tarn::config
