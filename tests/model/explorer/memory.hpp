// Memory as C++20 lets threads see it: every word keeps all values ever written to it, in modification
// order, and each thread has views that say which of them it may still read. Release and acquire pass
// views on, fences collect them, full fences also meet in one view that stands for the single order of
// all seq_cst fences. A read may choose any value that is not older than what its thread has seen, and
// a write may go anywhere behind that.
//
// A read may also be early: it takes a value that another thread writes only later in the execution,
// and that write depends on what the reader does next. The value is put into the modification order
// when it is read and awaits its write; an execution in which none comes counts for nothing. That
// is how a load can be delayed past later independent operations (load buffering).
//
// Not covered: seq_cst loads and stores (tarn has none), more than one early read in an execution, and
// a read-modify-write that is itself early. It knows no scheduling. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/model/explorer/view.hpp"

namespace tarn::model {

struct Message {
  Stamp stamp = 0;
  std::uint64_t value = 0;
  View view;                 // what an acquiring reader learns
  Clock causes{};            // operations that this write follows by program order and reads-from
  std::uint32_t serial = 0;  // counts writes as the explorer runs them
  ThreadId writer = 0;
  bool initial = false;
  bool released = false;  // reading it can synchronise
  bool follows = false;   // written by a change of the message before it: nothing goes between
  bool awaited = false;   // read early, not written yet
};

// Where a write goes: behind the message at `after`, or, if it is awaited, onto the one behind that.
struct Place {
  Stamp after = 0;
  bool fulfils = false;
};

// A value that is not there yet, and the message behind which it will be.
struct EarlyValue {
  std::uint64_t value = 0;
  Stamp after = 0;
};

class Memory {
 public:
  void reset(std::size_t threads);
  // Starts the word with this value unless it has one.
  void begin_word(WordId word, std::uint64_t value);

  [[nodiscard]] const std::vector<Message>& messages(WordId word) const {
    return words_[word].order;
  }
  [[nodiscard]] const Message& message(WordId word, Stamp stamp) const;
  [[nodiscard]] std::uint32_t serial() const { return serial_; }
  [[nodiscard]] Stamp seen(ThreadId thread, WordId word) const {
    return threads_[thread].current.seen[word];
  }

  [[nodiscard]] Stamp newest_written(WordId word) const;

  // What `thread` may read, of the messages from this serial on.
  void readable(ThreadId thread, WordId word, std::uint32_t first_serial,
                std::vector<Stamp>& to) const;
  std::uint64_t read(ThreadId thread, WordId word, Stamp stamp, Order order);
  // Reads a value before it is written: behind which messages that could be, and the read itself.
  // Requires: no read was early so far.
  void early_places(ThreadId thread, WordId word, ThreadId writer, std::vector<Stamp>& to) const;
  void read_early(ThreadId thread, WordId word, const EarlyValue& value, Order order);

  void writable(ThreadId thread, const Operation& store, std::vector<Place>& to) const;
  void write(ThreadId thread, const Operation& store, const Place& place);
  // Read-modify-writes: Place::after is the message that is read.
  void changeable(ThreadId thread, const Operation& change, std::uint32_t first_serial,
                  std::vector<Place>& to) const;
  std::uint64_t change(ThreadId thread, const Operation& change, const Place& place);

  void fence(ThreadId thread, Order order);

  // Accesses that are not atomic. The answer is a thread whose access is not ordered against this one.
  std::optional<ThreadId> plain_write(ThreadId thread, WordId word, std::uint64_t value);
  std::optional<ThreadId> plain_read(ThreadId thread, WordId word, std::uint64_t& value);

  struct Early {
    WordId word = 0;
    Stamp stamp = 0;
    std::uint64_t value = 0;
    std::array<std::uint32_t, kMostThreads>
        readers{};                             // the operation of each that reads it, 0: none
    std::array<bool, kMostThreads> settled{};  // whose view can take in no more from it
  };
  // The value that was read and not yet written.
  [[nodiscard]] const std::optional<Early>& early() const { return early_; }
  [[nodiscard]] bool was_early() const { return was_early_; }
  // A fence now would decide what a reader of the early value can learn from its write.
  [[nodiscard]] bool awaits(ThreadId thread) const {
    return early_ && early_->readers[thread] != 0 && !early_->settled[thread];
  }
  // The last operation of the thread that others could have read from.
  [[nodiscard]] std::uint32_t last_write(ThreadId thread) const {
    return threads_[thread].last_write;
  }

 private:
  struct Word {
    std::vector<Message> order;
    ThreadId plain_writer = 0;
    std::uint32_t plain_written = 0;
    Clock plain_reads{};
  };
  struct ThreadState {
    View current;
    View acquirable;  // of everything read; an acquire fence brings it in
    View released;    // as of the last release fence; relaxed writes pass it on
    Clock causes{};
    std::uint32_t last_write = 0;
    bool fenced_release = false;
  };

  std::uint32_t tick(ThreadId thread);
  [[nodiscard]] std::size_t position(WordId word, Stamp stamp) const;
  [[nodiscard]] bool may_fulfil(ThreadId thread, const Operation& write, std::uint64_t value,
                                bool released) const;
  void append(ThreadId thread, const Operation& write, const Place& place, Message message);
  [[nodiscard]] Stamp stamp_behind(WordId word, Stamp after) const;
  Stamp insert(WordId word, Stamp after, Message message);
  void fulfil(const Message& message);

  std::array<Word, kMostWords> words_;
  std::vector<ThreadState> threads_;
  View fences_;
  std::optional<Early> early_;
  bool was_early_ = false;
  std::uint32_t serial_ = 0;
};

}  // namespace tarn::model
