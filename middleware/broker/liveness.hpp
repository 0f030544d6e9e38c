// Whether the process behind a client record still lives and still is that client. Its pid counts only together with the time
// it started; where there are no pidfds, or the pid belongs to another namespace, the client's byte of
// the liveness file decides: its kernel holds the lock exactly as long as the process exists. Free
// functions; the broker's thread.
#pragma once

#include <cstdint>

#include "middleware/broker/books.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/process_handle.hpp"

namespace tarn::broker {

constexpr std::uint64_t alive_byte(std::uint32_t client) { return pool::kFirstAliveByte + client; }

struct Liveness {
  bool alive = false;
  platform::ProcessHandle process;  // invalid when the lock decided
};

// `alive` is a description of the liveness file that holds no locks.
[[nodiscard]] Liveness check_liveness(const ClientRecordLayout& record, std::uint32_t client,
                                      const platform::FileDescriptor& alive);

// Whether its pid and start time mean to this process what they meant to the broker that wrote them.
[[nodiscard]] bool is_numbered_here(const ClientRecordLayout& record) noexcept;

// Whether anybody holds this client's byte. A question that cannot be answered counts as yes.
[[nodiscard]] bool holds_alive_byte(std::uint32_t client, const platform::FileDescriptor& alive);

}  // namespace tarn::broker
