#include "examples/sensors/program.hpp"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <future>
#include <thread>

#include <tarn/error.hpp>
#include <tarn/result.hpp>

namespace sensors {

namespace {

// The one thing a signal handler may touch; lock-free, and read by every thread.
std::atomic<bool> g_asked_to_end{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// relaxed: as in asked_to_end().
void ask_to_end(int /*signal*/) { g_asked_to_end.store(true, std::memory_order_relaxed); }

constexpr int kExitError = 1;
constexpr int kExitUsage = 2;
constexpr int kExitNoBroker = 4;

void print_usage(const ProgramDescription& description, std::FILE* to) {
  std::fprintf(to,
               "usage: %s [--seconds N] [--progress]%s%s\n%s\n"
               "  --seconds N  ends by itself after N seconds; else SIGTERM or Ctrl-C ends it\n"
               "  --progress   reports several times a second, not just at the end\n",
               description.name, *description.arguments != '\0' ? " " : "", description.arguments,
               description.purpose);
}

}  // namespace

bool Program::asked_to_end() const {
  // relaxed: the flags say nothing about other memory.
  return g_asked_to_end.load(std::memory_order_relaxed) || stopped_.load(std::memory_order_relaxed);
}

bool Program::running() const {
  const bool time_is_up = duration_ && std::chrono::steady_clock::now() - start_ >= *duration_;
  return !asked_to_end() && !time_is_up;
}

bool Program::parse(const std::vector<std::string>& words, bool takes_arguments) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--progress") {
      shows_progress_ = true;
    } else if (word == "--seconds" && i + 1 < words.size()) {
      const std::string& number = words[++i];
      const char* end = number.data() + number.size();
      double seconds = 0;
      const auto parsed = std::from_chars(number.data(), end, seconds);
      if (parsed.ec != std::errc{} || parsed.ptr != end || seconds <= 0 || seconds > 1e6) {
        return false;
      }
      duration_ = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * seconds));
    } else if (word.starts_with("-") || !takes_arguments) {
      return false;
    } else {
      arguments_.push_back(word);
    }
  }
  return true;
}

void Program::run_together(const std::vector<std::function<void()>>& functions) {
  std::vector<std::future<void>> running;
  running.reserve(functions.size());
  for (const auto& function : functions) {
    running.push_back(std::async(std::launch::async, [this, &function] {
      try {
        function();
      } catch (...) {
        stop();  // or the others would go on without this one
        throw;
      }
    }));
  }
  for (const auto& one : running) one.wait();
  for (auto& one : running) one.get();
}

int run_program(int argc, char** argv, const ProgramDescription& description,
                const std::function<void(Program&)>& body) {
  Program program(description.name);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words == std::vector<std::string>{"--help"}) {
    print_usage(description, stdout);
    return 0;
  }
  if (!program.parse(words, *description.arguments != '\0')) {
    print_usage(description, stderr);
    return kExitUsage;
  }
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, ask_to_end);
  std::signal(SIGPIPE, SIG_IGN);  // nobody reads our reports any more; that is no reason to die
  try {
    body(program);
    return 0;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::fprintf(stderr, "%s: %s\n", description.name, failure.error().message());
    return failure.error().code() == tarn::Errc::NoBroker ? kExitNoBroker : kExitError;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", description.name, failure.what());
    return kExitError;
  }
}

void Pacer::wait() {
  constexpr std::chrono::milliseconds kLongestDelay{250};
  next_ += period_;
  const auto now = std::chrono::steady_clock::now();
  if (now > next_ + kLongestDelay) next_ = now;
  std::this_thread::sleep_until(next_);
}

}  // namespace sensors
