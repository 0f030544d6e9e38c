// Files that several processes share: creating them exclusively, backing every byte of them, naming
// and telling them apart. It knows nothing of their contents. Free functions without state; any
// thread. Every error names the path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

enum class FileAccess { ReadOnly, ReadWrite };

// Creates a file that did not exist and opens it for reading and writing. The mode is exact: the
// umask takes nothing away. A file or symbolic link in the way is an error with EEXIST.
[[nodiscard]] Result<FileDescriptor> create_file(const std::string& path, std::uint32_t mode);

// Opens a file that exists. Never follows a symbolic link (ELOOP) and never blocks on a FIFO.
[[nodiscard]] Result<FileDescriptor> open_file(const std::string& path, FileAccess access);

// Opens for reading and writing what exists, or creates it; for lock files, whose contents nobody
// builds. The mode counts for a new file only.
[[nodiscard]] Result<FileDescriptor> open_or_create_file(const std::string& path,
                                                         std::uint32_t mode);

// Backs the first `bytes` of the file with memory or disk and grows it to that size. Afterwards no
// access can fail for want of space; growing the size alone would leave a SIGBUS at the first
// touch. What the file system, or for a tmpfs the machine's memory, cannot back is NoSpace, with the
// bytes needed and the bytes available; nothing is taken then.
[[nodiscard]] Result<void> allocate(const FileDescriptor& file, std::uint64_t bytes,
                                    const std::string& path);

[[nodiscard]] Result<std::uint64_t> file_size(const FileDescriptor& file, const std::string& path);

// Reads up to the buffer's size at `offset`; fewer bytes only at the end of the file.
[[nodiscard]] Result<std::size_t> read_file_at(const FileDescriptor& file, std::uint64_t offset,
                                               std::span<std::byte> buffer,
                                               const std::string& path);
[[nodiscard]] Result<void> write_file_at(const FileDescriptor& file, std::uint64_t offset,
                                         std::span<const std::byte> bytes, const std::string& path);

// Puts `from` in the place of `to`, atomically; a file that was there is replaced.
[[nodiscard]] Result<void> rename_file(const std::string& from, const std::string& to);

// True: unlinked. False: there was no such file.
[[nodiscard]] Result<bool> unlink_file(const std::string& path);

// Which file it is, whatever it is called.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

[[nodiscard]] Result<FileIdentity> file_identity(const FileDescriptor& file,
                                                 const std::string& path);
// Of the file a path names now; empty when there is none. Symbolic links are not followed.
[[nodiscard]] Result<std::optional<FileIdentity>> path_identity(const std::string& path);

}  // namespace tarn::platform
