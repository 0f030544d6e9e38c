// A page of memory whose first write runs a function right before it takes effect: a deterministic way
// to let "another process" act between two given steps of the code under test. The function may touch
// anything but the page. One trap at a time; the writing thread runs the function, in a SIGSEGV
// handler.
//
//   WriteTrap page([&] { publisher.publish(); });
//   auto* pin = reinterpret_cast<std::uint32_t*>(page.data());
#pragma once

#include <cstddef>
#include <functional>

namespace tarn::test {

class WriteTrap {
 public:
  explicit WriteTrap(std::function<void()> on_first_write);
  ~WriteTrap();
  WriteTrap(const WriteTrap&) = delete;
  WriteTrap& operator=(const WriteTrap&) = delete;

  // Zeroed, aligned to a page, readable, and writable at the price above.
  [[nodiscard]] std::byte* data() const { return page_; }
  [[nodiscard]] bool sprung() const { return sprung_; }
  // The next write springs the trap once more.
  void set();

 private:
  friend struct WriteTrapHandler;

  std::function<void()> on_first_write_;
  std::byte* page_;
  bool sprung_ = false;
};

}  // namespace tarn::test
