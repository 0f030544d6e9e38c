#include <stdio.h>

#include "middleware/ring/protocol.h"
#include "tests/unit/ring/protocol_c.h"

void tarn_c_publish(uint64_t* ctl, uintptr_t* words, uint64_t* tail, uint64_t sequence) {
  char text[40] = {0};
  (void)snprintf(text, sizeof text, "%llu from C", (unsigned long long)sequence);
  tarn_slot_begin(ctl, sequence);
  tarn_write_payload(words, text, sizeof text);
  tarn_slot_commit(ctl, sequence, TARN_CHUNK_INLINE);
  tarn_tail_publish(tail, sequence);
  tarn_publish_fence();
}

uint64_t tarn_c_pin(const uint64_t* ctl, uint32_t* pin, uint32_t gid_base) {
  const uint64_t seen = tarn_ctl_observe(ctl);
  if (!tarn_pin_claim(pin, gid_base + tarn_ctl_chunk(seen), ctl, seen)) {
    tarn_pin_release(pin);
    return 0;
  }
  return tarn_ctl_sequence(seen, 1);
}

void tarn_c_unpin(uint32_t* pin) { tarn_pin_release(pin); }
