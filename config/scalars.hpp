// What a single value of the file says, by its key in the schema. Free functions without state; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/schema.hpp"

namespace tarn::config {

// Fills in node.value, node.is_word and node.sound. Answers what is wrong with it: "found X; allowed: Y",
// and what was probably meant. Requires: the node is a scalar and the key no map or list.
[[nodiscard]] std::optional<std::string> read_scalar(DocumentNode& node, const Key& key);

// The same for a name, such as a key of `topics`.
[[nodiscard]] std::optional<std::string> fault_of_text(std::string_view text, const Key& key);

// The word that was probably meant; empty: none is near.
[[nodiscard]] std::string nearest_word(std::string_view found,
                                       const std::vector<std::string>& words);
// "; did you mean X?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view found,
                                       const std::vector<std::string>& words);

}  // namespace tarn::config
