// Taking over the pool of a broker that is gone, with clients that go on. Everything private is
// computed anew from the records, what was half done is undone or finished, the dead are cleaned up
// after, and every bell is rung so that nobody sleeps through it. Runs once, in the broker's thread.
#pragma once

#include <tarn/result.hpp>

#include "middleware/broker/registry.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::broker {

// Whether any client of this pool lives.
[[nodiscard]] bool has_live_client(const pool::PoolView& view,
                                   const platform::FileDescriptor& alive);

// Where the rings of a pool lie: in these places if they agree with the rings that are there, else in
// none. Corrupt when two rings claim one byte.
[[nodiscard]] Result<Areas> adopt_areas(const pool::PoolView& view,
                                        const std::vector<Extent>& places, Journal& journal);

// Fills a new registry from the records, with these places of the member table. Its areas come from
// adopt_areas(). Corrupt names the record that does not hold.
[[nodiscard]] Result<void> adopt(Registry& registry, const std::vector<Extent>& members,
                                 const platform::FileDescriptor& alive);

}  // namespace tarn::broker
