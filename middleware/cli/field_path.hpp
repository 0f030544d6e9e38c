// A field within a message by its path, `pose.position.x`, and through arrays `wheels.2.speed`. The path
// is checked against the type once; then it picks from each message. Free functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tarn/result.hpp>

#include "middleware/cli/type_tree.hpp"
#include "middleware/cli/value.hpp"

namespace tarn::cli {

using FieldPath = std::vector<std::string>;

// InvalidArgument names the part that the type does not have, and what it has instead.
[[nodiscard]] Result<FieldPath> find_field(const TypeNode& type, std::string_view path);

// The value there; none where a list is too short or a Maybe empty.
[[nodiscard]] Value pick(Value value, const FieldPath& path);

}  // namespace tarn::cli
