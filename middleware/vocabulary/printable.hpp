// Bytes of unknown origin made fit for an error text: printable ASCII as it is, everything else and
// the backslash as \xNN. Bounded, in place, no heap; a value that its function owns.
#pragma once

#include <cstddef>
#include <string_view>

namespace tarn::vocabulary {

class Printable {
 public:
  static constexpr std::size_t kTextBytes = 160;  // longer texts are cut and end in "..."

  explicit Printable(std::string_view bytes) noexcept;

  [[nodiscard]] const char* c_str() const noexcept { return text_; }

 private:
  char text_[kTextBytes];
};

}  // namespace tarn::vocabulary
