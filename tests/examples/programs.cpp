#include "tests/examples/programs.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

namespace fs = std::filesystem;

bool holds(const std::string& line, const std::string& text) {
  return line.find(text) != std::string::npos;
}

}  // namespace

std::string program_path(const std::string& name) {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  return (here / "../../examples" / name).lexically_normal().string();
}

Programs::Programs(std::string configuration)
    : configuration_(configuration.empty() ? EXAMPLES_CONFIGURATION : std::move(configuration)) {}

std::size_t Programs::start(const std::string& name, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{program_path(name)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  lines_.emplace_back();
  return children_.start(
      {.name = name,
       .words = words,
       .environment = {"TARN_RUNTIME_DIR=" + directory_.path(), "TARN_CONFIG=" + configuration_}});
}

std::string Programs::wait_for_line(std::size_t child, const std::string& text) {
  const auto found = [&] {
    return std::find_if(lines_[child].begin(), lines_[child].end(),
                        [&](const auto& line) { return holds(line, text); });
  };
  hear_until([&] { return found() != lines_[child].end() || children_.has_ended(child); },
             "'" + text + "' from " + children_.name(child));
  if (found() == lines_[child].end()) {
    throw std::runtime_error(children_.name(child) + " ended, " + children_.how_it_ended(child) +
                             ", without '" + text + "': " + output(child));
  }
  return *found();
}

bool Programs::ends_well(std::size_t child) {
  (void)how_it_ends(child);
  return children_.ended_well(child);
}

std::string Programs::how_it_ends(std::size_t child) {
  hear_until([&] { return children_.has_ended(child); }, "the end of " + children_.name(child));
  return children_.how_it_ended(child);
}

std::string Programs::output(std::size_t child) const {
  std::string text;
  for (const std::string& line : lines_[child]) text += "\n  " + line;
  return text;
}

void Programs::hear_until(const std::function<bool()>& condition, const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + 2 * kWatchdog;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) {
      std::string printed;
      for (std::size_t child = 0; child < lines_.size(); ++child) {
        printed += "\n" + children_.name(child) + ":" + output(child);
      }
      throw std::runtime_error("waited in vain for " + what + printed);
    }
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    const auto event = children_.next_event(soon);
    if (event && event->line) lines_[event->child].push_back(*event->line);
  }
}

}  // namespace tarn::test
