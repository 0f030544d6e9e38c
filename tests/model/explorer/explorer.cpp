#include "tests/model/explorer/explorer.hpp"

#include <algorithm>
#include <utility>

namespace tarn::model {

namespace {

Explorer* current = nullptr;

// No program here has an execution of a tenth of this; a loop that waits for others by looking does.
constexpr std::uint32_t kMostOperations = 4000;

}  // namespace

Explorer* exploring() { return current; }

Explorer::Explorer(Program& program, const ExplorerOptions& options)
    : program_(program), options_(options), bodies_(program.threads()) {
  threads_.resize(bodies_.size());
  program_.describe(words_);
}

Findings Explorer::run() {
  current = this;
  Findings findings;
  bool more = true;
  while (more && findings.executions + findings.abandoned < options_.most_executions) {
    run_once();
    if (conclude(findings)) break;
    // What an early read found may have made a thread do what it never would.
    if (!memory_.early() && known_.learn(done_)) {
      choices_.restart();
      findings.executions = findings.abandoned = 0;
    } else {
      more = choices_.next();
    }
  }
  findings.complete = !more;
  current = nullptr;
  return findings;
}

void Explorer::run_once() {
  memory_.reset(threads_.size());
  trace_.clear();
  done_.clear();
  failure_.clear();
  failed_ = false;
  operations_ = fences_ = fulfilled_ = 0;
  program_.reset();
  start_threads();
  while (!stop() && step()) {
  }
}

void Explorer::start_threads() {
  for (ThreadId thread = 0; thread < threads_.size(); ++thread) {
    Thread& state = threads_[thread];
    state.pending = nullptr;
    state.asleep = state.blocked = false;
    state.fiber->start(&bodies_[thread].body);
  }
  for (ThreadId thread = 0; thread < threads_.size(); ++thread) resume(thread);
}

void Explorer::resume(ThreadId thread) {
  running_ = thread;
  threads_[thread].fiber->resume();
}

// The first thread that can go on and is not asleep goes on, or sleeps until that may lead elsewhere.
bool Explorer::step() {
  for (ThreadId thread = 0; thread < threads_.size(); ++thread) {
    Thread& state = threads_[thread];
    if (state.fiber->done() || state.blocked) continue;
    if (state.pending == nullptr) {  // woken
      resume(thread);
      return true;
    }
    Operation& operation = *state.pending;
    const bool may_wait =
        options_.every_order ? another_could(thread) : may_find_more(thread, operation);
    list_alternatives(thread, operation);
    if (alternatives_.empty()) continue;
    const auto count = static_cast<std::uint32_t>(alternatives_.size());
    const std::uint32_t ways = count + (may_wait ? 1 : 0);
    const std::uint32_t chosen = ways == 1 ? 0 : choices_.pick(ways);
    if (chosen == count) {
      state.asleep = !options_.every_order;
      state.asleep_serial = memory_.serial();
      state.asleep_activity = activity(thread, operation);
      continue;
    }
    state.asleep = false;
    execute(thread, operation, alternatives_[chosen]);
    if (state.blocked) return true;
    state.pending = nullptr;
    resume(thread);
    return true;
  }
  return false;
}

bool Explorer::another_could(ThreadId thread) {
  for (ThreadId later = thread + 1; later < threads_.size(); ++later) {
    const Thread& state = threads_[later];
    if (state.fiber->done() || state.blocked) continue;
    if (state.pending == nullptr) return true;
    list_alternatives(later, *state.pending);
    if (!alternatives_.empty()) return true;
  }
  return false;
}

bool Explorer::stop() const {
  if (operations_ > kMostOperations) return true;
  if (memory_.early()) return early_is_lost();
  return failed_;
}

// Nobody is left who could write what was read early because it was.
bool Explorer::early_is_lost() const {
  const Memory::Early& early = *memory_.early();
  bool has_consequence = false;
  bool has_writer = false;
  for (ThreadId thread = 0; thread < threads_.size(); ++thread) {
    const bool over = threads_[thread].fiber->done();
    const std::uint32_t read_at = early.readers[thread];
    if (read_at != 0 && (!over || memory_.last_write(thread) > read_at)) has_consequence = true;
    const bool may_write =
        known_.words[thread][early.word].writes > done_.words[thread][early.word].writes;
    if (!over && may_write && memory_.seen(thread, early.word) < early.stamp) has_writer = true;
  }
  return !has_consequence || !has_writer;
}

// True: the execution broke a claim.
bool Explorer::conclude(Findings& findings) {
  const bool all_done = std::all_of(threads_.begin(), threads_.end(),
                                    [](const Thread& thread) { return thread.fiber->done(); });
  if (memory_.early()) {
    ++findings.abandoned;
    return false;
  }
  if (operations_ > kMostOperations) fail("an execution does not come to an end");
  if (!failed_ && all_done) program_.finish();
  if (!failed_ && !all_done) conclude_sleepers();
  ++(failed_ || all_done ? findings.executions : findings.abandoned);
  if (!failed_) return false;
  findings.violated = true;
  findings.why = failure_;
  findings.trace = trace_.print(words_, bodies_);
  return true;
}

// Nobody went on. If somebody could have, this was run before; else those in a futex stay there.
void Explorer::conclude_sleepers() {
  for (const Thread& thread : threads_) {
    if (!thread.fiber->done() && !thread.blocked) return;
  }
  for (ThreadId thread = 0; thread < threads_.size(); ++thread) {
    if (threads_[thread].blocked) {
      fail(bodies_[thread].name + " sleeps, and nobody is left to wake it");
    }
  }
}

void Explorer::perform(Operation& operation) {
  if (!weaken(operation, options_.weakenings)) return;
  const ThreadId thread = running_;
  Thread& state = threads_[thread];
  operation.word = operation.kind == Kind::Fence ? 0 : words_.find(operation.address).value();
  if (++operations_ > kMostOperations) state.fiber->leave();
  state.pending = &operation;
  const bool ahead = goes_ahead(thread, operation);
  if (ahead) list_alternatives(thread, operation);
  // A change can be without any: what it would have to read is not written yet.
  if (!ahead || alternatives_.empty()) {
    state.fiber->leave();
    return;
  }
  const auto count = static_cast<std::uint32_t>(alternatives_.size());
  execute(thread, operation, alternatives_[count == 1 ? 0 : choices_.pick(count)]);
  state.pending = nullptr;
}

void Explorer::expect(bool holds, const char* claim) {
  if (holds) return;
  trace_.remark(running_, "breaks the claim");
  fail(claim);
}

std::uint64_t Explorer::last_value(const void* word) {
  return memory_.messages(words_.find(word).value()).back().value;
}

void Explorer::fail(std::string why) {
  if (!failed_) failure_ = std::move(why);
  failed_ = true;
}

}  // namespace tarn::model
