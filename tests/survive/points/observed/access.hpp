// The accesses themselves, as the shim makes them, between two words to the observer. For atomics.h beside
// it, which knows where they are called.
#pragma once

#include "tests/survive/points/observed/observed.hpp"

namespace tarn::observed {

extern constinit const Observer* current_observer;

// Around one access, or one fence.
class Notice {
 public:
  Notice(const Site& site, const void* address) noexcept : site_(site), address_(address) {
    if (current_observer != nullptr && current_observer->before != nullptr) {
      current_observer->before(site_, address_);
    }
  }
  ~Notice() {
    if (current_observer != nullptr && current_observer->after != nullptr) {
      current_observer->after(site_, address_);
    }
  }
  Notice(const Notice&) = delete;
  Notice& operator=(const Notice&) = delete;

 private:
  const Site& site_;
  const void* address_;
};

template <typename Word, int kOrder>
Word load(const Site& site, const Word* word) noexcept {
  const Notice notice(site, word);
  return __atomic_load_n(word, kOrder);
}

// `Same` because the value is converted as the shim's parameter would be.
template <typename Type>
struct Same {
  using type = Type;
};

template <typename Word, int kOrder>
void store(const Site& site, Word* word, typename Same<Word>::type value) noexcept {
  const Notice notice(site, word);
  __atomic_store_n(word, value, kOrder);
}

template <typename Word, int kOrder>
Word add(const Site& site, Word* word, typename Same<Word>::type value) noexcept {
  const Notice notice(site, word);
  return __atomic_fetch_add(word, value, kOrder);
}

template <typename Word, int kOrder>
Word bit_or(const Site& site, Word* word, typename Same<Word>::type bits) noexcept {
  const Notice notice(site, word);
  return __atomic_fetch_or(word, bits, kOrder);
}

template <typename Word, int kOrder>
Word bit_and(const Site& site, Word* word, typename Same<Word>::type bits) noexcept {
  const Notice notice(site, word);
  return __atomic_fetch_and(word, bits, kOrder);
}

template <int kOrder>
void fence(const Site& site) noexcept {
  const Notice notice(site, nullptr);
  __atomic_thread_fence(kOrder);
}

}  // namespace tarn::observed
