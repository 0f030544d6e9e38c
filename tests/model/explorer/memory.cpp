#include "tests/model/explorer/memory.hpp"

#include <algorithm>
#include <cstdlib>

namespace tarn::model {

namespace {

constexpr Stamp kDistance = 1 << 16;

std::uint64_t changed(const Operation& change, std::uint64_t value) {
  switch (change.kind) {
    case Kind::Add:
      return change.bytes == 4 ? static_cast<std::uint32_t>(value + change.operand)
                               : value + change.operand;
    case Kind::Or:
      return value | change.operand;
    default:
      return value & change.operand;
  }
}

}  // namespace

void Memory::reset(std::size_t threads) {
  for (Word& word : words_) {
    word.order.clear();
    word.plain_written = 0;
    word.plain_reads = {};
  }
  threads_.assign(threads, {});
  fences_ = {};
  early_.reset();
  was_early_ = false;
  serial_ = 0;
}

void Memory::begin_word(WordId word, std::uint64_t value) {
  if (!words_[word].order.empty()) return;
  Message message;
  message.value = value;
  message.initial = true;
  words_[word].order.push_back(message);
}

std::size_t Memory::position(WordId word, Stamp stamp) const {
  const auto& order = words_[word].order;
  std::size_t at = order.size() - 1;
  while (order[at].stamp != stamp) --at;
  return at;
}

const Message& Memory::message(WordId word, Stamp stamp) const {
  return words_[word].order[position(word, stamp)];
}

Stamp Memory::newest_written(WordId word) const {
  const auto& order = words_[word].order;
  std::size_t at = order.size() - 1;
  while (order[at].awaited) --at;
  return order[at].stamp;
}

std::uint32_t Memory::tick(ThreadId thread) {
  ThreadState& state = threads_[thread];
  const std::uint32_t now = ++state.current.clock[thread];
  state.causes[thread] = now;
  return now;
}

void Memory::readable(ThreadId thread, WordId word, std::uint32_t first_serial,
                      std::vector<Stamp>& to) const {
  const auto& order = words_[word].order;
  // The newest first: a violation that needs no reordering is the easiest to read.
  for (std::size_t at = order.size(); at > 0; --at) {
    const Message& message = order[at - 1];
    if (message.stamp < seen(thread, word)) break;
    if (message.serial >= first_serial) to.push_back(message.stamp);
  }
}

std::uint64_t Memory::read(ThreadId thread, WordId word, Stamp stamp, Order order) {
  const std::uint32_t now = tick(thread);
  const Message& message = words_[word].order[position(word, stamp)];
  ThreadState& state = threads_[thread];
  state.current.seen[word] = std::max(state.current.seen[word], stamp);
  state.acquirable.join(message.view);
  if (acquires(order)) state.current.join(message.view);
  join(state.causes, message.causes);
  if (message.awaited) {
    early_->readers[thread] = now;
    early_->settled[thread] = early_->settled[thread] || acquires(order);
  }
  return message.value;
}

void Memory::early_places(ThreadId thread, WordId word, ThreadId writer,
                          std::vector<Stamp>& to) const {
  const auto& order = words_[word].order;
  for (std::size_t at = order.size(); at > 0; --at) {
    const Message& message = order[at - 1];
    if (message.stamp < seen(thread, word)) break;
    if (at == order.size() || !order[at].follows) to.push_back(message.stamp);
    // What the writer writes later goes behind what it has written.
    if (!message.initial && message.writer == writer) break;
  }
}

void Memory::read_early(ThreadId thread, WordId word, const EarlyValue& value, Order order) {
  Message message;
  message.value = value.value;
  message.awaited = true;
  const Stamp stamp = insert(word, value.after, message);
  early_ = Early{.word = word, .stamp = stamp, .value = value.value, .readers = {}, .settled = {}};
  was_early_ = true;
  read(thread, word, stamp, order);
}

// The write that was read early must be a consequence of the read (otherwise it could as well have
// come first), and nobody who has acquired meanwhile may have had something to learn from it.
bool Memory::may_fulfil(ThreadId thread, const Operation& write, std::uint64_t value,
                        bool released) const {
  if (!early_ || early_->word != write.word || early_->value != value) return false;
  const ThreadState& state = threads_[thread];
  if (state.current.seen[write.word] >= early_->stamp) return false;
  bool consequence = false;
  for (std::size_t reader = 0; reader < threads_.size(); ++reader) {
    if (early_->readers[reader] == 0) continue;
    consequence = consequence || state.causes[reader] >= early_->readers[reader];
    if (released && early_->settled[reader]) return false;
  }
  return consequence;
}

void Memory::writable(ThreadId thread, const Operation& store, std::vector<Place>& to) const {
  const auto& order = words_[store.word].order;
  const bool released = releases(store.order) || threads_[thread].fenced_release;
  for (std::size_t at = order.size(); at > 0; --at) {
    const Message& message = order[at - 1];
    if (message.stamp < seen(thread, store.word)) break;
    const bool last = at == order.size();
    if (!last && order[at].follows) continue;
    to.push_back({.after = message.stamp, .fulfils = false});
    if (!last && order[at].awaited && may_fulfil(thread, store, store.operand, released)) {
      to.push_back({.after = message.stamp, .fulfils = true});
    }
  }
}

void Memory::write(ThreadId thread, const Operation& store, const Place& place) {
  Message message;
  message.value = store.operand;
  append(thread, store, place, message);
}

void Memory::changeable(ThreadId thread, const Operation& change, std::uint32_t first_serial,
                        std::vector<Place>& to) const {
  const auto& order = words_[change.word].order;
  for (std::size_t at = order.size(); at > 0; --at) {
    const Message& source = order[at - 1];
    if (source.stamp < seen(thread, change.word)) break;
    if (source.awaited || source.serial < first_serial) continue;
    const bool last = at == order.size();
    if (!last && order[at].follows) continue;
    to.push_back({.after = source.stamp, .fulfils = false});
    const bool released =
        source.released || releases(change.order) || threads_[thread].fenced_release;
    if (!last && order[at].awaited &&
        may_fulfil(thread, change, changed(change, source.value), released)) {
      to.push_back({.after = source.stamp, .fulfils = true});
    }
  }
}

std::uint64_t Memory::change(ThreadId thread, const Operation& change, const Place& place) {
  const std::uint64_t before = read(thread, change.word, place.after, change.order);
  // A copy: appending moves messages.
  const Message source = message(change.word, place.after);
  Message message;
  message.value = changed(change, before);
  message.view = source.view;
  message.released = source.released;
  message.follows = true;
  append(thread, change, place, message);
  return before;
}

// `message` brings value, and from a change what it inherits of the message it replaces.
void Memory::append(ThreadId thread, const Operation& write, const Place& place, Message message) {
  ThreadState& state = threads_[thread];
  state.last_write = tick(thread);
  const Stamp stamp = place.fulfils ? early_->stamp : stamp_behind(write.word, place.after);
  state.current.seen[write.word] = stamp;
  state.acquirable.seen[write.word] = std::max(state.acquirable.seen[write.word], stamp);
  message.view.join(releases(write.order) ? state.current : state.released);
  message.released = message.released || releases(write.order) || state.fenced_release;
  message.causes = state.causes;
  message.writer = thread;
  if (!place.fulfils) {
    insert(write.word, place.after, message);
    return;
  }
  message.stamp = stamp;
  message.view.seen[write.word] = stamp;
  message.serial = ++serial_;
  words_[write.word].order[position(write.word, stamp)] = message;
  fulfil(message);
}

Stamp Memory::stamp_behind(WordId word, Stamp after) const {
  const auto& order = words_[word].order;
  const std::size_t next = position(word, after) + 1;
  if (next == order.size()) return after + kDistance;
  const Stamp stamp = after + (order[next].stamp - after) / 2;
  if (stamp == after) std::abort();  // an execution has far fewer writes
  return stamp;
}

Stamp Memory::insert(WordId word, Stamp after, Message message) {
  message.stamp = stamp_behind(word, after);
  message.view.seen[word] = message.stamp;
  message.serial = ++serial_;
  auto& order = words_[word].order;
  const auto next = static_cast<std::ptrdiff_t>(position(word, after) + 1);
  order.insert(order.begin() + next, message);
  return message.stamp;
}

void Memory::fulfil(const Message& message) {
  for (std::size_t reader = 0; reader < threads_.size(); ++reader) {
    if (early_->readers[reader] != 0) threads_[reader].acquirable.join(message.view);
  }
  early_.reset();
}

void Memory::fence(ThreadId thread, Order order) {
  tick(thread);
  ThreadState& state = threads_[thread];
  if (acquires(order)) {
    state.current.join(state.acquirable);
    if (early_ && early_->readers[thread] != 0) early_->settled[thread] = true;
  }
  if (order == Order::Full) {
    // Only what was seen: full fences order, but reading is what makes one thing happen before another.
    state.current.join_seen(fences_);
    fences_.join_seen(state.current);
  }
  if (releases(order)) {
    state.released = state.current;
    state.fenced_release = true;
  }
}

std::optional<ThreadId> Memory::plain_write(ThreadId thread, WordId word, std::uint64_t value) {
  const std::uint32_t now = tick(thread);
  const Clock& before = threads_[thread].current.clock;
  Word& place = words_[word];
  std::optional<ThreadId> race;
  if (place.plain_written > before[place.plain_writer]) race = place.plain_writer;
  for (ThreadId other = 0; other < threads_.size(); ++other) {
    if (place.plain_reads[other] > before[other]) race = other;
  }
  place.order.back().value = value;
  place.plain_writer = thread;
  place.plain_written = now;
  return race;
}

std::optional<ThreadId> Memory::plain_read(ThreadId thread, WordId word, std::uint64_t& value) {
  const std::uint32_t now = tick(thread);
  Word& place = words_[word];
  place.plain_reads[thread] = now;
  value = place.order.back().value;
  if (place.plain_written <= threads_[thread].current.clock[place.plain_writer])
    return std::nullopt;
  return place.plain_writer;
}

}  // namespace tarn::model
