#include "platform/fork_canary.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include "platform/file_mapping.hpp"

namespace tarn::platform {

namespace {

using Word = std::atomic<ProcessGeneration>;
static_assert(Word::is_always_lock_free, "a lock could be held across a fork");

// What the last generation of this line of processes was; a child inherits it and goes on from it.
constinit Word last_generation{0};
// Serves when there is no page to be had; then only the fork handler empties it.
constinit Word word_of_last_resort{0};

// relaxed: a child has one thread when this runs.
void empty_word_in_child() {
  internal::fork_canary_word.load(std::memory_order_relaxed)->store(0, std::memory_order_relaxed);
}

Word* map_wiped_page() noexcept {
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  void* const page = ::mmap(nullptr, page_bytes(), kProtection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, page_bytes(), MADV_WIPEONFORK) == 0) return new (page) Word{0};
  ::munmap(page, page_bytes());
  return nullptr;
}

Word& armed_word() noexcept {
  // order(fork_canary.word): acquire. Pairs with the exchange below; weaker, another thread could
  // use the word before it is made.
  Word* word = internal::fork_canary_word.load(std::memory_order_acquire);
  if (word != nullptr) return *word;
  Word* const page = map_wiped_page();
  Word* const candidate = page != nullptr ? page : &word_of_last_resort;
  // order(fork_canary.word): acq_rel. Publishes the word above, or takes the one that another
  // thread was quicker to publish; weaker, either thread could use a word not made yet.
  if (internal::fork_canary_word.compare_exchange_strong(word, candidate,
                                                         std::memory_order_acq_rel)) {
    pthread_atfork(nullptr, nullptr, empty_word_in_child);
    return *candidate;
  }
  if (page != nullptr) ::munmap(page, page_bytes());
  return *word;
}

}  // namespace

namespace internal {
constinit std::atomic<Word*> fork_canary_word{nullptr};
}  // namespace internal

ProcessGeneration current_process_generation() noexcept {
  Word& word = armed_word();
  // relaxed, all: the number stands for nothing but itself.
  ProcessGeneration generation = word.load(std::memory_order_relaxed);
  if (generation != 0) return generation;
  const ProcessGeneration next = last_generation.fetch_add(1, std::memory_order_relaxed) + 1;
  // Of two threads that come at once, the first one's number is the process's.
  const bool first = word.compare_exchange_strong(generation, next, std::memory_order_relaxed);
  return first ? next : generation;
}

}  // namespace tarn::platform
