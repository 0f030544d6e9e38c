/* The atomics shim for the models: the functions of middleware/ring/atomics.h, which includes this file
 * in their place where TARN_ATOMICS_HEADER says so. Each access goes to the explorer with the order that
 * the protocol gave it and the name of the step that asked. On threads of an explored program only. */
#pragma once

#include <stdint.h>

#include "tests/model/explorer/shared_access.hpp"

static inline void tarn_access_hook(void) {}

static inline void tarn_store_relaxed_u16(uint16_t* word, uint16_t value,
                                          const char* step = __builtin_FUNCTION()) {
  tarn::model::store(word, sizeof *word, value, tarn::model::Order::Relaxed, step);
}
static inline uint16_t tarn_load_relaxed_u16(const uint16_t* word,
                                             const char* step = __builtin_FUNCTION()) {
  return static_cast<uint16_t>(
      tarn::model::load(word, sizeof *word, tarn::model::Order::Relaxed, step));
}

static inline uint32_t tarn_load_relaxed_u32(const uint32_t* word,
                                             const char* step = __builtin_FUNCTION()) {
  return static_cast<uint32_t>(
      tarn::model::load(word, sizeof *word, tarn::model::Order::Relaxed, step));
}
static inline uint32_t tarn_load_acquire_u32(const uint32_t* word,
                                             const char* step = __builtin_FUNCTION()) {
  return static_cast<uint32_t>(
      tarn::model::load(word, sizeof *word, tarn::model::Order::Acquire, step));
}
static inline void tarn_store_relaxed_u32(uint32_t* word, uint32_t value,
                                          const char* step = __builtin_FUNCTION()) {
  tarn::model::store(word, sizeof *word, value, tarn::model::Order::Relaxed, step);
}
static inline void tarn_store_release_u32(uint32_t* word, uint32_t value,
                                          const char* step = __builtin_FUNCTION()) {
  tarn::model::store(word, sizeof *word, value, tarn::model::Order::Release, step);
}
static inline void tarn_add_relaxed_u32(uint32_t* word, uint32_t value,
                                        const char* step = __builtin_FUNCTION()) {
  (void)tarn::model::change(word, sizeof *word, tarn::model::Kind::Add, value,
                            tarn::model::Order::Relaxed, step);
}
static inline uint32_t tarn_add_release_u32(uint32_t* word, uint32_t value,
                                            const char* step = __builtin_FUNCTION()) {
  return static_cast<uint32_t>(tarn::model::change(word, sizeof *word, tarn::model::Kind::Add,
                                                   value, tarn::model::Order::Release, step));
}

static inline uint64_t tarn_load_relaxed_u64(const uint64_t* word,
                                             const char* step = __builtin_FUNCTION()) {
  return tarn::model::load(word, sizeof *word, tarn::model::Order::Relaxed, step);
}
static inline uint64_t tarn_load_acquire_u64(const uint64_t* word,
                                             const char* step = __builtin_FUNCTION()) {
  return tarn::model::load(word, sizeof *word, tarn::model::Order::Acquire, step);
}
static inline void tarn_store_relaxed_u64(uint64_t* word, uint64_t value,
                                          const char* step = __builtin_FUNCTION()) {
  tarn::model::store(word, sizeof *word, value, tarn::model::Order::Relaxed, step);
}
static inline void tarn_store_release_u64(uint64_t* word, uint64_t value,
                                          const char* step = __builtin_FUNCTION()) {
  tarn::model::store(word, sizeof *word, value, tarn::model::Order::Release, step);
}
static inline uint64_t tarn_or_release_u64(uint64_t* word, uint64_t bits,
                                           const char* step = __builtin_FUNCTION()) {
  return tarn::model::change(word, sizeof *word, tarn::model::Kind::Or, bits,
                             tarn::model::Order::Release, step);
}
static inline uint64_t tarn_and_relaxed_u64(uint64_t* word, uint64_t bits,
                                            const char* step = __builtin_FUNCTION()) {
  return tarn::model::change(word, sizeof *word, tarn::model::Kind::And, bits,
                             tarn::model::Order::Relaxed, step);
}

static inline uintptr_t tarn_load_relaxed_word(const uintptr_t* word,
                                               const char* step = __builtin_FUNCTION()) {
  return static_cast<uintptr_t>(
      tarn::model::load(word, sizeof *word, tarn::model::Order::Relaxed, step));
}
static inline void tarn_store_relaxed_word(uintptr_t* word, uintptr_t value,
                                           const char* step = __builtin_FUNCTION()) {
  tarn::model::store(word, sizeof *word, value, tarn::model::Order::Relaxed, step);
}

static inline void tarn_prefetch_for_write(const void* /*line*/) {}
static inline void tarn_prefetch_for_read(const void* /*line*/) {}

static inline void tarn_fence_acquire(const char* step = __builtin_FUNCTION()) {
  tarn::model::fence(tarn::model::Order::Acquire, step);
}
static inline void tarn_fence_release(const char* step = __builtin_FUNCTION()) {
  tarn::model::fence(tarn::model::Order::Release, step);
}
static inline void tarn_fence_full(const char* step = __builtin_FUNCTION()) {
  tarn::model::fence(tarn::model::Order::Full, step);
}
