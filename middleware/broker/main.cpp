// tarn-broker: the daemon of a domain. Reads the configuration, takes the role, says what it owns on
// stdout and one line that it is ready, serves until SIGTERM or SIGINT, reads the configuration again at
// SIGHUP. stderr is its log. A service manager that started it hears how it is.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "middleware/broker/broker.hpp"
#include "middleware/broker/daemon_signals.hpp"
#include "middleware/broker/role_lock.hpp"
#include "middleware/host/options_from_config.hpp"
#include "middleware/pool/domain_directory.hpp"
#include "platform/service_manager.hpp"
#include "platform/shared_file.hpp"

namespace {

using tarn::Errc;
using tarn::Error;
using tarn::Failure;
using tarn::Result;
namespace broker = tarn::broker;
namespace platform = tarn::platform;
namespace pool = tarn::pool;

constexpr std::chrono::milliseconds kBetweenTries{50};  // at the role, while another has it
constexpr int kTriesBetweenSigns = 200;                 // to a service manager, whose patience ends
constexpr std::chrono::seconds kPatienceAskedFor{30};

// The exit codes of tarn's programs that this one has.
enum class ExitCode : int { Ok = 0, Failed = 1, Usage = 2, RoleTaken = 3 };

ExitCode exit_code_of(const Error& error) {
  switch (error.code()) {
    case Errc::RoleTaken:
      return ExitCode::RoleTaken;
    case Errc::System:
    case Errc::OutOfMemory:
    case Errc::Corrupt:
    case Errc::ProtocolError:
      return ExitCode::Failed;
    default:  // what the configuration or the place for the domain would have to change
      return ExitCode::Usage;
  }
}

void write_log(void*, std::string_view line) {
  std::fprintf(stderr, "tarn-broker: %.*s\n", static_cast<int>(line.size()), line.data());
}

void write_lines(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    write_log(nullptr, lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

ExitCode fail(const Error& error) {
  write_log(nullptr, error.message());
  return exit_code_of(error);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// What is served: what the file says, or the defaults where there is none; a domain on the command line
// wins.
struct Configuration {
  std::string file;
  std::string domain;

  [[nodiscard]] broker::Reread read() const {
    broker::Reread read = file.empty() ? broker::Reread{.options = broker::BrokerOptions{}}
                                       : tarn::host::read_options(file);
    if (read.options && !domain.empty()) read.options->domain = domain;
    return read;
  }
};

const char* describe(broker::PoolOrigin origin) {
  switch (origin) {
    case broker::PoolOrigin::Created:
      return "created";
    case broker::PoolOrigin::Recreated:
      return "made anew";
    case broker::PoolOrigin::Adopted:
      return "taken over with its clients";
  }
  return "there";
}

// What is asked of this program.
struct Wishes {
  Configuration configuration;
  bool wait = false;  // for the role
};

platform::ServiceManager find_service_manager() {
  auto manager = platform::ServiceManager::find({.notify_socket = environment("NOTIFY_SOCKET"),
                                                 .watchdog_usec = environment("WATCHDOG_USEC"),
                                                 .watchdog_pid = environment("WATCHDOG_PID")});
  if (manager) return std::move(*manager);
  write_log(nullptr, manager.error().message());
  return {};
}

void tell(const Result<void>& told) {
  if (!told) write_log(nullptr, told.error().message());
}

// What goes on around a broker: who may end it, who wants to know how it is, and what it reads again.
class Daemon {
 public:
  Daemon(Wishes wishes, broker::DaemonSignals signals)
      : wishes_(std::move(wishes)),
        signals_(std::move(signals)),
        manager_(find_service_manager()) {}

  // With a claim to the role while it waits, so that who only fills in makes way. Empty: the daemon shall
  // end before it had it.
  Result<std::optional<broker::Broker>> take_role(broker::BrokerOptions options,
                                                  const std::string& lock) {
    if (!wishes_.configuration.file.empty()) {
      options.reader = {.read = [](void* self) { return static_cast<Daemon*>(self)->read_again(); },
                        .context = this};
    }
    for (int tries = 0;; ++tries) {
      std::optional<broker::RoleClaim> claim;
      if (wishes_.wait) {
        auto staked = broker::RoleClaim::stake(lock);
        if (!staked) return Failure(staked.error());
        claim = std::move(*staked);
      }
      auto served = broker::Broker::create(options);
      if (served) return std::optional(std::move(*served));
      const Error& error = served.error();
      if (!wishes_.wait || error.code() != Errc::RoleTaken) return Failure(error);
      if (tries == 0) say_waiting(error);
      if (tries % kTriesBetweenSigns == 0) tell(manager_.starting(kPatienceAskedFor));
      if (!signals_.sleep_until(platform::deadline_after(kBetweenTries))) return std::nullopt;
    }
  }

  Result<void> serve(broker::Broker& served) {
    if (has_waited_) tell(manager_.status("serving"));
    tell(manager_.ready());
    signals_.pass_to(served);
    auto ended = go_round(served);
    signals_.stop_passing();
    return ended;
  }

 private:
  // Until the broker is told to stop. The signs of life come from here, not from a thread that has
  // nothing else to do: a broker that is stuck gives none.
  Result<void> go_round(broker::Broker& served) {
    for (;;) {
      const auto going = served.poll_once(manager_.next_sign());
      if (!going) return Failure(going.error());
      manager_.give_sign(platform::monotonic_now());
      if (std::exchange(reloading_, false)) tell(manager_.ready());
      if (*going) continue;
      tell(manager_.stopping());
      return served.leave();
    }
  }

  broker::Reread read_again() {
    reloading_ = true;
    tell(manager_.reloading());
    return wishes_.configuration.read();
  }

  void say_waiting(const Error& taken) {
    has_waited_ = true;
    write_lines("waiting for the role: " + std::string(taken.message()));
    tell(manager_.status("waiting for the role of broker"));
  }

  Wishes wishes_;
  broker::DaemonSignals signals_;
  platform::ServiceManager manager_;
  bool has_waited_ = false;
  bool reloading_ = false;
};

// Its own size, which an adopted pool keeps whatever the configuration says.
Result<std::uint64_t> pool_bytes(const std::string& path) {
  const auto file = platform::open_file(path, platform::FileAccess::ReadOnly);
  if (!file) return Failure(file.error());
  return platform::file_size(*file, path);
}

Result<void> announce(const broker::Broker& served, const std::string& domain,
                      const pool::DomainPaths& paths) {
  const auto bytes = pool_bytes(paths.pool);
  if (!bytes) return Failure(bytes.error());
  std::printf("domain %s\nruntime directory %s\npool %" PRIu64 " bytes, %s\n", domain.c_str(),
              paths.directory.c_str(), *bytes, describe(served.pool_origin()));
  std::printf("tarn-broker ready at %s\n", served.socket_path().c_str());
  std::fflush(stdout);
  return {};
}

ExitCode serve_domain(const Wishes& wishes) {
  // First of all, so that every thread inherits it and no signal comes too early.
  auto signals = broker::DaemonSignals::create();
  if (!signals) return fail(signals.error());
  auto read = wishes.configuration.read();
  if (!read.options) {
    write_lines(read.findings);
    return ExitCode::Usage;
  }
  broker::BrokerOptions& options = *read.options;
  const auto paths = pool::create_domain_directory(pool::directory_environment(), options.domain);
  if (!paths) return fail(paths.error());
  options.runtime_directory = paths->directory;
  options.log.write = write_log;
  Daemon daemon(wishes, std::move(*signals));
  auto served = daemon.take_role(options, paths->lock);
  if (!served) return fail(served.error());
  if (!*served) return ExitCode::Ok;
  tell(announce(**served, options.domain, *paths));
  const auto ended = daemon.serve(**served);
  return ended ? ExitCode::Ok : fail(ended.error());
}

ExitCode run(int argc, char** argv) {
  CLI::App app("The broker of a tarn domain: owns its pool, introduces processes to each other.");
  app.name("tarn broker");
  std::string file = environment("TARN_CONFIG");
  std::string domain;
  bool wait = false;
  // A variable of a shell that is not set must not pass for the defaults.
  const auto check_name = [](const std::string& name) {
    return name.empty() ? std::string("found ''; allowed: a name") : std::string();
  };
  app.add_option("-c,--config", file, "Configuration file; else $TARN_CONFIG, else the defaults")
      ->check(check_name);
  app.add_option("-d,--domain", domain, "Domain to serve, instead of the configuration's");
  app.add_flag("-w,--wait", wait,
               "Wait while another is the broker; one inside a program makes way");
  app.set_version_flag("--version", "tarn-broker " TARN_VERSION);
  app.footer("Examples:\n  tarn broker\n  tarn broker -c tarn.yaml");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Usage;
  }
  return serve_domain(
      {.configuration = {.file = std::move(file), .domain = std::move(domain)}, .wait = wait});
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    write_log(nullptr, error.what());
    return static_cast<int>(ExitCode::Failed);
  }
}
