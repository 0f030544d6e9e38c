// The broker role of one domain: owns the pool, introduces processes to each other, grants areas,
// reaps the dead. It is off the data path: messages flow while it is away, and its successor finds
// everything it needs in the pool. It knows no YAML, installs no signal handler, starts no thread and
// writes nothing to stderr; a program does that (options, stop(), log).
//
// One owner. run(), poll_once() and leave() belong to one thread; stop() and ask_reload() may come from
// any thread or from a signal handler.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tarn/result.hpp>

#include "middleware/plan/limit_needs.hpp"
#include "middleware/plan/topic_rules.hpp"
#include "platform/clock.hpp"

namespace tarn::broker {

// Receives one line without a newline, from the thread that runs the broker.
struct Log {
  void (*write)(void* context, std::string_view line) = nullptr;  // nullptr: nobody listens
  void* context = nullptr;
};

// Which lines are written: those of a level and of all before it.
enum class LogLevel : std::uint8_t { Error, Warning, Info, Debug };

struct Reread;

// Reads the configuration once more, on the thread that runs the broker.
struct ConfigurationReader {
  Reread (*read)(void* context) = nullptr;  // nullptr: there is nothing to read
  void* context = nullptr;                  // outlives the broker
};

struct BrokerOptions {
  std::string domain = "default";
  std::string runtime_directory;       // chosen and made already; holds pool, sockets and locks
  std::optional<std::uint32_t> group;  // may use the domain; else the owner alone
  std::uint64_t pool_bytes = std::uint64_t{16} << 20;      // pool.size; 0: auto
  std::uint64_t unplanned_bytes = std::uint64_t{1} << 20;  // pool.unplanned
  bool refuse_unlisted = false;                            // unlisted: refuse
  bool lock_memory = false;                                // pool.lock_memory
  plan::WrittenLimits limits;
  plan::TopicRules rules;                                              // defaults and topics
  std::chrono::nanoseconds handshake_limit = std::chrono::seconds(5);  // of a connection
  // Why these options are no more than defaults; a pool is not made by them, one that is there brings
  // its own.
  std::optional<Error> unusable;
  // Only while no daemon wants the role: does not take it from one that waits for it, and gives it to
  // one that comes.
  bool fills_in = false;
  Log log;
  LogLevel log_level = LogLevel::Info;  // log.level
  bool spin = true;                     // defaults.spin: auto
  ConfigurationReader reader;           // for a reload
};

// What reading the configuration once more has brought: options, or why there are none.
struct Reread {
  std::optional<BrokerOptions> options{};
  Errc code = Errc::InvalidConfig;  // InvalidConfig: what was read does not hold
  std::int32_t system_errno = 0;
  std::string findings{};  // one a line
};

// How a broker came to its pool.
enum class PoolOrigin { Created, Recreated, Adopted };

class Broker {
 public:
  // Takes the role, builds or adopts the pool and listens. RoleTaken names the pid that has the role;
  // VersionMismatch names both layout versions and the pids that still use the other one;
  // InvalidConfig says what the configuration needs when pool or limits are too small; NoSpace, NotPermitted,
  // InvalidRuntime as the file system answers.
  [[nodiscard]] static Result<Broker> create(const BrokerOptions& options);

  // Without leave() this is like being killed: the pool stays, clients keep their data flowing and
  // the next broker adopts it.
  ~Broker();
  Broker(Broker&&) noexcept;
  Broker& operator=(Broker&&) noexcept;

  // Serves until stop(), then leaves. An error is one that no later round can cure. DomainReset:
  // somebody removed or replaced the domain's files; its nodes have been told.
  [[nodiscard]] Result<void> run();

  // One round: waits until there is something to do or the deadline has passed, and does it. False
  // after stop().
  [[nodiscard]] Result<bool> poll_once(platform::MonotonicTime deadline);
  // The two halves of a round: one that only waits, and one that only works. Whoever must keep the
  // process from forking in the middle of the work stands between them.
  [[nodiscard]] Result<void> wait(platform::MonotonicTime deadline);
  [[nodiscard]] bool serve();

  // Makes run() return. Async-signal-safe.
  void stop() noexcept;

  // Makes the next round read the configuration again. One that does not hold changes nothing; the log
  // and the header of the pool tell what came of it. Async-signal-safe.
  void ask_reload() noexcept;

  // The orderly exit: without clients unlinks everything, with clients leaves the pool to the next
  // broker. The object is good for nothing but destruction afterwards. DomainReset as in run().
  [[nodiscard]] Result<void> leave();

  // In a forked child: gives up every fd, so that the child keeps neither the role nor anybody's
  // connection, and leaves the parent's broker as it is. The object must not be used or destroyed
  // afterwards. Requires: the process forked between two rounds.
  void close_in_child() noexcept;

  [[nodiscard]] PoolOrigin pool_origin() const noexcept;
  [[nodiscard]] std::uint64_t pool_id() const noexcept;
  // The path clients connect to.
  [[nodiscard]] const std::string& socket_path() const noexcept;

 private:
  class Core;
  explicit Broker(std::unique_ptr<Core> core) noexcept;

  std::unique_ptr<Core> core_;
};

}  // namespace tarn::broker
