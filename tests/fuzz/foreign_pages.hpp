// Pages that another process writes, as a fuzzer sees them: whatever is in them may change before each
// single access that the code under test makes, as its tape says. Counts the accesses, so that a loop
// that depends on such a page alone is found. One at a time; one thread.
//
// The fuzzers compile the atomics shim with TARN_ACCESS_HOOK, which calls before_access().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/fuzz/tape.hpp"

namespace tarn::fuzz {

// Ends the run; libFuzzer keeps the input.
void require(bool holds, const char* what);

class ForeignPages {
 public:
  // `tape` outlives it.
  explicit ForeignPages(Tape& tape);
  ~ForeignPages();
  ForeignPages(const ForeignPages&) = delete;
  ForeignPages& operator=(const ForeignPages&) = delete;

  // 64-bit words that change. `bytes` is a multiple of 8, aligned to 8.
  void add(void* first, std::size_t bytes);
  // Changes one word now.
  void spoil();
  // A number near which a sequence or a cursor is not plainly wrong.
  void set_near(std::uint64_t sequence) noexcept { near_ = sequence; }
  // Likewise of chunks: how many there are, and what pins say of the first one.
  void set_chunks(std::uint32_t count, std::uint32_t gid_base) noexcept {
    chunk_count_ = count;
    gid_base_ = gid_base;
  }

  // From here on nothing changes behind the code's back, and nothing is counted.
  void rest() noexcept { acting_ = false; }
  // One operation begins, which makes so many accesses at most.
  void begin(std::uint64_t most_accesses) noexcept;
  void before_access();

 private:
  [[nodiscard]] std::uint64_t value(std::uint64_t now);

  Tape& tape_;
  std::vector<std::span<std::uint64_t>> parts_;
  std::uint64_t near_ = 1;
  std::uint64_t left_ = 0;
  std::uint32_t chunk_count_ = 0;
  std::uint32_t gid_base_ = 0;
  bool acting_ = false;
};

}  // namespace tarn::fuzz
