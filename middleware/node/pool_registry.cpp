#include "middleware/node/pool_registry.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "platform/datagram_socket.hpp"
#include "platform/fork_canary.hpp"

namespace tarn::node {

namespace {

struct Entry {
  std::uint64_t pool_id;
  std::weak_ptr<pool::PoolMapping> mapping;
};

// Process-wide by nature: it is what several nodes of one process have in common.
struct Registry {
  std::mutex mutex;
  std::vector<Entry> entries;
};

// Never destroyed: nodes of static lifetime, and threads that nobody joins, use it to the end.
Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

Result<std::shared_ptr<pool::PoolMapping>> attach(const platform::FileDescriptor& file,
                                                  const std::string& bells) {
  auto sender = platform::DatagramSender::create(bells);
  if (!sender) return Failure(sender.error());
  auto mapping = pool::PoolMapping::attach(file, true);
  if (mapping) (*mapping)->ring_sockets_with(std::move(*sender));
  return mapping;
}

}  // namespace

Result<std::shared_ptr<pool::PoolMapping>> shared_mapping(std::uint64_t pool_id,
                                                          const platform::FileDescriptor& file,
                                                          const std::string& bells) {
  Registry& shared = registry();
  // A fork may have copied the mutex while another thread held it. Not to wait for it costs a mapping
  // of one's own, which is correct, only larger.
  const std::unique_lock lock(shared.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return attach(file, bells);
  std::erase_if(shared.entries, [](const Entry& entry) { return entry.mapping.expired(); });
  for (const Entry& entry : shared.entries) {
    if (entry.pool_id != pool_id) continue;
    auto mapping = entry.mapping.lock();
    if (mapping && !platform::in_forked_child(mapping->made_in())) return mapping;
  }
  auto mapping = attach(file, bells);
  if (mapping) shared.entries.push_back({.pool_id = pool_id, .mapping = *mapping});
  return mapping;
}

}  // namespace tarn::node
