// What all processes of the sensor demo have in common: their command line, how they end, how errors
// become messages and exit codes, and how to keep a rate. Knows nothing of topics.
//
// A Program is made by run_program() on the main thread; running() and stop() may be called from any
// thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sensors {

struct ProgramDescription {
  const char* name;
  const char* purpose;    // for --help
  const char* arguments;  // for --help: what comes after the options; "" when nothing may
};

class Program {
 public:
  [[nodiscard]] const std::string& name() const { return name_; }
  // What was on the command line besides options.
  [[nodiscard]] const std::vector<std::string>& arguments() const { return arguments_; }
  // Whether --progress was given: reports on the way, not just at the end.
  [[nodiscard]] bool shows_progress() const { return shows_progress_; }

  // What --seconds says.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> duration() const { return duration_; }

  // True once SIGTERM, SIGINT or SIGHUP came or stop() was called.
  [[nodiscard]] bool asked_to_end() const;
  // False once it was asked to end, or --seconds have passed since the program started.
  [[nodiscard]] bool running() const;
  void stop() {
    // relaxed: the flag says nothing about other memory.
    stopped_.store(true, std::memory_order_relaxed);
  }

  // Runs each function on a thread of its own, and returns when all have. When one throws, stops the
  // program and, after all have ended, throws the same.
  void run_together(const std::vector<std::function<void()>>& functions);

 private:
  friend int run_program(int argc, char** argv, const ProgramDescription& description,
                         const std::function<void(Program&)>& body);
  explicit Program(std::string name) : name_(std::move(name)) {}
  // False for a command line that does not hold.
  bool parse(const std::vector<std::string>& words, bool takes_arguments);

  std::string name_;
  std::vector<std::string> arguments_;
  bool shows_progress_ = false;
  std::optional<std::chrono::nanoseconds> duration_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<bool> stopped_ = false;
};

// The whole of main(). Returns the exit code: 0, 1 for an error, 2 for a wrong command line, 4 when
// there is no broker.
int run_program(int argc, char** argv, const ProgramDescription& description,
                const std::function<void(Program&)>& body);

// Ticks at a fixed rate that does not drift. A tick that comes late is followed by the next one all
// the sooner; after a pause of more than a quarter of a second the missed ones are left out.
class Pacer {
 public:
  explicit Pacer(std::chrono::nanoseconds period) : period_(period) {}
  void wait();

 private:
  std::chrono::nanoseconds period_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

}  // namespace sensors
