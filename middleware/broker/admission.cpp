#include "middleware/broker/admission.hpp"

#include <array>
#include <cinttypes>
#include <cstdio>

#include "middleware/vocabulary/printable.hpp"

namespace tarn::broker {

using vocabulary::Printable;

namespace {

constexpr std::size_t kHoldersNamed = 3;
constexpr int kNameBytesShown = 24;  // so that three holders fit into one error

std::string describe(const Books& books, const Topics& topics, std::uint32_t ring) {
  const auto& record = books.directory.at<RingRecordLayout>(ring);
  const std::string topic(topics.name(record.topic));
  char text[256];
  if (books.directory.state<RingRecordLayout>(ring) == RecordState::Active) {
    const auto& owner = books.directory.at<ClientRecordLayout>(record.client);
    std::snprintf(text, sizeof text, "'%.*s' (pid %" PRId32 ") %" PRIu64 " for '%s'",
                  kNameBytesShown, Printable(directory::text_in(owner.name)).c_str(), owner.pid,
                  record.area_bytes, topic.c_str());
  } else {
    std::snprintf(text, sizeof text, "an orphan that is still read or pinned %" PRIu64 " for '%s'",
                  record.area_bytes, topic.c_str());
  }
  return text;
}

}  // namespace

std::string largest_holders(const Books& books, const Topics& topics) {
  std::array<std::uint32_t, kHoldersNamed> largest{};
  std::size_t count = 0;
  const auto bytes_of = [&](std::uint32_t ring) {
    return books.directory.at<RingRecordLayout>(ring).area_bytes;
  };
  for (std::uint32_t ring = 0; ring < books.geometry().rings.count; ++ring) {
    if (!is_in_use(books.directory.state<RingRecordLayout>(ring))) continue;
    std::size_t place = count;
    while (place > 0 && bytes_of(ring) > bytes_of(largest[place - 1])) --place;
    if (place == kHoldersNamed) continue;
    if (count < kHoldersNamed) ++count;
    for (std::size_t i = count - 1; i > place; --i) largest[i] = largest[i - 1];
    largest[place] = ring;
  }
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ", ";
    text += describe(books, topics, largest[i]);
  }
  return text.empty() ? "nobody" : text;
}

Error no_room(const Books& books, const Areas& areas, const Topics& topics,
              const RoomAsked& asked) {
  return Error::make(
      Errc::PoolFull, 0,
      "a publisher on '%s' needs %" PRIu64 " bytes, %" PRIu64 " of %" PRIu64 " are free (%" PRIu64
      " in one piece; %" PRIu64
      " more are kept for listed topics): raise pool.size (pool.unplanned where that is auto) or "
      "lower %s; largest holders: %s",
      std::string(topics.name(asked.topic)).c_str(), asked.bytes, areas.shared_free_bytes(),
      areas.capacity_bytes(), areas.largest_shared_bytes(), areas.kept_bytes(),
      topics.key(asked.topic, "depth").c_str(), largest_holders(books, topics).c_str());
}

}  // namespace tarn::broker
