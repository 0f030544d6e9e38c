// Which pool a broker that has just taken the role serves: the one it finds, if somebody still uses
// it, or else a new one. Knows files and headers; records only to see whether a client lives. Free
// functions; the broker's thread, which holds the role's lock.
#pragma once

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"
#include "middleware/broker/journal.hpp"
#include "middleware/broker/stored_configuration.hpp"
#include "middleware/pool/pool_file.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::broker {

struct StartedPool {
  pool::PoolFile file;
  StoredConfiguration configuration;  // to go by: an adopted pool brings its own
  PoolOrigin origin = PoolOrigin::Created;
};

// VersionMismatch names both layout versions and the processes that use the pool.
[[nodiscard]] Result<StartedPool> start_pool(const BrokerOptions& options,
                                             const pool::DomainPaths& paths,
                                             const platform::FileDescriptor& alive,
                                             Journal& journal);

}  // namespace tarn::broker
