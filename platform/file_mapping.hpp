// One shared mapping of a whole file, of which parts can be made writable and read-only again. It
// knows nothing of what lies in the file. The mapping lives as long as the object; it is absent in
// forked children (MADV_DONTFORK), so a child can neither read nor damage what its parent holds.
// Setup calls may come from any thread, two calls on one page at a time from one.
//
// Parts change protection by mprotect on the one mapping. That has the effect of mapping the file
// once more on top, needs no fd kept open, and there is no moment at which the part is not mapped.
// Whether a part may become writable was decided when the file was opened: O_RDWR or never.
#pragma once

#include <cstddef>
#include <string>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"
#include "platform/fork_canary.hpp"

namespace tarn::platform {

// The kernel's page size; offsets and sizes of parts are multiples of it.
[[nodiscard]] std::size_t page_bytes() noexcept;

class FileMapping {
 public:
  FileMapping() noexcept = default;  // maps nothing
  ~FileMapping() { reset(); }
  FileMapping(FileMapping&& other) noexcept;
  FileMapping& operator=(FileMapping&& other) noexcept;
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;

  // Maps the first `bytes` of the file; the whole of it is readable only. `name` is what errors
  // call the file. A file shorter than `bytes` is a ProtocolError; too little address space is OutOfMemory
  // and names the bytes needed.
  [[nodiscard]] static Result<FileMapping> map_read_only(const FileDescriptor& file,
                                                         std::size_t bytes, const char* name);
  // The same, writable everywhere: for the broker, which owns the file.
  [[nodiscard]] static Result<FileMapping> map_writable(const FileDescriptor& file,
                                                        std::size_t bytes, const char* name);

  // Requires: page-aligned offset and size inside the mapping; otherwise InvalidArgument. A file
  // that was opened read-only answers NotPermitted.
  [[nodiscard]] Result<void> make_writable(std::size_t offset, std::size_t bytes);
  [[nodiscard]] Result<void> make_read_only(std::size_t offset, std::size_t bytes);

  // Keeps every page in memory (mlock). A refusal names RLIMIT_MEMLOCK as found and as needed.
  [[nodiscard]] Result<void> lock_memory();
  // Faults every page in now, so that none faults later. Contents stay as they are.
  [[nodiscard]] Result<void> populate();

  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  // The same address for writers. Storing outside a writable part is a SIGSEGV, by design.
  [[nodiscard]] std::byte* writable_data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }
  [[nodiscard]] bool valid() const noexcept { return data_ != nullptr; }

  // Unmaps. In a forked child nothing is mapped there, or something else by now: it is left alone.
  void reset() noexcept;

 private:
  static Result<FileMapping> map(const FileDescriptor& file, std::size_t bytes, const char* name,
                                 int protection);
  Result<void> protect(std::size_t offset, std::size_t bytes, int protection);

  std::byte* data_ = nullptr;
  std::size_t size_bytes_ = 0;
  ProcessGeneration made_in_ = 0;
  bool writable_everywhere_ = false;
  std::string name_;
};

}  // namespace tarn::platform
