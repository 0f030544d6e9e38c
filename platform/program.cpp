#include "platform/program.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

// The directory of this program's file, or "" where /proc does not tell.
std::string own_directory() {
  std::string path(4096, '\0');
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return {};
  path.resize(static_cast<std::size_t>(length));
  return path.substr(0, path.rfind('/'));
}

bool may_execute(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

// An empty answer: not there either. An empty part of PATH is the working directory, by tradition.
std::string find_in_path(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  for (;;) {
    const std::size_t colon = rest.find(':');
    const std::string directory(rest.substr(0, colon));
    std::string path = (directory.empty() ? "." : directory) + "/" + name;
    if (may_execute(path)) return path;
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace

Error become_program(const std::string& name, std::span<const std::string> arguments) {
  const std::string beside = own_directory() + "/" + name;
  const std::string path = may_execute(beside) ? beside : find_in_path(name);
  if (path.empty()) {
    return Error::make(Errc::InvalidArgument, 0,
                       "there is no program %s beside this one (%s) or in PATH: install it",
                       name.c_str(), beside.c_str());
  }
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(name.c_str()));  // execv takes them so and changes nothing
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(path.c_str(), argv.data());
  const int error = errno;
  return Error::make(code_of(error), error, "cannot run %s", path.c_str());
}

}  // namespace tarn::platform
