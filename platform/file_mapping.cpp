#include "platform/file_mapping.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

// Since Linux 5.14; older headers lack the names.
constexpr int kPopulateRead = 22;
constexpr int kPopulateWrite = 23;

Result<void> check_file_holds(const FileDescriptor& file, std::size_t bytes, const char* name) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    const int error = errno;
    return Failure(Error::make(code_of(error), error, "cannot map %s: its size is unknown", name));
  }
  const auto found = static_cast<std::uint64_t>(status.st_size);
  if (found < bytes) {
    return Failure(Error::make(Errc::ProtocolError, 0,
                               "cannot map %s: it holds %llu bytes, %zu are needed", name,
                               static_cast<unsigned long long>(found), bytes));
  }
  return {};
}

}  // namespace

std::size_t page_bytes() noexcept {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

FileMapping::FileMapping(FileMapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      made_in_(other.made_in_),
      writable_everywhere_(other.writable_everywhere_),
      name_(std::move(other.name_)) {}

FileMapping& FileMapping::operator=(FileMapping&& other) noexcept {
  if (this == &other) return *this;
  reset();
  data_ = std::exchange(other.data_, nullptr);
  size_bytes_ = std::exchange(other.size_bytes_, 0);
  made_in_ = other.made_in_;
  writable_everywhere_ = other.writable_everywhere_;
  name_ = std::move(other.name_);
  return *this;
}

void FileMapping::reset() noexcept {
  std::byte* const data = std::exchange(data_, nullptr);
  const std::size_t size = std::exchange(size_bytes_, 0);
  if (data == nullptr || in_forked_child(made_in_)) return;
  ::munmap(data, size);
}

Result<FileMapping> FileMapping::map_read_only(const FileDescriptor& file, std::size_t bytes,
                                               const char* name) {
  return map(file, bytes, name, PROT_READ);
}

Result<FileMapping> FileMapping::map_writable(const FileDescriptor& file, std::size_t bytes,
                                              const char* name) {
  return map(file, bytes, name, PROT_READ | PROT_WRITE);
}

Result<FileMapping> FileMapping::map(const FileDescriptor& file, std::size_t bytes,
                                     const char* name, int protection) {
  if (auto holds = check_file_holds(file, bytes, name); !holds) return Failure(holds.error());
  FileMapping mapping;
  // Before there is anything to lose: from here on a forked child knows itself.
  mapping.made_in_ = current_process_generation();
  mapping.name_ = name;
  mapping.writable_everywhere_ = (protection & PROT_WRITE) != 0;
  void* const address = ::mmap(nullptr, bytes, protection, MAP_SHARED, file.get(), 0);
  if (address == MAP_FAILED) {
    const int error = errno;
    return Failure(Error::make(code_of(error), error,
                               "cannot map %s: %zu bytes of address space are needed in one piece",
                               name, bytes));
  }
  mapping.data_ = static_cast<std::byte*>(address);
  mapping.size_bytes_ = bytes;
  if (::madvise(address, bytes, MADV_DONTFORK) != 0) {
    const int error = errno;
    return Failure(
        Error::make(code_of(error), error, "cannot keep %s out of forked children", name));
  }
  return mapping;
}

Result<void> FileMapping::make_writable(std::size_t offset, std::size_t bytes) {
  return protect(offset, bytes, PROT_READ | PROT_WRITE);
}

Result<void> FileMapping::make_read_only(std::size_t offset, std::size_t bytes) {
  return protect(offset, bytes, PROT_READ);
}

Result<void> FileMapping::protect(std::size_t offset, std::size_t bytes, int protection) {
  const char* const wanted = (protection & PROT_WRITE) != 0 ? "writable" : "read-only";
  const bool aligned = offset % page_bytes() == 0 && bytes % page_bytes() == 0;
  if (!aligned || offset > size_bytes_ || bytes > size_bytes_ - offset) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "cannot make %zu bytes at %zu of %s %s: whole pages of %zu bytes "
                               "within its %zu bytes are allowed",
                               bytes, offset, name_.c_str(), wanted, page_bytes(), size_bytes_));
  }
  // The part has the advice that was given for the whole; said once more, so that no kernel's splitting
  // and joining of mappings can make a forked child a writer. First, so that a part is never left writable
  // for somebody who was refused it.
  if (bytes != 0 && ::madvise(data_ + offset, bytes, MADV_DONTFORK) != 0) {
    const int error = errno;
    return Failure(
        Error::make(code_of(error), error, "cannot keep %s out of forked children", name_.c_str()));
  }
  if (::mprotect(data_ + offset, bytes, protection) != 0) {
    const int error = errno;
    return Failure(Error::make(code_of(error), error, "cannot make %zu bytes at %zu of %s %s",
                               bytes, offset, name_.c_str(), wanted));
  }
  return {};
}

Result<void> FileMapping::lock_memory() {
  if (::mlock(data_, size_bytes_) == 0) return {};
  const int error = errno;
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) limit.rlim_cur = 0;
  if (limit.rlim_cur == RLIM_INFINITY) {
    return Failure(Error::make(code_of(error), error, "cannot lock the %zu bytes of %s in memory",
                               size_bytes_, name_.c_str()));
  }
  return Failure(Error::make(
      code_of(error), error,
      "cannot lock %s in memory: RLIMIT_MEMLOCK is %llu bytes, %zu are needed; raise it "
      "(ulimit -l, LimitMEMLOCK=) or turn lock_memory off",
      name_.c_str(), static_cast<unsigned long long>(limit.rlim_cur), size_bytes_));
}

Result<void> FileMapping::populate() {
  const int advice = writable_everywhere_ ? kPopulateWrite : kPopulateRead;
  const int result = retry_interrupted([&] { return ::madvise(data_, size_bytes_, advice); });
  if (result == 0) return {};
  const int error = errno;
  if (error != EINVAL) {
    return Failure(Error::make(code_of(error), error, "cannot fault in the %zu bytes of %s",
                               size_bytes_, name_.c_str()));
  }
  // A kernel before 5.14. A read is enough: tmpfs does not watch for the first write to a page.
  for (std::size_t offset = 0; offset < size_bytes_; offset += page_bytes()) {
    static_cast<void>(*static_cast<const volatile std::byte*>(data_ + offset));
  }
  return {};
}

}  // namespace tarn::platform
