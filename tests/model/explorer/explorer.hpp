// Runs a small program of two to four threads in every way that C++20 allows, or until one of them
// breaks a claim. Threads are fibers; each execution is run from its start along a path of choices:
// which thread goes on, and which value a load reads (see memory.hpp).
//
// Executions that differ only in the order of operations that do not concern each other are run once.
// A store goes ahead as soon as its thread comes to it, since what could have come before it can as
// well come after and read something older. A load, change, fence or futex call that could find
// something else later is tried now, and once more whenever that something has come; meanwhile its
// thread sleeps, and an execution in which all are left sleeping is one that was run before.
// What could come is learned: an exploration starts over when it sees a thread do something new.
//
// It knows nothing of the protocol. One exploration at a time, in one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/model/explorer/choices.hpp"
#include "tests/model/explorer/deeds.hpp"
#include "tests/model/explorer/fiber.hpp"
#include "tests/model/explorer/memory.hpp"
#include "tests/model/explorer/operation.hpp"
#include "tests/model/explorer/trace.hpp"
#include "tests/model/explorer/weakening.hpp"
#include "tests/model/explorer/word_map.hpp"

namespace tarn::model {

// What is explored. Shared memory lies at the same addresses in every execution and keeps its initial
// values, since the accesses do not reach it; reset() renews what the threads keep for themselves.
class Program {
 public:
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  virtual ~Program() = default;

  virtual void describe(WordMap& words) = 0;
  virtual std::vector<ThreadBody> threads() = 0;
  virtual void reset() = 0;
  // After the last step of an execution; may expect() things.
  virtual void finish() {}
};

struct ExplorerOptions {
  std::vector<Weakening> weakenings;
  bool early_reads = true;
  // Runs every order of all operations, also those that make no difference: to check that they don't.
  bool every_order = false;
  std::uint64_t most_executions = 20'000'000;
};

struct Findings {
  std::uint64_t executions = 0;  // complete ones
  std::uint64_t abandoned = 0;   // run before, or read early what nobody wrote
  bool complete = false;         // there is no other way
  bool violated = false;
  std::string why;
  std::string trace;
};

class Explorer {
 public:
  Explorer(Program& program, const ExplorerOptions& options);

  Findings run();

  // What the program under test calls, through explorer/shared_access.hpp.
  void perform(Operation& operation);
  [[nodiscard]] bool follows(const void* word) { return words_.find(word).has_value(); }
  void expect(bool holds, const char* claim);
  [[nodiscard]] std::uint64_t last_value(const void* word);

 private:
  struct Thread {
    std::unique_ptr<Fiber> fiber = std::make_unique<Fiber>();
    Operation* pending = nullptr;
    bool asleep = false;   // until something comes that its operation could find
    bool blocked = false;  // in a futex
    std::uint32_t asleep_serial = 0;
    std::uint32_t asleep_activity = 0;
  };
  struct Alternative {
    enum class Act : std::uint8_t { Go, Read, ReadEarly, Write, Change } act = Act::Go;
    Place place;  // what is read stands at place.after
    std::uint64_t value = 0;
  };

  void run_once();
  void start_threads();
  bool step();
  void resume(ThreadId thread);
  [[nodiscard]] bool stop() const;
  [[nodiscard]] bool early_is_lost() const;
  bool conclude(Findings& findings);
  void conclude_sleepers();

  [[nodiscard]] bool another_could(ThreadId thread);
  [[nodiscard]] bool goes_ahead(ThreadId thread, const Operation& operation) const;
  [[nodiscard]] bool may_find_more(ThreadId thread, const Operation& operation) const;
  [[nodiscard]] std::uint32_t activity(ThreadId thread, const Operation& operation) const;
  void list_alternatives(ThreadId thread, const Operation& operation);
  void list_early(ThreadId thread, const Operation& operation);
  void add_early(std::uint64_t value, Stamp after);
  void execute(ThreadId thread, Operation& operation, const Alternative& alternative);
  void execute_read(ThreadId thread, Operation& operation, const Alternative& alternative);
  void execute_plain(ThreadId thread, Operation& operation);
  void execute_futex(ThreadId thread, Operation& operation);
  void fail(std::string why);

  Program& program_;
  ExplorerOptions options_;
  std::vector<ThreadBody> bodies_;
  std::vector<Thread> threads_;
  WordMap words_;
  Memory memory_;
  Choices choices_;
  Deeds known_;
  Deeds done_;
  Trace trace_;
  std::vector<Alternative> alternatives_;
  std::vector<Stamp> stamps_;
  std::vector<Place> places_;
  std::string failure_;
  std::uint32_t operations_ = 0;
  std::uint32_t fences_ = 0;
  std::uint32_t fulfilled_ = 0;
  ThreadId running_ = 0;
  bool failed_ = false;
};

// The exploration that is under way; the shim's accesses go to it.
[[nodiscard]] Explorer* exploring();

}  // namespace tarn::model
