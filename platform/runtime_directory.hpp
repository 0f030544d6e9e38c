// Facts about directories, and the making of one: is it on tmpfs, how much room is there, whose is
// it. Which directory is the right one and what its owner should be is decided elsewhere; so are
// environment variables. Free functions without state; any thread. Every error names the path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

enum class PathKind { Missing, Directory, RegularFile, Socket, SymbolicLink, Other };

struct PathFacts {
  PathKind kind = PathKind::Missing;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;  // permission bits only, 07777

  [[nodiscard]] bool exists() const noexcept { return kind != PathKind::Missing; }
  [[nodiscard]] bool is_directory() const noexcept { return kind == PathKind::Directory; }
};

// What a path names; a symbolic link is reported, not followed. A missing path is an answer, a
// directory on the way that may not be searched is an error (NotPermitted).
[[nodiscard]] Result<PathFacts> path_facts(const std::string& path);

// Whether the file system under an existing path is a tmpfs.
[[nodiscard]] Result<bool> is_tmpfs(const std::string& path);
[[nodiscard]] Result<bool> is_tmpfs(const FileDescriptor& file, const std::string& path);

// Bytes that an unprivileged process can still allocate on the file system under `path`;
// UINT64_MAX where the file system has no limit of its own.
[[nodiscard]] Result<std::uint64_t> available_bytes(const std::string& path);
[[nodiscard]] Result<std::uint64_t> available_bytes(const FileDescriptor& file,
                                                    const std::string& path);

// Makes one directory with exactly this mode, whatever the umask, and the group if one is given.
// The parent must exist. True: made. False: a directory was there already and is left as it is; the
// caller looks at path_facts() whether it will do. Anything else in the way is InvalidRuntime.
[[nodiscard]] Result<bool> make_directory(const std::string& path, std::uint32_t mode,
                                          std::optional<std::uint32_t> gid = std::nullopt);

// The names in a directory, in no order. For directories of a bounded number of files.
[[nodiscard]] Result<std::vector<std::string>> directory_entries(const std::string& path);

// True: removed. False: there was no such directory. One that is not empty is an error (ENOTEMPTY).
[[nodiscard]] Result<bool> remove_directory(const std::string& path);

// Gives what is there exactly this mode, and the group if one is given.
[[nodiscard]] Result<void> open_to_group(const std::string& path, std::uint32_t mode,
                                         std::optional<std::uint32_t> gid);

[[nodiscard]] std::uint32_t effective_uid() noexcept;

}  // namespace tarn::platform
