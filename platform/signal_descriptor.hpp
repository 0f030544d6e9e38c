// Signals as something to read (signalfd), so that an event loop takes them in turn and no handler
// runs. For programs; a library has no signals of its own. One owner, one thread.
#pragma once

#include <optional>
#include <span>
#include <utility>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

class SignalDescriptor {
 public:
  // Blocks the signals in the calling thread, whose later threads inherit that: call it before they
  // start. They stay blocked when the object goes, since letting a pending one through would kill.
  [[nodiscard]] static Result<SignalDescriptor> create(std::span<const int> signals);

  // The next signal's number; empty when none is pending.
  [[nodiscard]] Result<std::optional<int>> read();

  [[nodiscard]] int get() const noexcept { return signal_.get(); }

 private:
  explicit SignalDescriptor(FileDescriptor signal) noexcept : signal_(std::move(signal)) {}

  FileDescriptor signal_;
};

}  // namespace tarn::platform
