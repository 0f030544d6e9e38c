// What a wait set can wait for, as its owner keeps it: the functions that it is asked by, and where it is
// attached. One thread: the wait set's.
#pragma once

#include <string_view>

#include <tarn/wait_set.hpp>

#include "middleware/event/source.hpp"
#include "middleware/pool/pool_mapping.hpp"

namespace tarn::detail {

struct Attachable {
  event::Source source;
  const pool::PoolMapping* pool;  // where its messages come from
  std::string_view name;          // in it, of its topic or pattern: for words about it
  WaitSetCore* set = nullptr;     // none: not attached
  AttachmentId id{};
  bool has_fd = false;  // and is rung through it, so that no wait set can sleep for it
};

}  // namespace tarn::detail
