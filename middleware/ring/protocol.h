/* The protocol steps of the data plane, each one small enough to argue about on paper. The library
 * and the models of the protocol include this same file, so that they cannot drift apart: C, plain
 * words, no types of ours. Who calls which step:
 *
 *   publisher   tarn_slot_begin, words, tarn_slot_commit, tarn_tail_publish, tarn_publish_fence,
 *               tarn_summary_look, tarn_bed_look, tarn_sleep_look, tarn_bell_ring; tarn_pin_read when it
 *               is short of chunks; where members have rings of their own tarn_private_ring_begin first
 *   subscriber  tarn_ctl_observe, then tarn_copy_finish (inline) or tarn_pin_claim (chunk),
 *               tarn_pin_release, tarn_cursor_publish
 *               and where it is reliable tarn_room_look, tarn_bell_ring
 *   waiter      tarn_bed_change, tarn_bell_read, tarn_sleep_announce, tarn_summary_set,
 *               tarn_sleep_fence, its last look, FUTEX_WAIT, tarn_sleep_end
 *   broker      tarn_kick_fence, tarn_bed_look, tarn_bell_ring, after news of its own
 *
 * A publisher that waits for room is a waiter, too.
 *
 * The seven places that need a store ordered before a load of another word (pin and validate, overwrite
 * and scan, publish and look for sleepers, announce and last look, join and tail, take and look for a
 * publisher that waits, make news and find whom to kick) each go through tarn_fence_full, on both sides.
 * There is no eighth. */
#pragma once

#include <string.h>

#include "middleware/ring/atomics.h"

/* ---- the control word: sequence, low 40 bits << 24 | chunk ---- */

enum {
  TARN_CHUNK_INLINE = 0xFFFFFE, /* the payload stands in the slot */
  TARN_CHUNK_NONE = 0xFFFFFF    /* nothing there: never written, or being written (BUSY) */
};

static inline uint64_t tarn_ctl(uint64_t sequence, uint32_t chunk) {
  return sequence << 24 | chunk;
}
static inline uint32_t tarn_ctl_chunk(uint64_t ctl) { return (uint32_t)ctl & 0xFFFFFFu; }

/* The full sequence of a control word, given any sequence less than 2^39 away from it. */
static inline uint64_t tarn_ctl_sequence(uint64_t ctl, uint64_t near_sequence) {
  const uint64_t low = ctl >> 24;
  const int64_t distance = (int64_t)((low - near_sequence) << 24) >> 24;
  return near_sequence + (uint64_t)distance;
}

/* ---- publish ---- */

/* Marks the slot as being overwritten with `sequence`. Follow with relaxed stores of the slot's
 * words, then tarn_slot_commit. Storing BUSY first also requests the line early. */
static inline void tarn_slot_begin(uint64_t* ctl, uint64_t sequence) {
  /* order(ring.busy): relaxed store + release fence. A reader that sees any of the words stored below
   * sees BUSY or newer when it validates. Without the fence a torn copy validates. */
  tarn_store_relaxed_u64(ctl, tarn_ctl(sequence, TARN_CHUNK_NONE));
  tarn_fence_release();
}

static inline void tarn_slot_commit(uint64_t* ctl, uint64_t sequence, uint32_t chunk) {
  /* order(ring.ctl): release. Publishes payload and slot words to tarn_ctl_observe. Weaker, a reader
   * could see the sequence and an old payload. This store is the commit point. */
  tarn_store_release_u64(ctl, tarn_ctl(sequence, chunk));
}

static inline void tarn_tail_publish(uint64_t* tail, uint64_t sequence) {
  /* order(ring.tail): release. Pairs with tarn_tail_read: who reads this tail sees the slot committed
   * before it. A hint all the same: a publisher may die between the commit and this store. */
  tarn_store_release_u64(tail, sequence);
}

/* Between the commit and every look at words of subscribers: pins, cursors, members, sleepers. */
static inline void tarn_publish_fence(void) {
  /* order(ring.pin_scan, ring.sleep, ring.join, ring.chunk): full fence. The overwrite comes before the
   * publisher's later loads of pins, sleep words and cursors, and before it writes the chunk again. Weaker,
   * a pinned chunk is written again, a sleeper is missed, a joining reliable reader is overrun, or a
   * copy made without a pin validates torn. */
  tarn_fence_full();
}

/* ---- what a reader sees ---- */

static inline uint64_t tarn_ctl_observe(const uint64_t* ctl) {
  /* order(ring.ctl): acquire. Pairs with tarn_slot_commit: slot words and chunk are readable after it. */
  return tarn_load_acquire_u64(ctl);
}

static inline uint64_t tarn_tail_read(const uint64_t* tail) {
  /* order(ring.tail): acquire. Pairs with tarn_tail_publish: the slot of this sequence, read next, is
   * at least that new. */
  return tarn_load_acquire_u64(tail);
}

/* Copies `words` native words out of a slot; validate with tarn_copy_finish before any use. */
static inline void tarn_copy_words(uintptr_t* to, const uintptr_t* from, uint32_t words) {
  for (uint32_t i = 0; i < words; ++i) {
    /* relaxed: the copy counts only once tarn_copy_finish has validated it. */
    to[i] = tarn_load_relaxed_word(from + i);
  }
}

