// The pool file of a domain in the hands of its broker: building it, taking over what another broker
// left, unlinking it. Knows header and geometry, no records. The holder of the role owns the one
// object; one thread.
//
//   pool.new: created --> every byte backed --> header written, Ready --> renamed to pool
//
// A builder that dies leaves a pool.new that nobody opens; the next one replaces it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/pool/domain_directory.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "middleware/pool/pool_view.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/file_mapping.hpp"
#include "platform/shared_file.hpp"

namespace tarn::pool {

class PoolFile {
 public:
  PoolFile() noexcept = default;  // no file

  // Builds a pool of all zeroes but for the header and a pool_id drawn here, in the place of any
  // pool that was there. The broker's own words of the header (state apart) are its caller's to
  // fill. NoSpace names path, bytes needed and bytes available. A pool given up is best unlinked
  // first: until its last user unmaps it, it takes room beside the new one.
  [[nodiscard]] static Result<PoolFile> build(const DomainPaths& paths, std::string_view domain,
                                              const PoolGeometry& geometry);

  // What another broker left: empty when there is no file. VersionMismatch for another layout,
  // Corrupt for a header that does not hold, InvalidRuntime for another domain's pool, DomainReset
  // for one that was given up.
  [[nodiscard]] static Result<std::optional<PoolFile>> open(const DomainPaths& paths,
                                                            std::string_view domain);

  // Says in the header that the pool is gone.
  void give_up() noexcept;
  // Gives it up and removes its name; mappings stay. A name that stands for another file by now is left
  // alone.
  [[nodiscard]] Result<void> unlink();

  // Another descriptor of this very file that cannot be mapped writable, for observers.
  [[nodiscard]] Result<platform::FileDescriptor> open_read_only() const;

  // In a forked child, where the mapping does not exist.
  void close_in_child() noexcept { file_.reset(); }

  [[nodiscard]] bool valid() const noexcept { return file_.valid(); }
  [[nodiscard]] const platform::FileDescriptor& file() const noexcept { return file_; }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  [[nodiscard]] const PoolView& view() const noexcept { return view_; }
  [[nodiscard]] platform::FileMapping& mapping() noexcept { return mapping_; }

 private:
  PoolFile(DomainPaths paths, platform::FileDescriptor file) noexcept
      : paths_(std::move(paths)), file_(std::move(file)) {}
  Result<void> fill(std::string_view domain, PoolGeometry geometry);

  DomainPaths paths_;
  platform::FileDescriptor file_;
  platform::FileMapping mapping_;
  PoolView view_;
};

}  // namespace tarn::pool
