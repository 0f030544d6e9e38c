#include "tests/support/program_run.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

// With the emulator in front, which ctest names where there is one.
std::vector<std::string> with_emulator(const std::vector<std::string>& command) {
  const char* emulator = ::getenv("TARN_EMULATOR");
  std::istringstream words(emulator == nullptr ? "" : emulator);
  std::vector<std::string> whole{std::istream_iterator<std::string>(words), {}};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

void redirect(int fd, const std::string& path, Parent& parent) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  parent.check(file >= 0 && ::dup2(file, fd) == fd, "the child writes to " + path);
}

ChildProcess start(const std::vector<std::string>& command,
                   const ProgramRun::Environment& environment, const TemporaryDirectory& home) {
  std::vector<std::string> words = with_emulator(command);
  return ChildProcess::start([&](Parent& parent) {
    redirect(STDOUT_FILENO, home.file("output"), parent);
    redirect(STDERR_FILENO, home.file("errors"), parent);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    parent.check(false, "the child becomes " + words.front());
  });
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

ProgramRun::ProgramRun(const std::vector<std::string>& command, const Environment& environment)
    : child_(start(command, environment, directory_)) {}

std::string ProgramRun::output() const { return content_of(directory_.file("output")); }
std::string ProgramRun::errors() const { return content_of(directory_.file("errors")); }

bool ProgramRun::says(const std::string& text) const {
  return wait_until([&] { return output().find(text) != std::string::npos; });
}

}  // namespace tarn::test
