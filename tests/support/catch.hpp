// Catch2, whichever of its versions is installed: v3, or v2 as Debian 12 has it. Use what both have.
// Every test includes this instead of Catch2's own headers. The program's main is tests/support's.
#pragma once

#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace tarn::test {

// For REQUIRE_THAT: a text that holds this one. Both versions have it, under different names.
inline auto contains_text(const std::string& text) {
#if __has_include(<catch2/catch_all.hpp>)
  return Catch::Matchers::ContainsSubstring(text);
#else
  return Catch::Contains(text);
#endif
}

}  // namespace tarn::test
