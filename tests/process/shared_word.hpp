// A number that a test and the children it starts afterwards have in common, besides the pool under
// test: how far somebody has come, or that it is time to stop. Any process, any thread.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <stdexcept>

namespace tarn::test {

class SharedWord {
 public:
  SharedWord()
      : word_(::mmap(nullptr, sizeof(Word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                     0)) {
    if (word_ == MAP_FAILED) throw std::runtime_error("no shared memory for a test's word");
    new (word_) Word{0};
  }
  ~SharedWord() { ::munmap(word_, sizeof(Word)); }
  SharedWord(const SharedWord&) = delete;
  SharedWord& operator=(const SharedWord&) = delete;

  // Sequentially consistent: tests gain nothing by thinking about less.
  void store(std::uint64_t value) { word().store(value, std::memory_order_seq_cst); }
  [[nodiscard]] std::uint64_t load() const { return word().load(std::memory_order_seq_cst); }

 private:
  using Word = std::atomic<std::uint64_t>;
  static_assert(Word::is_always_lock_free, "a lock would be private to a process");

  [[nodiscard]] Word& word() const { return *static_cast<Word*>(word_); }

  void* word_;
};

}  // namespace tarn::test
