// How a publisher gives a message to each of its subscribers, where the newest are dropped for who is behind.
#include "middleware/port/publisher_port.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::port {

// Between two messages: the next one is the first that a new member's ring can hold.
void PublisherPort::serve(std::uint32_t place, const std::optional<ring::Member>& member) noexcept {
  if (member) {
    private_->serve(place, *member, writer_.next_sequence());
  } else {
    private_->stop(place);
  }
}

// Everybody's ring first: a message that is in some member's own ring is in everybody's, whatever happens.
Published PublisherPort::publish_to_each(std::uint32_t index,
                                         const ring::MessageNote& note) noexcept {
  --loans_out_;
  if (inline_payloads()) {
    const Published published = send_to_each(staging(index), note);
    free_staging_.push_back(index);
    return published;
  }
  sync_members();
  const std::uint64_t sequence = writer_.next_sequence();
  ledger_.enter(index);
  const std::uint32_t old = writer_.commit_chunk(note, index);
  if (old != ring::kNoChunk) ledger_.leave(old);
  return finish_each(note, private_->deliver_chunk(note, index, sequence, ledger_));
}

Published PublisherPort::send_to_each(const void* payload, const ring::MessageNote& note) noexcept {
  sync_members();
  const std::uint64_t sequence = writer_.next_sequence();
  writer_.commit_inline(note, payload);
  return finish_each(note, private_->deliver_inline(note, payload, sequence));
}

Published PublisherPort::finish_each(const ring::MessageNote& note,
                                     std::uint32_t refused) noexcept {
  if (refused != 0) {
    // relaxed: a counter with one writer, read by tools.
    tarn_store_relaxed_u64(&facts_.view.header->counters.refused, private_->refused());
  }
  Published published = finish(note);
  published.refused = refused;
  return published;
}

}  // namespace tarn::port
