// tarn-broker: the daemon of a domain. Reads the configuration, takes the role, says what it owns on
// stdout and one line that it is ready, serves until SIGTERM or SIGINT, reads the configuration again at
// SIGHUP. stderr is its log. A service manager that started it hears how it is.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "middleware/broker/broker.hpp"
#include "middleware/host/options_from_config.hpp"
#include "middleware/pool/domain_directory.hpp"
#include "platform/poller.hpp"
#include "platform/service_manager.hpp"
#include "platform/shared_file.hpp"
#include "platform/signal_descriptor.hpp"
#include "platform/thread_name.hpp"
#include "platform/wakeup.hpp"

namespace {

using tarn::Errc;
using tarn::Error;
using tarn::Failure;
using tarn::Result;
namespace broker = tarn::broker;
namespace platform = tarn::platform;
namespace pool = tarn::pool;

constexpr std::uint64_t kSignalToken = 0;
constexpr std::uint64_t kQuitToken = 1;

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

// What the broker's thread does besides serving: reads the configuration again, and tells the service
// manager of that, and that the thread goes round.
class Service {
 public:
  Service(Configuration configuration, platform::ServiceManager manager)
      : configuration_(std::move(configuration)), manager_(std::move(manager)) {}

  [[nodiscard]] platform::ServiceManager& manager() { return manager_; }
  [[nodiscard]] const Configuration& configuration() const { return configuration_; }

  // Outlives the broker that gets it.
  [[nodiscard]] broker::ConfigurationReader reader() {
    if (configuration_.file.empty()) return {};
    return {.read = [](void* self) { return static_cast<Service*>(self)->read_again(); },
            .context = this};
  }

  // Until the broker is told to stop. The signs of life come from here, not from a thread that has
  // nothing else to do: a broker that is stuck gives none.
  Result<void> serve(broker::Broker& served) {
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

  static void tell(const Result<void>& told) {
    if (!told) write_log(nullptr, told.error().message());
  }

 private:
  broker::Reread read_again() {
    reloading_ = true;
    tell(manager_.reloading());
    return configuration_.read();
  }

  Configuration configuration_;
  platform::ServiceManager manager_;
  bool reloading_ = false;
};

// Its own size, which an adopted pool keeps whatever the configuration says.
Result<std::uint64_t> pool_bytes(const std::string& path) {
  const auto file = platform::open_file(path, platform::FileAccess::ReadOnly);
  if (!file) return Failure(file.error());
  return platform::file_size(*file, path);
}

// Stops the broker at the first signal that is to end it; SIGHUP makes it reload. A thread, because the
// broker waits for fds of its own; it sleeps from the start of the program to its end.
class SignalWatch {
 public:
  SignalWatch(platform::SignalDescriptor signals, platform::Wakeup quit, platform::Poller poller,
              broker::Broker& served)
      : signals_(std::move(signals)),
        quit_(std::move(quit)),
        poller_(std::move(poller)),
        thread_([this, &served] { watch(served); }) {}
  ~SignalWatch() {
    quit_.signal();
    thread_.join();
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void watch(broker::Broker& served) {
    platform::set_thread_name("tarn-signals");
    std::array<platform::PollEvent, 1> event;
    // Whatever else woke it, another signal, the broker's end, or an error: the broker is to stop.
    while (poller_.wait(event, platform::kForever) && event[0].token == kSignalToken) {
      const auto signal = signals_.read();
      if (!signal || (*signal && **signal != SIGHUP)) break;
      if (*signal) served.ask_reload();
    }
    served.stop();
  }

  platform::SignalDescriptor signals_;
  platform::Wakeup quit_;
  platform::Poller poller_;
  std::thread thread_;
};

Result<void> serve(broker::Broker& served, Service& service, platform::SignalDescriptor signals) {
  auto quit = platform::Wakeup::create();
  if (!quit) return Failure(quit.error());
  auto poller = platform::Poller::create();
  if (!poller) return Failure(poller.error());
  const auto watch_signals = poller->add(signals.get(), platform::Interest::Readable, kSignalToken);
  if (!watch_signals) return watch_signals;
  const auto watch_quit = poller->add(quit->get(), platform::Interest::Readable, kQuitToken);
  if (!watch_quit) return watch_quit;
  const SignalWatch watch(std::move(signals), std::move(*quit), std::move(*poller), served);
  return service.serve(served);
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

platform::ServiceManager find_service_manager() {
  auto manager = platform::ServiceManager::find({.notify_socket = environment("NOTIFY_SOCKET"),
                                                 .watchdog_usec = environment("WATCHDOG_USEC"),
                                                 .watchdog_pid = environment("WATCHDOG_PID")});
  if (manager) return std::move(*manager);
  write_log(nullptr, manager.error().message());
  return {};
}

ExitCode serve_domain(Configuration configuration) {
  // First of all, so that every thread inherits it and no signal comes too early.
  constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};
  auto signals = platform::SignalDescriptor::create(kSignals);
  if (!signals) return fail(signals.error());
  auto read = configuration.read();
  if (!read.options) {
    write_lines(read.findings);
    return ExitCode::Usage;
  }
  broker::BrokerOptions& options = *read.options;
  const auto paths = pool::create_domain_directory(pool::directory_environment(), options.domain);
  if (!paths) return fail(paths.error());
  Service service(std::move(configuration), find_service_manager());
  options.runtime_directory = paths->directory;
  options.log.write = write_log;
  options.reader = service.reader();
  auto served = broker::Broker::create(options);
  if (!served) return fail(served.error());
  Service::tell(announce(*served, options.domain, *paths));
  Service::tell(service.manager().ready());
  const auto ended = serve(*served, service, std::move(*signals));
  if (!ended) return fail(ended.error());
  return ExitCode::Ok;
}

ExitCode run(int argc, char** argv) {
  CLI::App app("The broker of a tarn domain: owns its pool, introduces processes to each other.");
  app.name("tarn broker");
  std::string file = environment("TARN_CONFIG");
  std::string domain;
  // A variable of a shell that is not set must not pass for the defaults.
  const auto check_name = [](const std::string& name) {
    return name.empty() ? std::string("found ''; allowed: a name") : std::string();
  };
  app.add_option("-c,--config", file, "Configuration file; else $TARN_CONFIG, else the defaults")
      ->check(check_name);
  app.add_option("-d,--domain", domain, "Domain to serve, instead of the configuration's");
  app.set_version_flag("--version", "tarn-broker " TARN_VERSION);
  app.footer("Examples:\n  tarn broker\n  tarn broker -c tarn.yaml");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Usage;
  }
  return serve_domain({.file = std::move(file), .domain = std::move(domain)});
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
