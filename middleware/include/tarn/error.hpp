// The one error type of tarn. An Error is made once, next to the call that failed, and handed on
// unchanged to whoever can decide. It is trivially copyable and owns its text, so it crosses threads
// and outlives whatever it speaks of. It knows nothing of logging. Any thread may use its own copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarn {

// What went wrong, for programs. The text says it for people.
enum class Errc : std::uint16_t {
  // The world.
  System = 1,      // a system call failed; system_errno() says how
  OutOfMemory,     // the kernel would not give the memory asked for
  NoSpace,         // a file system cannot back what was asked for
  NotPermitted,    // a file, socket or directory is not ours to use
  NotTmpfs,        // a runtime directory is not on tmpfs
  InvalidRuntime,  // a runtime directory is missing, too long to bind or otherwise unusable
  // The broker and the pool.
  NoBroker,         // nobody answered at the domain's socket in time
  RoleTaken,        // another process already is the broker of this domain
  DomainReset,      // the pool these handles belong to no longer exists
  Forked,           // these handles belong to the parent process
  VersionMismatch,  // layouts or protocols of both sides do not meet
  ProtocolError,    // a packet, file or record is not what it claims to be
  Corrupt,          // a peer's shared words are out of range
  // What was asked for.
  InvalidArgument,  // outside the documented range
  InvalidTopic,     // not a topic name
  InvalidConfig,    // the configuration file does not hold
  TypeMismatch,     // both sides name different message types
  TopicUnlisted,    // the configuration allows listed topics only
  NotReliable,      // reliable was asked of a topic that drops
  TooLarge,         // a message is larger than its topic allows
  // Limits; the text names the YAML key and its value.
  PoolFull,
  TooManyClients,
  TooManyTopics,
  TooManyPublishers,
  TooManySubscribers,
  TooManyMemberships,
  TooManyWaiters,
  TooManyObservers,
  TooManyLoans,  // every loan of this publisher is out
  TooManyHeld,   // every sample this subscriber may hold is held
  // Outcomes that keep what was offered.
  WouldBlock,
  TimedOut,
  // What was looked for.
  NoTopic,  // nobody publishes or subscribes to a topic of that name
  // One more limit.
  TooManyPatterns,
};

// The enumerator's name, for logs and tests; "Unknown" for a value that is not one.
[[nodiscard]] std::string_view to_string(Errc code) noexcept;

// Why something did not succeed: a code, the errno if there is one, and the text.
class Error {
 public:
  static constexpr std::size_t kTextBytes = 512;  // longer texts are cut and end in "..."

  // `system_errno` is 0 when no system call failed. `format` is printf's; where system_errno is not
  // 0 the text gains ": " and its description.
  [[gnu::format(printf, 3, 4)]] static Error make(Errc code, int system_errno, const char* format,
                                                  ...) noexcept;
  // An error that another process made and sent here; its text already describes the errno.
  static Error restore(Errc code, int system_errno, std::string_view text) noexcept;

  // For programs.
  [[nodiscard]] Errc code() const noexcept { return code_; }
  // Of the system call that failed; 0 when none did.
  [[nodiscard]] int system_errno() const noexcept { return system_errno_; }
  // What failed, on what, what was found, what is allowed, what to do. NUL-terminated.
  [[nodiscard]] const char* message() const noexcept { return text_; }

 private:
  Error() = default;

  Errc code_;
  int system_errno_;
  char text_[kTextBytes];
};

}  // namespace tarn
