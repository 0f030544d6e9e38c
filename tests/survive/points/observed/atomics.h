/* The atomics shim, observed: the functions of middleware/ring/atomics.h, which includes this file in their
 * place where TARN_ATOMICS_HEADER says so, as macros, which know where they are written. Each of them
 * leaves a Site. C++ only. */
#pragma once

#include <stdint.h>

#include "tests/survive/points/observed/access.hpp"

/* A static of the function around it: it is there if, and only if, that function is. */
#define TARN_OBSERVED_SITE(kind, size)                                                          \
  (__extension__({                                                                              \
    static constinit ::tarn::observed::Site tarn_observed_site                                  \
        __attribute__((section("tarn_observed_sites"))){                                        \
            __FILE__, __BASE_FILE__, __func__, __LINE__, ::tarn::observed::Access::kind, size}; \
    &tarn_observed_site;                                                                        \
  }))

#define TARN_OBSERVED(what, kind, Word, order, ...)                                       \
  ::tarn::observed::what<Word, __ATOMIC_##order>(*TARN_OBSERVED_SITE(kind, sizeof(Word)), \
                                                 __VA_ARGS__)

#define tarn_store_relaxed_u16(...) TARN_OBSERVED(store, Store, uint16_t, RELAXED, __VA_ARGS__)
#define tarn_load_relaxed_u16(...) TARN_OBSERVED(load, Load, uint16_t, RELAXED, __VA_ARGS__)

#define tarn_load_relaxed_u32(...) TARN_OBSERVED(load, Load, uint32_t, RELAXED, __VA_ARGS__)
#define tarn_load_acquire_u32(...) TARN_OBSERVED(load, Load, uint32_t, ACQUIRE, __VA_ARGS__)
#define tarn_store_relaxed_u32(...) TARN_OBSERVED(store, Store, uint32_t, RELAXED, __VA_ARGS__)
#define tarn_store_release_u32(...) TARN_OBSERVED(store, Store, uint32_t, RELEASE, __VA_ARGS__)
#define tarn_add_relaxed_u32(...) ((void)TARN_OBSERVED(add, Modify, uint32_t, RELAXED, __VA_ARGS__))
#define tarn_add_release_u32(...) TARN_OBSERVED(add, Modify, uint32_t, RELEASE, __VA_ARGS__)

#define tarn_load_relaxed_u64(...) TARN_OBSERVED(load, Load, uint64_t, RELAXED, __VA_ARGS__)
#define tarn_load_acquire_u64(...) TARN_OBSERVED(load, Load, uint64_t, ACQUIRE, __VA_ARGS__)
#define tarn_store_relaxed_u64(...) TARN_OBSERVED(store, Store, uint64_t, RELAXED, __VA_ARGS__)
#define tarn_store_release_u64(...) TARN_OBSERVED(store, Store, uint64_t, RELEASE, __VA_ARGS__)
#define tarn_or_release_u64(...) TARN_OBSERVED(bit_or, Modify, uint64_t, RELEASE, __VA_ARGS__)
#define tarn_and_relaxed_u64(...) TARN_OBSERVED(bit_and, Modify, uint64_t, RELAXED, __VA_ARGS__)

#define tarn_load_relaxed_word(...) TARN_OBSERVED(load, Load, uintptr_t, RELAXED, __VA_ARGS__)
#define tarn_store_relaxed_word(...) TARN_OBSERVED(store, Store, uintptr_t, RELAXED, __VA_ARGS__)

#define tarn_fence_acquire() \
  ::tarn::observed::fence<__ATOMIC_ACQUIRE>(*TARN_OBSERVED_SITE(Fence, 0))
#define tarn_fence_release() \
  ::tarn::observed::fence<__ATOMIC_RELEASE>(*TARN_OBSERVED_SITE(Fence, 0))
#define tarn_fence_full() ::tarn::observed::fence<__ATOMIC_SEQ_CST>(*TARN_OBSERVED_SITE(Fence, 0))

static inline void tarn_prefetch_for_write(const void* /*line*/) {}
static inline void tarn_prefetch_for_read(const void* /*line*/) {}
