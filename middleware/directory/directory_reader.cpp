#include "middleware/directory/directory_reader.hpp"

#include "middleware/ring/protocol.h"

namespace tarn::directory {

std::optional<std::uint32_t> DirectoryReader::find_topic(std::string_view name) const noexcept {
  for (std::uint32_t i = 0; i < view_.geometry().topics.count; ++i) {
    const auto topic = read<TopicRecordLayout>(i);
    if (topic && record_state(topic->state) == RecordState::Active &&
        text_in(topic->name) == name) {
      return i;
    }
  }
  return std::nullopt;
}

std::uint32_t DirectoryReader::topic_version(std::uint32_t topic) const noexcept {
  const auto* record = view_.record<TopicRecordLayout>(view_.geometry().topics, topic);
  if (record == nullptr) return 0;
  // order(directory.topic_version): acquire. Pairs with DirectoryWriter::topic_changed(): the ring
  // records and entries read after a new version are at least that new.
  return tarn_load_acquire_u32(&record->version);
}

std::string_view DirectoryReader::type_text(const TopicRecordLayout& topic) const noexcept {
  const auto& table = view_.geometry().type_text;
  if (topic.type_text_bytes > table.count ||
      topic.type_text_offset > table.count - topic.type_text_bytes) {
    return {};
  }
  const auto* text = reinterpret_cast<const char*>(view_.base() + table.offset);
  return {text + topic.type_text_offset, topic.type_text_bytes};
}

std::optional<RingSnapshot> DirectoryReader::next_ring(std::uint32_t topic,
                                                       std::uint32_t from) const noexcept {
  const auto& table = view_.geometry().rings;
  for (std::uint32_t i = from; i < table.count; ++i) {
    const auto* record = view_.record<RingRecordLayout>(table, i);
    const RecordState state = record_state(load_state(&record->state));
    if (state == RecordState::Free || state == RecordState::Reserved) continue;
    // relaxed: a first sieve; read() looks again, properly.
    if (tarn_load_relaxed_u32(&record->topic) != topic) continue;
    const auto copy = read<RingRecordLayout>(i);
    if (copy && copy->topic == topic) return RingSnapshot{.index = i, .record = *copy};
  }
  return std::nullopt;
}

ring::RingView DirectoryReader::ring_view(const RingRecordLayout& record) const noexcept {
  return view_of(record, view_);
}

bool DirectoryReader::may_read(std::uint32_t ring, std::uint32_t ring_generation) const noexcept {
  const auto* record = view_.record<RingRecordLayout>(view_.geometry().rings, ring);
  if (record == nullptr) return false;
  // order(directory.retire): acquire, after tarn_cursor_announce. Pairs with the broker, which says
  // Retiring, fences and looks at the joins: one of both sees the other. Weaker, a ring's memory could
  // be given away while somebody starts to read it.
  const RecordState state = record_state(tarn_load_acquire_u64(&record->state));
  if (state != RecordState::Active && state != RecordState::Orphan) return false;
  // relaxed: ordered behind the state; a record that was re-used meanwhile has another generation.
  return tarn_load_relaxed_u32(&record->ring_generation) == ring_generation;
}

std::uint32_t DirectoryReader::members_version(std::uint32_t ring) const noexcept {
  const auto* record = view_.record<RingRecordLayout>(view_.geometry().rings, ring);
  if (record == nullptr) return 0;
  // order(directory.members_version): acquire. Pairs with DirectoryWriter::members_changed(): the
  // entries read after a new version are at least that new.
  return tarn_load_acquire_u32(&record->members_version);
}

MemberSnapshot DirectoryReader::member(const RingRecordLayout& ring,
                                       std::uint32_t place) const noexcept {
  MemberSnapshot found;
  found.place = place;
  const auto* entry =
      view_.record<MemberEntryLayout>(view_.geometry().members, ring.members_first + place);
  if (place >= ring.members_capacity || entry == nullptr) return found;
  // order(directory.member): acquire. Pairs with DirectoryWriter::enter_member(): join line and waiter
  // belong to this entry or a later one, which members_version announces.
  const std::uint64_t word = tarn_load_acquire_u64(&entry->member);
  // relaxed: ordered behind the word.
  found.fields.join_line = tarn_load_relaxed_u32(&entry->join_line);
  found.fields.waiter = tarn_load_relaxed_u32(&entry->waiter);
  found.active = member_active(word);
  found.generation = word >> 26;
  found.fields.subscriber = member_subscriber(word);
  found.fields.reliable = member_reliable(word);
  return found;
}

std::optional<MemberSnapshot> DirectoryReader::find_member(
    const RingRecordLayout& ring, std::uint32_t subscriber) const noexcept {
  for (std::uint32_t place = 0; place < ring.members_capacity; ++place) {
    const MemberSnapshot found = member(ring, place);
    if (found.active && found.fields.subscriber == subscriber) return found;
  }
  return std::nullopt;
}

std::uint32_t DirectoryReader::block_owner(std::uint32_t block) const noexcept {
  const auto& table = view_.geometry().block_owners;
  const auto* owner = view_.record<std::uint32_t>(table, block);
  if (owner == nullptr) return kNone;
  // relaxed: one hears of a block through a record or an entry that names a line of it, and those are
  // read with acquire.
  const std::uint32_t client = tarn_load_relaxed_u32(owner);
  return client == 0 ? kNone : client - 1;
}

}  // namespace tarn::directory
