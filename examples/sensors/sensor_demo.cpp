// Runs the sensor demo: starts the four processes, the first of which is their broker, too, shows for
// five seconds how fast messages flow, and ends with a table. Exit code 0 only if every message published arrived whole at
// every subscriber and every process ended well. The domain is its own: a private directory under
// /dev/shm, of which nothing remains.
//
//   sensor_demo [--seconds N] [CONFIGURATION]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <tarn/observer.hpp>
#include <tarn/result.hpp>

#include "examples/sensors/child_processes.hpp"
#include "examples/sensors/demo_numbers.hpp"
#include "examples/sensors/live_display.hpp"
#include "examples/sensors/messages.hpp"
#include "examples/sensors/program.hpp"
#include "examples/sensors/report.hpp"

namespace sensors {

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kDefaultDuration{5};
// Generous, for slow and busy machines; a process that needs longer has a problem.
constexpr std::chrono::seconds kPatience{20};

// The runtime directory of the demo's domain; goes with all that is in it.
class PrivateDirectory {
 public:
  PrivateDirectory() {
    if (::mkdtemp(path_.data()) == nullptr) {
      throw std::system_error(
          errno, std::generic_category(),
          "cannot make a directory under /dev/shm, where the pool needs a tmpfs");
    }
  }
  ~PrivateDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/dev/shm/tarn-demo-XXXXXX";
};

class Demo {
 public:
  explicit Demo(const Program& program) : program_(program) {}

  // False when something was lost, wrong, or ended badly; it has been said.
  bool run() {
    std::printf("sensor demo in %s\n", directory_.path().c_str());
    start_all();
    show_rates();
    look_at_pool();
    end_all();
    report();
    return problems_.empty();
  }

 private:
  struct Process {
    std::size_t child = 0;
    bool ready = false;
    bool may_end = false;  // it was asked to
  };

  // Subscribers come before the publishers they listen to, so that nobody misses the first message.
  void start_all() {
    start_process("logger", {kImuTopic, kCameraTopic, kAttitudeTopic});
    start_process("fusion", {});
    start_process("imu_driver", {});
    start_process("camera_driver", {});
  }

