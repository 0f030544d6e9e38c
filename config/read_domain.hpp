// Makes a configuration of a document: what each value says, and whether the values hold together. Knows no
// YAML library and no file. Free function without state; any thread.
#pragma once

#include <cstdint>

#include "config/document.hpp"
#include "config/findings.hpp"
#include "config/load.hpp"

namespace tarn::config {

struct ReadOptions {
  bool complete =
      true;  // the document is all that the file holds; else its values are judged alone
  std::uint32_t page_bytes = 4096;
};

// What comes back is whole if there are no findings.
[[nodiscard]] Loaded read_domain(DocumentNode& root, const ReadOptions& options,
                                 Findings& findings);

}  // namespace tarn::config
