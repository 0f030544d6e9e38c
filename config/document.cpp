#include "config/document.hpp"

namespace tarn::config {

const DocumentNode* DocumentNode::part(std::string_view name) const noexcept {
  for (const Entry& entry : entries) {
    if (entry.known && entry.key.scalar == name) return entry.value.sound ? &entry.value : nullptr;
  }
  return nullptr;
}

}  // namespace tarn::config