/* Writes a payload into a slot, between tarn_slot_begin and tarn_slot_commit. The last word is padded
 * with zero bytes, so that readers may copy whole words. */
static inline void tarn_write_payload(uintptr_t* to, const void* from, uint32_t bytes) {
  const unsigned char* source = (const unsigned char*)from;
  uintptr_t word;
  while (bytes >= sizeof word) {
    memcpy(&word, source, sizeof word);
    /* relaxed: published by the release of tarn_slot_commit. */
    tarn_store_relaxed_word(to++, word);
    source += sizeof word;
    bytes -= (uint32_t)sizeof word;
  }
  if (bytes != 0) {
    word = 0;
    memcpy(&word, source, bytes);
    /* relaxed: as above. */
    tarn_store_relaxed_word(to, word);
  }
}

/* True if everything read from the slot since `seen` was observed belongs to that one message. */
static inline int tarn_copy_finish(const uint64_t* ctl, uint64_t seen) {
  /* order(ring.busy, ring.chunk): acquire fence + relaxed load. Pairs with tarn_slot_begin, and where a
   * chunk was copied without a pin with tarn_publish_fence: had the copy met a newer word, this load
   * would meet the BUSY before it. Weaker, a torn copy validates. */
  tarn_fence_acquire();
  return tarn_load_relaxed_u64(ctl) == seen;
}

/* ---- private rings ---- */

/* A member's own ring begins: before the commit, in everybody's ring, of the first message that it holds. */
static inline void tarn_private_ring_begin(uint64_t* member, uint64_t word) {
  /* order(ring.private_ring): release. Pairs with tarn_private_ring_look: who sees the word sees where the
   * ring begins. Weaker, the member could go on where the place's former one did. */
  tarn_store_release_u64(member, word);
}

/* Whom a private ring serves. After tarn_ctl_observe of a message in everybody's ring that the member may
 * read there: once its own ring holds the message, this look tells. */
static inline uint64_t tarn_private_ring_look(const uint64_t* member) {
  /* order(ring.private_ring): acquire. Pairs with tarn_private_ring_begin. */
  return tarn_load_acquire_u64(member);
}

/* ---- pins ---- */

/* Claims a chunk: true means the publisher will not write to it until the pin is released. */
static inline int tarn_pin_claim(uint32_t* pin, uint32_t chunk_id, const uint64_t* ctl,
                                 uint64_t seen) {
  /* order(ring.pin_scan): release store, full fence, relaxed load. Pairs with tarn_publish_fence and
   * tarn_pin_read: either this load sees that the slot was overwritten, or the publisher's scan sees the
   * pin. Without the fence neither may happen and a chunk is written while it is read. */
  tarn_store_release_u32(pin, chunk_id + 1);
  tarn_fence_full();
  return tarn_load_relaxed_u64(ctl) == seen;
}

static inline void tarn_pin_release(uint32_t* pin) {
  /* order(ring.pin): release. All reads of the chunk come before it; pairs with tarn_pin_read. Weaker,
   * the publisher's next payload could be seen by reads that stand before this line. */
  tarn_store_release_u32(pin, 0);
}

/* A pin word as the publisher's scan reads it, or a subscriber that looks for a free one. */
static inline uint32_t tarn_pin_read(const uint32_t* pin) {
  /* order(ring.pin, ring.pin_scan): acquire. Pairs with tarn_pin_release, also when another thread of the
   * subscriber released: its reads happened before the chunk or the pin word is used again. */
  return tarn_load_acquire_u32(pin);
}

/* ---- joins ---- */

/* Announces where this subscription reads. The caller looks once more at tail or ring state after it. */
static inline void tarn_cursor_announce(uint64_t* cursor, uint64_t sequence) {
  /* order(ring.join): release store + full fence. Pairs with tarn_publish_fence of a gating publisher
   * and with tarn_cursor_read of the broker, which retires rings: one of both sides sees the other. */
  tarn_store_release_u64(cursor, sequence);
  tarn_fence_full();
}

static inline void tarn_cursor_publish(uint64_t* cursor, uint64_t sequence) {
  /* order(ring.cursor): release. Reads of earlier messages come before it; pairs with
   * tarn_cursor_read, after which their slots, or the whole area, are used again. */
  tarn_store_release_u64(cursor, sequence);
}

/* After a reliable reader's cursor has moved: the sleep word of the ring's publisher; odd means that it
 * waits for room, or is about to. */
static inline uint64_t tarn_room_look(const uint64_t* publisher_sleep) {
  /* order(ring.room): full fence + acquire. Pairs with tarn_sleep_announce and tarn_sleep_fence of the
   * publisher: either its last look sees the cursor, or this load sees it asleep. Weaker, both may miss,
   * and it sleeps beside a free slot. */
  tarn_fence_full();
  return tarn_load_acquire_u64(publisher_sleep);
}

static inline uint64_t tarn_cursor_read(const uint64_t* cursor) {
  /* order(ring.cursor, ring.join): acquire. Pairs with tarn_cursor_publish and tarn_cursor_announce. */
  return tarn_load_acquire_u64(cursor);
}

