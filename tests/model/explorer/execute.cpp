// What an operation can do next, and doing it: the part of the explorer that knows the kinds.
#include <algorithm>

#include "tests/model/explorer/explorer.hpp"

namespace tarn::model {

bool Explorer::goes_ahead(ThreadId thread, const Operation& operation) const {
  if (options_.every_order) return false;
  switch (operation.kind) {
    case Kind::Store:
    case Kind::PlainRead:
    case Kind::PlainWrite:
      return true;
    case Kind::FutexWait:
      return false;
    default:
      return !may_find_more(thread, operation);
  }
}

// Whether another thread can still do something that this operation would notice.
bool Explorer::may_find_more(ThreadId thread, const Operation& operation) const {
  if (operation.kind == Kind::Fence && acquires(operation.order) && memory_.awaits(thread)) {
    return true;
  }
  for (ThreadId other = 0; other < threads_.size(); ++other) {
    if (other == thread || threads_[other].fiber->done()) continue;
    const WordDeeds& most = known_.words[other][operation.word];
    const WordDeeds& done = done_.words[other][operation.word];
    const bool writes = most.writes > done.writes;
    switch (operation.kind) {
      case Kind::Fence:
        if (operation.order == Order::Full &&
            known_.full_fences[other] > done_.full_fences[other]) {
          return true;
        }
        break;
      case Kind::FutexWait:
        if (writes || most.wakes > done.wakes) return true;
        break;
      case Kind::FutexWake:
        if (most.waits > done.waits) return true;
        break;
      case Kind::Store:
        break;
      default:
        if (writes) return true;
        break;
    }
  }
  return false;
}

// Changes when something came that the sleeping operation was waiting for; loads and changes look at
// the messages themselves.
std::uint32_t Explorer::activity(ThreadId thread, const Operation& operation) const {
  std::uint32_t sum = operation.kind == Kind::Fence ? fences_ + fulfilled_ : 0;
  for (ThreadId other = 0; other < threads_.size(); ++other) {
    if (other == thread) continue;
    const WordDeeds& done = done_.words[other][operation.word];
    if (operation.kind == Kind::FutexWait) sum += done.writes + done.wakes;
    if (operation.kind == Kind::FutexWake) sum += done.waits;
  }
  return sum;
}

void Explorer::list_alternatives(ThreadId thread, const Operation& operation) {
  using Act = Alternative::Act;
  alternatives_.clear();
  stamps_.clear();
  places_.clear();
  const Thread& state = threads_[thread];
  const std::uint32_t first_serial = state.asleep ? state.asleep_serial + 1 : 0;
  switch (operation.kind) {
    case Kind::Load:
      memory_.begin_word(operation.word, operation.initial);
      memory_.readable(thread, operation.word, first_serial, stamps_);
      for (const Stamp stamp : stamps_) {
        alternatives_.push_back({.act = Act::Read, .place = {.after = stamp}, .value = 0});
      }
      if (!state.asleep) list_early(thread, operation);
      return;
    case Kind::Store:
      memory_.begin_word(operation.word, operation.initial);
      memory_.writable(thread, operation, places_);
      for (const Place& place : places_) {
        alternatives_.push_back({.act = Act::Write, .place = place, .value = 0});
      }
      return;
    case Kind::Add:
    case Kind::Or:
    case Kind::And:
      memory_.begin_word(operation.word, operation.initial);
      memory_.changeable(thread, operation, first_serial, places_);
      for (const Place& place : places_) {
        alternatives_.push_back({.act = Act::Change, .place = place, .value = 0});
      }
      return;
    case Kind::FutexWait:
      memory_.begin_word(operation.word, operation.initial);
      // The kernel reads after this thread did: what that read early has to be there.
      if (memory_.newest_written(operation.word) < memory_.seen(thread, operation.word)) return;
      [[fallthrough]];
    default:
      if (state.asleep && activity(thread, operation) == state.asleep_activity) return;
      alternatives_.push_back({.act = Act::Go, .place = {}, .value = 0});
  }
}

void Explorer::list_early(ThreadId thread, const Operation& operation) {
  if (!options_.early_reads || memory_.was_early()) return;
  for (ThreadId writer = 0; writer < threads_.size(); ++writer) {
    const WordDeeds& most = known_.words[writer][operation.word];
    if (writer == thread || threads_[writer].fiber->done()) continue;
    if (most.writes <= done_.words[writer][operation.word].writes) continue;
    stamps_.clear();
    memory_.early_places(thread, operation.word, writer, stamps_);
    for (const WrittenValue& value : most.values) {
      // To synchronise with a write that depends on oneself is impossible.
      if (value.released && acquires(operation.order)) continue;
      for (const Stamp after : stamps_) add_early(value.value, after);
    }
  }
}

void Explorer::add_early(std::uint64_t value, Stamp after) {
  const auto same = [&](const Alternative& known) {
    return known.act == Alternative::Act::ReadEarly && known.value == value &&
           known.place.after == after;
  };
  if (std::any_of(alternatives_.begin(), alternatives_.end(), same)) return;
  alternatives_.push_back(
      {.act = Alternative::Act::ReadEarly, .place = {.after = after}, .value = value});
}

void Explorer::execute(ThreadId thread, Operation& operation, const Alternative& alternative) {
  WordDeeds& deeds = done_.words[thread][operation.word];
  switch (alternative.act) {
    case Alternative::Act::Read:
    case Alternative::Act::ReadEarly:
      execute_read(thread, operation, alternative);
      return;
    case Alternative::Act::Write:
      memory_.write(thread, operation, alternative.place);
      break;
    case Alternative::Act::Change:
      operation.result = memory_.change(thread, operation, alternative.place);
      break;
    case Alternative::Act::Go:
      if (operation.kind == Kind::PlainRead || operation.kind == Kind::PlainWrite) {
        execute_plain(thread, operation);
      } else if (operation.kind == Kind::Fence) {
        memory_.fence(thread, operation.order);
        if (operation.order == Order::Full) {
          ++fences_;
          ++done_.full_fences[thread];
        }
        trace_.note(thread, operation);
      } else {
        execute_futex(thread, operation);
      }
      return;
  }
  const Message& written = memory_.message(operation.word, memory_.seen(thread, operation.word));
  deeds.values.push_back({.value = written.value, .released = written.released});
  ++deeds.writes;
  if (alternative.place.fulfils) ++fulfilled_;
  trace_.note(thread, operation);
}

void Explorer::execute_read(ThreadId thread, Operation& operation, const Alternative& alternative) {
  const WordId word = operation.word;
  const bool early = alternative.act == Alternative::Act::ReadEarly;
  TraceLine line;
  line.thread = thread;
  if (early) {
    memory_.read_early(thread, word, {.value = alternative.value, .after = alternative.place.after},
                       operation.order);
    operation.result = alternative.value;
    for (ThreadId writer = 0; writer < threads_.size(); ++writer) {
      if (writer != thread && !known_.words[writer][word].values.empty()) line.writer = writer;
    }
  } else {
    const Message& message = memory_.message(word, alternative.place.after);
    line.writer = message.writer;
    line.initial = message.initial;
    line.stale = message.stamp != memory_.messages(word).back().stamp;
    operation.result = memory_.read(thread, word, alternative.place.after, operation.order);
  }
  line.early = early;
  line.operation = operation;
  trace_.add(std::move(line));
}

void Explorer::execute_plain(ThreadId thread, Operation& operation) {
  memory_.begin_word(operation.word, operation.initial);
  const auto race = operation.kind == Kind::PlainRead
                        ? memory_.plain_read(thread, operation.word, operation.result)
                        : memory_.plain_write(thread, operation.word, operation.operand);
  trace_.note(thread, operation);
  if (!race) return;
  trace_.remark(thread, "races");
  fail("data race on " + words_.text(operation.word) + " between " + bodies_[thread].name +
       " and " + bodies_[*race].name);
}

// The kernel compares and queues under one lock, and what it reads is the newest value there is: for
// the thread a relaxed read. Beyond that a futex call orders nothing here.
void Explorer::execute_futex(ThreadId thread, Operation& operation) {
  WordDeeds& deeds = done_.words[thread][operation.word];
  memory_.begin_word(operation.word, operation.initial);
  trace_.note(thread, operation);
  if (operation.kind == Kind::FutexWait) {
    ++deeds.waits;
    const Stamp newest = memory_.newest_written(operation.word);
    threads_[thread].blocked =
        memory_.read(thread, operation.word, newest, Order::Relaxed) == operation.operand;
    trace_.remark(thread, threads_[thread].blocked ? "sleeps" : "the value has changed");
    return;
  }
  ++deeds.wakes;
  std::uint64_t left = operation.operand;
  for (ThreadId other = 0; other < threads_.size() && left > 0; ++other) {
    Thread& sleeper = threads_[other];
    if (!sleeper.blocked || sleeper.pending->word != operation.word) continue;
    sleeper.pending->result = 1;
    sleeper.pending = nullptr;
    sleeper.blocked = false;
    --left;
    trace_.remark(other, "is woken");
  }
}

}  // namespace tarn::model
