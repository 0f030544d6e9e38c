#include "middleware/directory/directory_reader.hpp"

#include "middleware/ring/atomics.h"

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
  // order(directory.topic): acquire. Pairs with DirectoryWriter::topic_changed(): the ring
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

}  // namespace tarn::directory
