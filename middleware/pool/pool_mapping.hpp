// A client's one mapping of its domain's pool: readable as a whole, writable where the bells and its own
// areas lie; and the one socket by which the process rings those who sleep outside of it. Shared by all
// nodes of the process. It knows no records; whoever was granted an area says so here. grant and revoke
// may be called from any thread, each page having one owner at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/pool/pool_view.hpp"
#include "platform/datagram_socket.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/file_mapping.hpp"

namespace tarn::pool {

class PoolMapping {
 public:
  // Maps the pool behind `file` and makes the bells writable where `writable` says so (observers only
  // look). Corrupt, VersionMismatch and ProtocolError say what does not hold; OutOfMemory names the
  // bytes needed.
  [[nodiscard]] static Result<std::shared_ptr<PoolMapping>> attach(
      const platform::FileDescriptor& file, bool writable);

  // An area, or a subscriber block, that this process was granted. Whole pages.
  [[nodiscard]] Result<void> grant(std::uint64_t offset, std::uint64_t bytes);
  // It is no longer ours: a late write is a SIGSEGV here rather than damage elsewhere.
  void revoke(std::uint64_t offset, std::uint64_t bytes) noexcept;

  // How this process rings those who sleep outside of the pool. Before anybody else uses the mapping.
  void ring_sockets_with(platform::DatagramSender sender) noexcept { sender_ = std::move(sender); }
  // Sends to nobody until it was said how.
  [[nodiscard]] const platform::DatagramSender& sender() const noexcept { return sender_; }

  [[nodiscard]] const PoolView& view() const noexcept { return view_; }
  // How long a wait in this process may look around before it sleeps, as the domain is configured now: not at
  // all, or as long as was measured when the pool was mapped.
  [[nodiscard]] std::chrono::nanoseconds spin() const noexcept;
  [[nodiscard]] platform::ProcessGeneration made_in() const noexcept { return made_in_; }

 private:
  PoolMapping(platform::FileMapping&& mapping, const PoolGeometry& geometry) noexcept;
  [[nodiscard]] bool spins() const noexcept;

  platform::FileMapping mapping_;
  PoolView view_;
  std::chrono::nanoseconds sleep_cost_{0};
  platform::DatagramSender sender_;
  platform::ProcessGeneration made_in_;
};

}  // namespace tarn::pool