  void start_process(const std::string& name, const std::vector<std::string>& arguments) {
    std::vector<std::string> words{(own_directory() / name).string(), "--progress"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    start(name, words);
  }

  // Returns once it is ready; after a problem starts nothing any more.
  void start(const std::string& name, const std::vector<std::string>& words) {
    if (!problems_.empty() || program_.asked_to_end()) return;
    const std::size_t child =
        children_.start({.name = name,
                         .words = words,
                         .environment = {"TARN_RUNTIME_DIR=" + directory_.path(),
                                         "TARN_CONFIG=" + configuration()}});
    processes_.push_back({.child = child});
    const bool ready = wait_for([&] { return processes_[child].ready; }, kPatience);
    if (!ready && problems_.empty() && !program_.asked_to_end()) {
      problems_.push_back(name + " does not become ready");
    }
  }

  void show_rates() {
    LiveDisplay display;
    const auto start = Clock::now();
    const auto duration = program_.duration().value_or(kDefaultDuration);
    for (auto next = start + display.interval(); problems_.empty() && !program_.asked_to_end();) {
      wait_for([] { return false; }, std::min(next, start + duration) - Clock::now());
      if (Clock::now() >= next) {
        display.show(Clock::now() - start, numbers_);
        next += display.interval();
      }
      if (Clock::now() >= start + duration) break;
    }
  }

  // While everybody has what they need.
  void look_at_pool() {
    if (!problems_.empty()) return;
    const auto observer = tarn::Observer::open(
        {.runtime_directory = directory_.path() + "/default", .timeout = kPatience});
    const auto pool = observer ? observer->pool() : tarn::Failure(observer.error());
    if (pool) {
      pool_ = *pool;
    } else {
      problems_.emplace_back(pool.error().message());
    }
  }

  // Publishers end before their subscribers, so that these can take all that was published.
  void end_all() {
    for (const char* name : {"imu_driver", "camera_driver", "fusion", "logger"}) {
      for (Process& process : processes_) {
        if (children_.name(process.child) == name) end(process);
      }
    }
  }

  void end(Process& process) {
    const auto has_ended = [&] { return children_.has_ended(process.child); };
    if (has_ended()) return;  // early, and that has been noted
    process.may_end = true;
    children_.ask_to_end(process.child);
    wait_for_end(has_ended, kPatience);
    if (!has_ended()) {
      problems_.push_back(describe(process) + " does not end; killed");
      children_.kill(process.child);
      wait_for_end(has_ended, kPatience);
    } else if (!children_.ended_well(process.child)) {
      note_bad_end(process, "ended badly: ");
    }
  }

  // Both hear the children meanwhile. The first gives up when there is a problem or the demo is to
  // end; the second does not.
  bool wait_for(const std::function<bool()>& condition, std::chrono::nanoseconds limit) {
    const auto deadline = Clock::now() + limit;
    while (!condition()) {
      if (Clock::now() >= deadline || !problems_.empty() || program_.asked_to_end()) return false;
      hear(deadline);
    }
    return true;
  }
  void wait_for_end(const std::function<bool()>& condition, std::chrono::nanoseconds limit) {
    const auto deadline = Clock::now() + limit;
    while (!condition() && Clock::now() < deadline) hear(deadline);
  }

  void hear(Clock::time_point deadline) {
    // Short, because a signal that comes just before the wait does not end it.
    const auto soon = Clock::now() + std::chrono::milliseconds(100);
    const auto event = children_.next_event(std::min(deadline, soon));
    if (!event) return;
    Process& process = processes_[event->child];
    if (event->line) {
      hear_line(process, *event->line);
    } else if (!process.may_end) {
      note_bad_end(process, "ended early: ");
    }
  }

  void hear_line(Process& process, const std::string& line) {
    if (const auto report = parse_report(line)) {
      if (report->kind == ReportKind::Ready) process.ready = true;
      if (report->kind == ReportKind::Result) results_.push_back(*report);
      numbers_.add(*report);
      return;
    }
    constexpr std::size_t kRemembered = 20;
    other_lines_.push_back(children_.name(process.child) + ": " + line);
    if (other_lines_.size() > kRemembered) other_lines_.pop_front();
  }

  void note_bad_end(const Process& process, const char* how) {
    problems_.push_back(describe(process) + " " + how + children_.how_it_ended(process.child));
  }

  [[nodiscard]] std::string describe(const Process& process) const {
    return children_.name(process.child) + " (pid " + std::to_string(children_.pid(process.child)) +
           ")";
  }

  void report() {
    std::printf("\n");
    for (const std::string& line : numbers_.table()) std::printf("%s\n", line.c_str());
    constexpr double kMiB = 1024.0 * 1024.0;
    std::printf("pool: %.1f of %.1f MiB used\n", static_cast<double>(pool_.used_bytes) / kMiB,
                static_cast<double>(pool_.size_bytes) / kMiB);
    for (const Report& result : results_) {
      std::printf("estimated tilt is off by %s degrees (rms), at most %s\n",
                  result.text("tilt_error_rms_deg").c_str(),
                  result.text("tilt_error_max_deg").c_str());
    }
    const auto wrong_numbers = numbers_.problems();
    problems_.insert(problems_.end(), wrong_numbers.begin(), wrong_numbers.end());
    if (problems_.empty()) {
      std::printf("every message arrived whole at every subscriber\n");
      return;
    }
    std::fflush(stdout);
    for (const std::string& line : other_lines_) std::fprintf(stderr, "%s\n", line.c_str());
    for (const std::string& problem : problems_) {
      std::fprintf(stderr, "sensor_demo: %s\n", problem.c_str());
    }
  }

  static fs::path own_directory() { return fs::read_symlink("/proc/self/exe").parent_path(); }

  // Whoever is the broker reads it.
  [[nodiscard]] std::string configuration() const {
    const auto& paths = program_.arguments();
    return paths.empty() ? (own_directory() / "tarn.yaml").string() : paths[0];
  }

  const Program& program_;
  PrivateDirectory directory_;
  ChildProcesses children_;         // ends before the directory goes
  std::vector<Process> processes_;  // by child number
  DemoNumbers numbers_{{{kImuTopic, "imu_driver", {"fusion", "logger"}},
                        {kCameraTopic, "camera_driver", {"fusion", "logger"}},
                        {kAttitudeTopic, "fusion", {"logger"}}}};
  tarn::PoolStatus pool_;
  std::vector<Report> results_;
  std::deque<std::string> other_lines_;  // what the processes said besides reports
  std::vector<std::string> problems_;
};

}  // namespace

}  // namespace sensors

int main(int argc, char** argv) {
  bool good = false;
  const int code =
      sensors::run_program(argc, argv,
                           {.name = "sensor_demo",
                            .purpose = "runs the sensor demo: two drivers, fusion and a logger",
                            .arguments = "[CONFIGURATION]"},
                           [&](sensors::Program& program) { good = sensors::Demo(program).run(); });
  return code == 0 && !good ? 1 : code;
}
