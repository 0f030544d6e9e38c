// Result<T>: a value or the Error that stood in its way. `.value()` throws for outermost callers who
// like that; everything else tests and forwards the error unchanged.
#pragma once

#include <tl/expected.hpp>

#include <tarn/error.hpp>

namespace tarn {

// A T, or the Error.
template <typename T>
using Result = tl::expected<T, Error>;

// An Error on its way into a Result: `return Failure(error);`.
using Failure = tl::unexpected<Error>;

}  // namespace tarn
