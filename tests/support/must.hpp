// Takes the value out of a Result, or fails the test case with the error's own text. Main thread
// only.
//
//   auto socket = must(SeqPacketSocket::connect(path, deadline));
//   must(mapping.make_writable(0, page_bytes()));
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include <tarn/result.hpp>

#include "tests/support/catch.hpp"

namespace tarn::test {

template <typename T>
T must(Result<T> result) {
  if (!result) {
    FAIL(std::string(to_string(result.error().code())) + ": " + result.error().message());
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace tarn::test
