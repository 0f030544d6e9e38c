// The books of a run in which everybody counts: how far each publisher has come, and what each reader has
// seen of each publisher. They lie in memory that the test shares with its children, so that what a reader
// said last can still be read when it was killed. Each word and each account has one writer.
#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <new>
#include <stdexcept>

#include <tarn/tarn.hpp>

namespace tarn::test {

inline constexpr std::uint32_t kWritersPerTopic = 2;
inline constexpr std::uint32_t kAuditedTopics = 4;
inline constexpr std::uint32_t kMostReaders = 16;  // at a time

// What one reader saw of one publisher: begin + received + lost + skipped == last, always.
struct Sight {
  std::uint64_t begin = 0;  // the sequence after which it began
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  std::uint64_t skipped = 0;
  std::uint64_t last = 0;

  [[nodiscard]] bool adds_up() const { return begin + received + lost + skipped == last; }

  // False when the sample does not follow from what was seen before. Where a reader passes over messages,
  // the latest may come again, and what is neither received nor lost was passed over.
  template <typename M>
  bool note(const Sample<M>& sample, bool passes_over) {
    if (received == 0) begin = last = sample.sequence() - sample.lost_before() - 1;
    if (passes_over && sample.sequence() == last) return true;
    if (sample.sequence() <= last + sample.lost_before()) return false;
    const std::uint64_t passed = sample.sequence() - last - sample.lost_before() - 1;
    if (passed != 0 && !passes_over) return false;
    ++received;
    lost += sample.lost_before();
    skipped += passed;
    last = sample.sequence();
    return adds_up();
  }
};

struct Account {
  std::array<Sight, kWritersPerTopic> of{};

  [[nodiscard]] std::uint64_t sum(std::uint64_t Sight::*what) const {
    std::uint64_t total = 0;
    for (const Sight& sight : of) total += sight.*what;
    return total;
  }
};

// Where one reader keeps its account: written beside the last one, then named, so a reader that is killed
// in between leaves the last one.
class AccountPlace {
 public:
  void clear() { write({}); }
  void write(const Account& account) {
    const std::uint32_t next = 1 - current_.load(std::memory_order_seq_cst);
    copies_[next] = account;
    current_.store(next, std::memory_order_seq_cst);
  }
  // Requires: its writer is dead, or this is its writer.
  [[nodiscard]] const Account& read() const {
    return copies_[current_.load(std::memory_order_seq_cst)];
  }
  [[nodiscard]] std::uint64_t seen() const { return seen_.load(std::memory_order_seq_cst); }
  void note_seen(std::uint64_t messages) { seen_.store(messages, std::memory_order_seq_cst); }

 private:
  std::array<Account, 2> copies_{};
  std::atomic<std::uint32_t> current_{0};
  std::atomic<std::uint64_t> seen_{0};
};

// Sequentially consistent throughout: tests gain nothing by thinking about less.
struct Books {
  struct Writer {
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> finished{0};
  };
  std::array<std::array<Writer, kWritersPerTopic>, kAuditedTopics> writers{};
  std::array<AccountPlace, kMostReaders> accounts{};

  [[nodiscard]] bool finished(std::uint32_t topic) const {
    for (const Writer& writer : writers.at(topic)) {
      if (writer.finished == 0) return false;
    }
    return true;
  }
  [[nodiscard]] std::uint64_t published(std::uint32_t topic) const {
    std::uint64_t sum = 0;
    for (const Writer& writer : writers.at(topic)) sum += writer.published;
    return sum;
  }
};

class SharedBooks {
 public:
  SharedBooks()
      : books_(::mmap(nullptr, sizeof(Books), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                      -1, 0)) {
    if (books_ == MAP_FAILED) throw std::runtime_error("no shared memory for a test's books");
    new (books_) Books;
  }
  ~SharedBooks() { ::munmap(books_, sizeof(Books)); }
  SharedBooks(const SharedBooks&) = delete;
  SharedBooks& operator=(const SharedBooks&) = delete;

  Books* operator->() const { return static_cast<Books*>(books_); }

 private:
  void* books_;
};

}  // namespace tarn::test
