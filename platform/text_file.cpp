#include "platform/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "platform/file_descriptor.hpp"
#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

constexpr std::size_t kStepBytes = std::size_t{64} << 10;

const char* name_of_kind(mode_t mode) noexcept {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "something else";
}

Failure cannot_read(int error, const std::string& path) {
  return Failure(Error::make(code_of(error), error, "cannot read '%s'", path.c_str()));
}

Result<void> check_regular(const FileDescriptor& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return cannot_read(errno, path);
  if (S_ISREG(status.st_mode)) return {};
  return Failure(Error::make(Errc::InvalidArgument, 0, "'%s': found %s; allowed is a regular file",
                             path.c_str(), name_of_kind(status.st_mode)));
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t most_bytes) {
  // O_NONBLOCK: the opening of a FIFO waits for a writer. Regular files ignore it.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const FileDescriptor file(retry_interrupted([&] { return ::open(path.c_str(), kFlags); }));
  if (!file) return cannot_read(errno, path);
  if (auto regular = check_regular(file, path); !regular) return Failure(regular.error());
  std::string text;
  // Not by the size in its status: files of /proc have none, and others grow.
  for (;;) {
    const std::size_t before = text.size();
    text.resize(std::min(before + kStepBytes, most_bytes + 1));
    const auto bytes = retry_interrupted(
        [&] { return ::read(file.get(), text.data() + before, text.size() - before); });
    if (bytes < 0) return cannot_read(errno, path);
    text.resize(before + static_cast<std::size_t>(bytes));
    if (bytes == 0) return text;
    if (text.size() > most_bytes) break;
  }
  return Failure(Error::make(Errc::TooLarge, 0, "'%s': found more than the allowed %zu bytes",
                             path.c_str(), most_bytes));
}

}  // namespace tarn::platform
