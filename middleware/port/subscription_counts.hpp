// A subscription's counts: summed up from its rings, and shown in its counters line. Knows neither rings
// nor samples. Free functions; the subscription's thread calls them.
#pragma once

#include <tarn/subscriber.hpp>

#include "middleware/ring/ring_layout.hpp"
#include "middleware/ring/ring_reader.hpp"

namespace tarn::port {

void add(SubscriberCounts& to, const ring::ReaderCounts& counts) noexcept;
void add(SubscriberCounts& to, const SubscriberCounts& counts) noexcept;

// For tools, which read the line at any time. Requires: this process alone writes it.
void show(const SubscriberCounts& counts, ring::SubscriptionCountersLayout& to) noexcept;

}  // namespace tarn::port
