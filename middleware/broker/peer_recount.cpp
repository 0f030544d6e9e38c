#include "middleware/broker/peer_recount.hpp"

#include "middleware/directory/peer_totals.hpp"
#include "middleware/ring/atomics.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::broker {

using directory::PeerEnd;

namespace {

void recount_readers(Books& books, const Memberships& memberships, std::uint32_t ring) noexcept {
  auto& record = books.directory.at<RingRecordLayout>(ring);
  std::uint64_t present = 0;
  auto end = PeerEnd::Closed;
  for (std::uint32_t place = 0; place < record.members_capacity; ++place) {
    const auto subscriber = memberships.subscriber_at(ring, place);
    if (!subscriber) continue;
    const RecordState state = books.directory.state<SubscriberRecordLayout>(*subscriber);
    if (state == RecordState::Active) ++present;
    if (state == RecordState::Reaping) end = PeerEnd::Died;
  }
  directory::settle_totals(record.subscriber_totals, present, end);
}

// Every ring that is about to be counted out has a mark that says so once it was.
void recount_publishers(Books& books, std::uint32_t topic) noexcept {
  std::uint64_t present = 0;
  auto end = PeerEnd::Closed;
  for (std::uint32_t ring = 0; ring < books.geometry().rings.count; ++ring) {
    const RecordState state = books.directory.state<RingRecordLayout>(ring);
    auto& record = books.directory.at<RingRecordLayout>(ring);
    if (!is_in_use(state) || record.topic != topic) continue;
    if (state == RecordState::Active) {
      ++present;
    } else if ((record.flags & directory::kRingEndCounted) == 0) {
      const auto* const header = directory::view_of(record, books.view()).header;
      // relaxed: only a broker writes it now.
      const std::uint32_t closed = tarn_load_relaxed_u32(&header->closed);
      if (closed == ring::kRingOwnerDied) end = PeerEnd::Died;
      directory::set_count(record.flags, record.flags | directory::kRingEndCounted);
    }
  }
  directory::settle_totals(books.directory.at<TopicRecordLayout>(topic).publisher_totals, present,
                           end);
}

}  // namespace

void recount_peers(Books& books, const Memberships& memberships) noexcept {
  for (std::uint32_t ring = 0; ring < books.geometry().rings.count; ++ring) {
    if (books.directory.state<RingRecordLayout>(ring) != RecordState::Active) continue;
    recount_readers(books, memberships, ring);
  }
  for (std::uint32_t topic = 0; topic < books.geometry().topics.count; ++topic) {
    if (is_in_use(books.directory.state<TopicRecordLayout>(topic)))
      recount_publishers(books, topic);
  }
}

}  // namespace tarn::broker
