// Result<T>: a value or the Error that stood in its way. `.value()` throws for outermost callers who
// like that; everything else tests and forwards the error unchanged.
#pragma once

#include <tl/expected.hpp>

#include <tarn/error.hpp>

namespace tarn {

template <typename T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

}  // namespace tarn
