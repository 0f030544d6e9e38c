// Makes a configuration of a document: what each value says, and whether the values hold together. Knows no
// YAML library and no file. Free function without state; any thread.
#pragma once

#include "config/document.hpp"
#include "config/findings.hpp"
#include "config/load.hpp"

namespace tarn::config {

// `complete`: the document is all that the file holds, so the values in it can be held against each other.
// What comes back is whole if there are no findings.
[[nodiscard]] Loaded read_domain(Node& root, bool complete, Findings& findings);

}  // namespace tarn::config
