// What the brokers of a test's domain have said, one after the other, in memory that the test shares with
// them: what was written stays when its writer is killed. One broker writes at a time; the test reads.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::test {

class BrokerLines {
 public:
  BrokerLines()
      : text_(::mmap(nullptr, sizeof(Text), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                     0)) {
    if (text_ == MAP_FAILED) throw std::runtime_error("no shared memory for a broker's lines");
    new (text_) Text;
  }
  ~BrokerLines() { ::munmap(text_, sizeof(Text)); }
  BrokerLines(const BrokerLines&) = delete;
  BrokerLines& operator=(const BrokerLines&) = delete;

  // As broker::Log calls it. Lines beyond the room there is are left out, and is_full() from then on.
  static void append(void* self, std::string_view line) {
    auto& text = static_cast<BrokerLines*>(self)->text();
    const std::size_t begin = text.bytes.load(std::memory_order_seq_cst);
    if (line.size() + 1 > kBytes - begin) {
      text.full.store(true, std::memory_order_seq_cst);
      return;
    }
    std::memcpy(text.characters + begin, line.data(), line.size());
    text.characters[begin + line.size()] = '\n';
    text.bytes.store(begin + line.size() + 1, std::memory_order_seq_cst);
  }

  // Where the next line will begin.
  [[nodiscard]] std::size_t end() const { return text().bytes.load(std::memory_order_seq_cst); }
  [[nodiscard]] bool is_full() const { return text().full.load(std::memory_order_seq_cst); }
  // The lines from a place that end() has named.
  [[nodiscard]] std::vector<std::string> since(std::size_t begin) const {
    std::vector<std::string> lines;
    std::string_view rest(text().characters + begin, end() - begin);
    while (!rest.empty()) {
      const std::size_t newline = rest.find('\n');
      lines.emplace_back(rest.substr(0, newline));
      rest.remove_prefix(newline + 1);
    }
    return lines;
  }

 private:
  static constexpr std::size_t kBytes = std::size_t{4} << 20;  // touched as it fills
  // Sequentially consistent: tests gain nothing by thinking about less.
  struct Text {
    std::atomic<std::size_t> bytes{0};
    std::atomic<bool> full{false};
    char characters[kBytes];
  };
  [[nodiscard]] Text& text() const { return *static_cast<Text*>(text_); }

  void* text_;
};

}  // namespace tarn::test
