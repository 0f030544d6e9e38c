/* Steps of the protocol run by a translation unit in C11, for the test beside it. Stateless; any
 * thread. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Publishes "<sequence> from C" as an inline message of 40 bytes. */
void tarn_c_publish(uint64_t* ctl, uintptr_t* words, uint64_t* tail, uint64_t sequence);
/* Pins the chunk that stands in the slot and says which sequence it has; 0 when that failed. */
uint64_t tarn_c_pin(const uint64_t* ctl, uint32_t* pin, uint32_t gid_base);
void tarn_c_unpin(uint32_t* pin);

#ifdef __cplusplus
}
#endif
