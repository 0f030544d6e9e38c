// Claims about a domain after something went wrong in it. In the test's own process a claim that does not
// hold is an exception; in a judge, a forked copy of the test, it ends the process, and the test reads what
// it was. Values; one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include <tarn/result.hpp>

namespace tarn::test::step {

class Verdict {
 public:
  static constexpr std::size_t kTextBytes = 512;

  Verdict() noexcept = default;
  // Writes to `text`, which the judge's parent sees, and leaves by _exit.
  explicit Verdict(char* text) noexcept : text_(text) {}

  [[gnu::format(printf, 3, 4)]] void expect(bool holds, const char* format, ...) const;
  template <typename T>
  T need(Result<T> result, const char* what) const {
    expect(result.has_value(), "%s: %s", what, result ? "" : result.error().message());
    return std::move(*result);
  }

 private:
  char* text_ = nullptr;
};

// Runs `claims` in a forked copy of the test. What did not hold, or how the copy ended; empty if all did.
[[nodiscard]] std::string judge(const std::function<void(const Verdict&)>& claims);

}  // namespace tarn::test::step
