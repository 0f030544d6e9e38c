#include "middleware/broker/areas.hpp"

#include <algorithm>
#include <cinttypes>

#include <tarn/assert.hpp>
#include <tarn/limits.hpp>

#include "middleware/plan/ring_shape.hpp"

namespace tarn::broker {

namespace {

std::uint64_t area_bytes_each(const ListedTopic& topic, std::uint32_t page_bytes) {
  const TopicSettings& settings = topic.settings;
  return plan::shape_ring({.payload_bytes = topic.payload_bytes,
                           .alignment = kMaxMessageAlignment,
                           .depth = settings.depth,
                           .loans = settings.loans,
                           .subscribers = settings.subscribers,
                           .held = settings.held},
                          page_bytes)
      .area_bytes;
}

Error does_not_fit(const std::vector<ListedTopic>& topics, const pool::PoolGeometry& geometry) {
  std::uint64_t sum = 0;
  std::uint64_t most = 0;
  const char* largest = "";
  for (const ListedTopic& topic : topics) {
    const std::uint64_t bytes = planned_bytes(topic, geometry.page_bytes);
    sum += bytes;
    if (bytes <= most) continue;
    most = bytes;
    largest = topic.name.c_str();
  }
  const std::uint64_t room = std::uint64_t{geometry.areas.count} * geometry.page_bytes;
  return Error::make(Errc::InvalidConfig, 0,
                     "the listed topics need %" PRIu64 " bytes (topics.%s alone %" PRIu64
                     "), pool.size leaves %" PRIu64 " of its %" PRIu64
                     " bytes for them: raise pool.size to at least %" PRIu64
                     ", or lower their size, depth, publishers, subscribers, held or orphans",
                     sum, largest, most, room, geometry.pool_bytes,
                     geometry.pool_bytes - room + sum);
}

}  // namespace

std::uint64_t planned_bytes(const ListedTopic& topic, std::uint32_t page_bytes) {
  if (topic.payload_bytes == 0) return 0;
  const std::uint64_t rings = topic.settings.publishers + topic.settings.orphans;
  return rings * area_bytes_each(topic, page_bytes);
}

Areas::Areas(const pool::PoolGeometry& geometry)
    : first_byte_(geometry.areas.offset),
      page_bytes_(geometry.page_bytes),
      pages_(0, geometry.areas.count) {}

Result<Areas> Areas::plan(const std::vector<ListedTopic>& topics,
                          const pool::PoolGeometry& geometry) {
  // By name, so that a successor comes to the same places whatever the order of its list.
  std::vector<const ListedTopic*> sorted;
  for (const ListedTopic& topic : topics) {
    if (topic.payload_bytes != 0) sorted.push_back(&topic);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const ListedTopic* a, const ListedTopic* b) { return a->name < b->name; });
  Areas areas(geometry);
  for (const ListedTopic* topic : sorted) {
    if (!areas.add_places(*topic)) return Failure(does_not_fit(topics, geometry));
  }
  return areas;
}

bool Areas::add_places(const ListedTopic& topic) {
  const std::uint64_t bytes = broker::planned_bytes(topic, page_bytes_);
  if (bytes > capacity_bytes()) return false;
  const auto first = pages_.allocate(static_cast<std::uint32_t>(bytes / page_bytes_));
  if (!first) return false;
  const std::uint32_t count = topic.settings.publishers + topic.settings.orphans;
  listed_.push_back({.topic = topic.name,
                     .first_page = *first,
                     .pages_each = static_cast<std::uint32_t>(bytes / page_bytes_ / count),
                     .taken = std::vector<bool>(count, false)});
  planned_bytes_ += bytes;
  return true;
}

std::optional<std::uint64_t> Areas::allocate(std::string_view topic, std::uint64_t bytes) {
  if (bytes > capacity_bytes()) return std::nullopt;
  const auto pages = static_cast<std::uint32_t>(bytes / page_bytes_);
  for (Places& places : listed_) {
    if (places.topic != topic || pages > places.pages_each) continue;
    const auto free = std::find(places.taken.begin(), places.taken.end(), false);
    if (free == places.taken.end()) continue;
    *free = true;
    used_bytes_ += bytes;
    const auto index = static_cast<std::uint32_t>(free - places.taken.begin());
    return offset_of(places.first_page + index * places.pages_each);
  }
  const auto page = pages_.allocate(pages);
  if (!page) return std::nullopt;
  used_bytes_ += bytes;
  return offset_of(*page);
}

bool Areas::take_exact(std::string_view topic, std::uint64_t offset, std::uint64_t bytes) {
  if (offset < first_byte_ || bytes == 0 || bytes > capacity_bytes()) return false;
  if ((offset - first_byte_) / page_bytes_ >= pages_.capacity()) return false;
  const std::uint32_t page = page_of(offset);
  const auto pages = static_cast<std::uint32_t>(bytes / page_bytes_);
  if (Places* const places = places_at(page)) {
    const std::uint32_t at = page - places->first_page;
    if (places->topic != topic || at % places->pages_each != 0 || pages > places->pages_each) {
      return false;
    }
    if (places->taken[at / places->pages_each]) return false;
    places->taken[at / places->pages_each] = true;
  } else if (!pages_.reserve_exact(page, pages)) {
    return false;
  }
  used_bytes_ += bytes;
  return true;
}

void Areas::free(std::uint64_t offset, std::uint64_t bytes) {
  const std::uint32_t page = page_of(offset);
  TARN_ASSERT(used_bytes_ >= bytes);
  used_bytes_ -= bytes;
  if (Places* const places = places_at(page)) {
    const std::uint32_t index = (page - places->first_page) / places->pages_each;
    TARN_ASSERT(places->taken[index]);
    places->taken[index] = false;
    return;
  }
  pages_.free(page, static_cast<std::uint32_t>(bytes / page_bytes_));
}

Areas::Places* Areas::places_at(std::uint32_t page) noexcept {
  for (Places& places : listed_) {
    const auto end =
        places.first_page + places.pages_each * static_cast<std::uint32_t>(places.taken.size());
    if (page >= places.first_page && page < end) return &places;
  }
  return nullptr;
}

std::uint32_t Areas::page_of(std::uint64_t offset) const noexcept {
  return static_cast<std::uint32_t>((offset - first_byte_) / page_bytes_);
}

std::uint64_t Areas::offset_of(std::uint32_t page) const noexcept {
  return first_byte_ + std::uint64_t{page} * page_bytes_;
}

std::uint64_t Areas::capacity_bytes() const noexcept {
  return std::uint64_t{pages_.capacity()} * page_bytes_;
}

std::uint64_t Areas::shared_free_bytes() const noexcept {
  return std::uint64_t{pages_.free_total()} * page_bytes_;
}

std::uint64_t Areas::largest_shared_bytes() const noexcept {
  return std::uint64_t{pages_.largest_free()} * page_bytes_;
}

std::uint64_t Areas::kept_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const Places& places : listed_) {
    const auto free = std::count(places.taken.begin(), places.taken.end(), false);
    bytes += static_cast<std::uint64_t>(free) * places.pages_each * page_bytes_;
  }
  return bytes;
}

}  // namespace tarn::broker
