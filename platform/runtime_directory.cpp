#include "platform/runtime_directory.hpp"

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "platform/directory_stream.hpp"
#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

constexpr std::uint32_t kTmpfsMagic = 0x01021994;  // statfs(2)
constexpr std::uint32_t kPermissionBits = 07777;

// What stands in the way of a runtime directory, for a program to act on.
Errc directory_code(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return Errc::InvalidRuntime;
    default:
      return code_of(error);
  }
}

Failure directory_failure(int error, const char* what, const std::string& path) {
  return Failure(Error::make(directory_code(error), error, "cannot %s %s", what, path.c_str()));
}

PathKind kind_of(mode_t mode) noexcept {
  if (S_ISDIR(mode)) return PathKind::Directory;
  if (S_ISREG(mode)) return PathKind::RegularFile;
  if (S_ISSOCK(mode)) return PathKind::Socket;
  if (S_ISLNK(mode)) return PathKind::SymbolicLink;
  return PathKind::Other;
}

std::uint64_t available(const struct statfs& status) noexcept {
  // A tmpfs without a limit of its own counts no blocks at all.
  if (status.f_blocks == 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(status.f_bavail) * static_cast<std::uint64_t>(status.f_bsize);
}

Result<struct statfs> file_system_of(const std::string& path) {
  struct statfs status {};
  if (retry_interrupted([&] { return ::statfs(path.c_str(), &status); }) != 0) {
    return directory_failure(errno, "look at the file system of", path);
  }
  return status;
}

Result<struct statfs> file_system_of(const FileDescriptor& file, const std::string& path) {
  struct statfs status {};
  if (retry_interrupted([&] { return ::fstatfs(file.get(), &status); }) != 0) {
    return directory_failure(errno, "look at the file system of", path);
  }
  return status;
}

}  // namespace

Result<PathFacts> path_facts(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return PathFacts{};
    return directory_failure(errno, "look at", path);
  }
  return PathFacts{.kind = kind_of(status.st_mode),
                   .uid = static_cast<std::uint32_t>(status.st_uid),
                   .gid = static_cast<std::uint32_t>(status.st_gid),
                   .mode = static_cast<std::uint32_t>(status.st_mode) & kPermissionBits};
}

Result<bool> is_tmpfs(const std::string& path) {
  const auto status = file_system_of(path);
  if (!status) return Failure(status.error());
  return static_cast<std::uint32_t>(status->f_type) == kTmpfsMagic;
}

Result<bool> is_tmpfs(const FileDescriptor& file, const std::string& path) {
  const auto status = file_system_of(file, path);
  if (!status) return Failure(status.error());
  return static_cast<std::uint32_t>(status->f_type) == kTmpfsMagic;
}

Result<std::uint64_t> available_bytes(const std::string& path) {
  const auto status = file_system_of(path);
  if (!status) return Failure(status.error());
  return available(*status);
}

Result<std::uint64_t> available_bytes(const FileDescriptor& file, const std::string& path) {
  const auto status = file_system_of(file, path);
  if (!status) return Failure(status.error());
  return available(*status);
}

// Until the last line nobody but its owner can enter a new one.
Result<void> open_to_group(const std::string& path, std::uint32_t mode,
                           std::optional<std::uint32_t> gid) {
  const auto kKeepOwner = static_cast<uid_t>(-1);
  if (gid && ::lchown(path.c_str(), kKeepOwner, static_cast<gid_t>(*gid)) != 0) {
    const int error = errno;
    return Failure(Error::make(directory_code(error), error, "cannot give %s to the group %u",
                               path.c_str(), static_cast<unsigned>(*gid)));
  }
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) {
    return directory_failure(errno, "set the mode of", path);
  }
  return {};
}

Result<bool> make_directory(const std::string& path, std::uint32_t mode,
                            std::optional<std::uint32_t> gid) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    if (auto opened = open_to_group(path, mode, gid); !opened) {
      ::rmdir(path.c_str());
      return Failure(opened.error());
    }
    return true;
  }
  const int error = errno;
  if (error != EEXIST) return directory_failure(error, "make the directory", path);
  const auto facts = path_facts(path);
  if (!facts) return Failure(facts.error());
  if (facts->is_directory()) return false;
  return Failure(Error::make(Errc::InvalidRuntime, error,
                             "cannot make the directory %s: something else has that name; move it "
                             "away",
                             path.c_str()));
}

Result<std::vector<std::string>> directory_entries(const std::string& path) {
  const DirectoryStream directory(::opendir(path.c_str()));
  if (!directory) return directory_failure(errno, "look into the directory", path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* const entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return directory_failure(errno, "look into the directory", path);
  return names;
}

Result<bool> remove_directory(const std::string& path) {
  if (::rmdir(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return directory_failure(errno, "remove the directory", path);
}

std::uint32_t effective_uid() noexcept { return static_cast<std::uint32_t>(::geteuid()); }

}  // namespace tarn::platform
