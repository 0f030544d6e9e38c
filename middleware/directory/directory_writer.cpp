#include "middleware/directory/directory_writer.hpp"

#include "middleware/ring/bed.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "platform/futex.hpp"

namespace tarn::directory {

void DirectoryWriter::topic_changed(std::uint32_t topic) noexcept {
  auto& version = at<TopicRecordLayout>(topic).version;
  // order(directory.topic): release. Pairs with whoever watches the version: who sees the new one sees
  // the ring records and member entries behind it. Weaker, a subscriber could look too early and not
  // look again.
  tarn_store_release_u32(&version, version + 1);
}

void DirectoryWriter::pattern_changed(std::uint32_t pattern) noexcept {
  auto& version = at<PatternRecordLayout>(pattern).version;
  // order(directory.pattern): release. Pairs with the pattern's reader: who sees the new version sees the
  // subscriptions behind it. Weaker, it could look too early and not look again.
  tarn_store_release_u32(&version, version + 1);
}

void DirectoryWriter::enter_member(std::uint32_t entry, const MemberFields& fields) noexcept {
  auto& place = at<MemberEntryLayout>(entry);
  // relaxed: published by the release below.
  tarn_store_relaxed_u32(&place.join_line, fields.join_line);
  tarn_store_relaxed_u32(&place.waiter, fields.waiter);
  const std::uint64_t generation = (place.member >> 26) + 1;
  // order(directory.member): release. Pairs with read_member(): an active entry brings its
  // join line and waiter. Weaker, a publisher could watch the lines of the entry's former owner.
  tarn_store_release_u64(&place.member,
                         member_word(generation, fields.subscriber, fields.reliable, true));
}

void DirectoryWriter::clear_member(std::uint32_t entry) noexcept {
  auto& place = at<MemberEntryLayout>(entry);
  // order(directory.member): release. Pairs with read_member(). The generation stays, so
  // that the next entry here has another one.
  tarn_store_release_u64(&place.member, member_word(place.member >> 26, 0, false, false));
}

void DirectoryWriter::members_changed(std::uint32_t ring) noexcept {
  auto& version = at<RingRecordLayout>(ring).members_version;
  // order(directory.members_version): release. Pairs with sync_members() of a publisher: who
  // sees it sees the entries. Weaker, its scan for pins could miss a member.
  tarn_store_release_u32(&version, version + 1);
}

void DirectoryWriter::kick_waiter(std::uint32_t waiter) noexcept {
  ring::ring_waiter(waiter, Beds(view_, sender_));
}

void DirectoryWriter::kick_ring(std::uint32_t ring) noexcept {
  auto* const bells = view_.record<ring::RingBellLayout>(view_.geometry().ring_bells, ring);
  if (bells == nullptr) return;
  kick(&bells->bell);
  kick(&bells->publisher_bell);
}

void DirectoryWriter::kick_publisher(std::uint32_t ring) noexcept {
  auto* const bells = view_.record<ring::RingBellLayout>(view_.geometry().ring_bells, ring);
  if (bells != nullptr) kick(&bells->publisher_bell);
}

void DirectoryWriter::kick_all() noexcept {
  for (std::uint32_t i = 0; i < view_.geometry().bells.count; ++i) kick_waiter(i);
  for (std::uint32_t i = 0; i < view_.geometry().ring_bells.count; ++i) kick_ring(i);
}

// Publishers look at their members when a summary says that somebody sleeps.
void DirectoryWriter::announce_reset() noexcept {
  for (std::uint32_t i = 0; i < count<RingRecordLayout>(); ++i) {
    if (!is_in_use(state<RingRecordLayout>(i))) continue;
    members_changed(i);
    auto* const summary = view_.record<ring::SummaryLayout>(view_.geometry().summaries, i);
    // All of them: its own bit a reader clears as it leaves.
    tarn_summary_set(&summary->bits[0], ~std::uint64_t{0});
  }
  for (std::uint32_t i = 0; i < count<TopicRecordLayout>(); ++i) {
    if (is_in_use(state<TopicRecordLayout>(i))) topic_changed(i);
  }
  kick_all();
}

void DirectoryWriter::kick(std::uint32_t* bell) noexcept {
  tarn_bell_ring(bell);
  platform::futex_wake(bell, platform::kWakeAll);
}

void set_count(std::uint32_t& word, std::uint32_t value) noexcept {
  // relaxed: a count orders nothing.
  tarn_store_relaxed_u32(&word, value);
}

void set_count(std::uint64_t& word, std::uint64_t value) noexcept {
  // relaxed: a count orders nothing.
  tarn_store_relaxed_u64(&word, value);
}

}  // namespace tarn::directory
