/* The atomics shim: every access to shared memory that needs an order goes through here, in C so that
 * the library and the models of its protocol run the same steps. Plain u32/u64 words and the
 * compiler's __atomic builtins, because std::atomic objects cannot come to life by mapping a file. It
 * knows no layout. Any thread of any process may call it.
 *
 * Under ThreadSanitizer, which does not model fences, a fence becomes a read-modify-write of one
 * word: two of them synchronise, which is what the fences are for. */
#pragma once

#if defined(TARN_ATOMICS_HEADER)
/* The models of the protocol compile this room with accesses of their own, under the same names. */
#include TARN_ATOMICS_HEADER
#else

#include <stdint.h>

/* 2 is "always". The preprocessor asks because strict C11 takes no builtin in a static assertion. */
#if __GCC_ATOMIC_INT_LOCK_FREE != 2 || __GCC_ATOMIC_LLONG_LOCK_FREE != 2
#error "tarn needs lock-free 32 and 64 bit atomics (ARMv7 or newer)"
#endif

/* Comes before every access. Tests that act there, so as to try the orders in which the accesses of
 * several threads can fall, compile this room with TARN_ACCESS_HOOK; the library never does. */
#if defined(TARN_ACCESS_HOOK) && defined(__cplusplus)
extern "C" void tarn_access_hook(void);
#elif defined(TARN_ACCESS_HOOK)
void tarn_access_hook(void);
#else
static inline void tarn_access_hook(void) {}
#endif

static inline void tarn_store_relaxed_u16(uint16_t* word, uint16_t value) {
  tarn_access_hook();
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline uint16_t tarn_load_relaxed_u16(const uint16_t* word) {
  tarn_access_hook();
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint32_t tarn_load_relaxed_u32(const uint32_t* word) {
  tarn_access_hook();
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline uint32_t tarn_load_acquire_u32(const uint32_t* word) {
  tarn_access_hook();
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline void tarn_store_relaxed_u32(uint32_t* word, uint32_t value) {
  tarn_access_hook();
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void tarn_store_release_u32(uint32_t* word, uint32_t value) {
  tarn_access_hook();
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
static inline void tarn_add_relaxed_u32(uint32_t* word, uint32_t value) {
  tarn_access_hook();
  (void)__atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}
static inline uint32_t tarn_add_release_u32(uint32_t* word, uint32_t value) {
  tarn_access_hook();
  return __atomic_fetch_add(word, value, __ATOMIC_RELEASE);
}

static inline uint64_t tarn_load_relaxed_u64(const uint64_t* word) {
  tarn_access_hook();
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline uint64_t tarn_load_acquire_u64(const uint64_t* word) {
  tarn_access_hook();
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline void tarn_store_relaxed_u64(uint64_t* word, uint64_t value) {
  tarn_access_hook();
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void tarn_store_release_u64(uint64_t* word, uint64_t value) {
  tarn_access_hook();
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
static inline uint64_t tarn_or_release_u64(uint64_t* word, uint64_t bits) {
  tarn_access_hook();
  return __atomic_fetch_or(word, bits, __ATOMIC_RELEASE);
}
static inline uint64_t tarn_and_relaxed_u64(uint64_t* word, uint64_t bits) {
  tarn_access_hook();
  return __atomic_fetch_and(word, bits, __ATOMIC_RELAXED);
}

/* Payload words travel as native words: a 64-bit store is a loop on 32-bit ARM. */
static inline uintptr_t tarn_load_relaxed_word(const uintptr_t* word) {
  tarn_access_hook();
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline void tarn_store_relaxed_word(uintptr_t* word, uintptr_t value) {
  tarn_access_hook();
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* Hints that order nothing. Asking for several lines before the first store to them lets their
 * transfers from another processor's cache overlap; stores alone fetch one line after the other. */
static inline void tarn_prefetch_for_write(const void* line) {
#if defined(__x86_64__)
  /* gcc emits it for newer targets only; older processors take it for a no-operation. */
  __asm__ volatile("prefetchw (%0)" : : "r"(line));
#else
  __builtin_prefetch(line, 1);
#endif
}
static inline void tarn_prefetch_for_read(const void* line) { __builtin_prefetch(line, 0); }

#if defined(__SANITIZE_THREAD__)
#define TARN_FENCES_ARE_WORDS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TARN_FENCES_ARE_WORDS 1
#endif
#endif

#if defined(TARN_FENCES_ARE_WORDS)
__attribute__((weak)) uint32_t tarn_fence_word;
static inline void tarn_fence_acquire(void) {
  (void)__atomic_fetch_add(&tarn_fence_word, 0, __ATOMIC_SEQ_CST);
}
static inline void tarn_fence_release(void) {
  (void)__atomic_fetch_add(&tarn_fence_word, 0, __ATOMIC_SEQ_CST);
}
static inline void tarn_fence_full(void) {
  (void)__atomic_fetch_add(&tarn_fence_word, 0, __ATOMIC_SEQ_CST);
}
#else
static inline void tarn_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void tarn_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
/* Sequentially consistent: orders an earlier store before a later load, which nothing weaker does. */
static inline void tarn_fence_full(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
#endif

#endif /* TARN_ATOMICS_HEADER */
