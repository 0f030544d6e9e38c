// Locks that end with their holder, however it ends. Byte locks belong to the open file description
// (OFD), file locks are flock(2): the kernel drops both when the last fd of the description is
// closed. A forked child shares the description, and so the lock, until it closes or replaces
// itself. The bytes need not exist. No call waits; any thread.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

// Locks one byte for writing. True: ours, or it was ours already. False: another description has it.
// Requires: opened for writing.
[[nodiscard]] Result<bool> try_lock_byte(const FileDescriptor& file, std::uint64_t offset);
[[nodiscard]] Result<void> unlock_byte(const FileDescriptor& file, std::uint64_t offset);

// Whether another description than this one holds the byte. Asking takes nothing.
[[nodiscard]] Result<bool> byte_is_locked(const FileDescriptor& file, std::uint64_t offset);

// Locks the whole file, exclusively. True: ours. False: another description has it.
[[nodiscard]] Result<bool> try_lock_file(const FileDescriptor& file);

}  // namespace tarn::platform
