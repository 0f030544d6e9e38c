#include "middleware/directory/record_state.hpp"

#include "middleware/ring/atomics.h"

namespace tarn::directory {

std::uint64_t load_state(const std::uint64_t* state) noexcept {
  // order(directory.state): acquire. Pairs with store_state(): the fields read next are at least
  // those that stood there when the record got this state. Weaker, an Active record could show the
  // fields of its former user.
  return tarn_load_acquire_u64(state);
}

bool copy_record(const std::uint64_t* record, std::uint64_t* copy, std::size_t words) noexcept {
  const std::uint64_t seen = load_state(record);
  copy[0] = seen;
  for (std::size_t i = 1; i < words; ++i) {
    // relaxed: the copy counts only once the state is found unchanged below.
    copy[i] = tarn_load_relaxed_u64(record + i);
  }
  // order(directory.record): acquire fence + relaxed load. Pairs with fill_record(): had the copy met
  // a word of the record's next user, this load would meet the states before it. Weaker, a copy of
  // two users passes for one.
  tarn_fence_acquire();
  return tarn_load_relaxed_u64(record) == seen;
}

void fill_record(std::uint64_t* record, const std::uint64_t* fields, std::size_t words) noexcept {
  // order(directory.record, directory.ring): relaxed store + release fence. Pairs with copy_record()
  // and read_ring(): who sees a word stored below also sees that the record is no longer what it was.
  // Weaker, a copy of two users passes for one.
  const std::uint64_t generation = tarn_load_relaxed_u64(record) >> 8;
  tarn_store_relaxed_u64(record, state_word(generation, RecordState::Reserved));
  tarn_fence_release();
  for (std::size_t i = 1; i < words; ++i) {
    // relaxed: store_state() publishes all of them.
    tarn_store_relaxed_u64(record + i, fields[i]);
  }
}

void store_state(std::uint64_t* state, RecordState next) noexcept {
  // relaxed: the caller is the only writer of this word.
  const std::uint64_t generation = tarn_load_relaxed_u64(state) >> 8;
  // order(directory.state, directory.ring): release. Publishes the fields to load_state() and
  // read_ring(); on the way out it says that whatever the record owned was given up before.
  tarn_store_release_u64(state, state_word(generation, next));
}

void renew_state(std::uint64_t* state) noexcept {
  // relaxed: the caller is the only writer of this word.
  const std::uint64_t word = tarn_load_relaxed_u64(state);
  // order(directory.state): release. Pairs with load_state(): who finds the new generation finds what was
  // stored before it. Weaker, its reader could begin with fields of the one before.
  tarn_store_release_u64(
      state, state_word(std::uint64_t{record_generation(word)} + 1, record_state(word)));
}

void free_state(std::uint64_t* state) noexcept {
  // relaxed: the caller is the only writer of this word.
  const std::uint64_t generation = tarn_load_relaxed_u64(state) >> 8;
  // order(directory.state): release. Pairs with load_state(): a reader that finds the new generation
  // finds nothing of the old one in force.
  tarn_store_release_u64(state, state_word(generation + 1, RecordState::Free));
}

}  // namespace tarn::directory