/* ---- sleeping and waking ---- */

/* The first step of going to sleep: before the announcement, or a wake-up in between is lost. */
static inline uint32_t tarn_bell_read(const uint32_t* bell) {
  /* order(ring.bell): acquire. Pairs with tarn_bell_ring: a bell value that already holds a ring also
   * brings what was published before it, so the last look finds it. */
  return tarn_load_acquire_u32(bell);
}

/* Announces sleep with the odd generation `generation`. Then set the summary bits, tarn_sleep_fence,
 * the last look, and only then FUTEX_WAIT. */
static inline void tarn_sleep_announce(uint64_t* sleep, uint64_t generation) {
  /* order(ring.sleep, ring.room): release. Pairs with tarn_sleep_look and tarn_room_look: who rings because of this generation does
   * so after the bell was read. Weaker, the ring could be part of the value waited on. */
  tarn_store_release_u64(sleep, generation);
}

static inline void tarn_summary_set(uint64_t* summary_word, uint64_t bit) {
  /* order(ring.summary): release. Pairs with tarn_summary_look: who sees the bit also sees the member
   * entry that the broker made before it. Ordered against the last look by tarn_sleep_fence. */
  (void)tarn_or_release_u64(summary_word, bit);
}

static inline void tarn_summary_clear(uint64_t* summary_word, uint64_t bit) {
  /* relaxed: a stale bit costs one look, and its owner, awake now, needs no bell. */
  (void)tarn_and_relaxed_u64(summary_word, ~bit);
}

/* Where the waiter is rung in its next sleep; it is awake. */
static inline void tarn_bed_change(uint64_t* bed, uint64_t word) {
  /* relaxed: ordered against the last look by tarn_sleep_fence, as the sleep word is. Who reads an older
   * or a newer bed than that of a sleep, behind a fence, is seen by a last look. */
  tarn_store_relaxed_u64(bed, word);
}

static inline void tarn_sleep_fence(void) {
  /* order(ring.sleep, ring.room, ring.kick): full fence. Pairs with tarn_publish_fence: either the publisher's look
   * sees bit and sleep word, or the sleeper's last look sees the message. Of a publisher that waits for
   * room, with tarn_room_look in the same way. Weaker, both may miss. */
  tarn_fence_full();
}

static inline void tarn_sleep_end(uint64_t* sleep, uint64_t generation) {
  /* order(ring.sleep): release. Even again; nothing depends on a publisher seeing it soon. */
  tarn_store_release_u64(sleep, generation + 1);
}

static inline uint64_t tarn_summary_look(const uint64_t* summary_word) {
  /* order(ring.summary): acquire, after tarn_publish_fence. Pairs with tarn_summary_set; bits only
   * select whose sleep word is read next. */
  return tarn_load_acquire_u64(summary_word);
}

/* Before the bed of one who is rung unconditionally is read: the broker has news, or the own process. */
static inline void tarn_kick_fence(void) {
  /* order(ring.kick): full fence. Pairs with tarn_sleep_fence: either the bed is read that it sleeps in,
   * or its last look sees the news. Weaker, it is rung where it lay before, and sleeps on. */
  tarn_fence_full();
}

static inline uint64_t tarn_bed_look(const uint64_t* bed) {
  /* relaxed: read behind a full fence, see tarn_bed_change; the sleep word that it leads to is loaded
   * with acquire. */
  return tarn_load_relaxed_u64(bed);
}

/* The sleep word of a waiter; odd means it sleeps or is about to. */
static inline uint64_t tarn_sleep_look(const uint64_t* sleep) {
  /* order(ring.sleep): acquire, after tarn_publish_fence. Pairs with tarn_sleep_announce; what the
   * sleeper read of its bell happened before the ring that follows. */
  return tarn_load_acquire_u64(sleep);
}

/* Tells who sleeps for others, before it is rung, for whom. A hint where to look first, no more: it may be
 * stale, and not every ring comes with one. */
static inline void tarn_hint_give(uint64_t* word, uint64_t bit) {
  /* relaxed: one that is there already will do. */
  if ((tarn_load_relaxed_u64(word) & bit) != 0) return;
  /* order(ring.hint): release. Pairs with tarn_hint_take. Weaker, the look that follows it could miss what
   * was published, and all the others would be looked at. */
  (void)tarn_or_release_u64(word, bit);
}

static inline uint64_t tarn_hint_take(uint64_t* word) {
  /* order(ring.hint): acquire. Pairs with tarn_hint_give: what was published before it is found. */
  const uint64_t hints = tarn_load_acquire_u64(word);
  /* relaxed: a bit that comes in between is about something that the last look before a sleep finds. */
  if (hints != 0) (void)tarn_and_relaxed_u64(word, ~hints);
  return hints;
}

/* Makes a FUTEX_WAIT on this bell return; FUTEX_WAKE must follow. */
static inline void tarn_bell_ring(uint32_t* bell) {
  /* order(ring.bell): release. Pairs with tarn_bell_read. */
  (void)tarn_add_release_u32(bell, 1);
}
