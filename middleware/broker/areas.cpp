#include "middleware/broker/areas.hpp"

#include <algorithm>
#include <cinttypes>
#include <utility>

#include <tarn/assert.hpp>

namespace tarn::broker {

namespace {

Error no_place(const plan::TopicPlan& topic, std::uint64_t left) {
  return Error::make(Errc::InvalidConfig, 0,
                     "topics.%s needs %" PRIu64 " bytes, and its pool leaves %" PRIu64
                     " in one piece: raise pool.size",
                     topic.name.c_str(), topic.bytes, left);
}

}  // namespace

Areas::Areas(const pool::PoolGeometry& geometry)
    : first_byte_(geometry.areas.offset),
      page_bytes_(geometry.page_bytes),
      pages_(0, geometry.areas.count) {}

Result<Areas> Areas::plan(const std::vector<plan::TopicPlan>& topics,
                          const pool::PoolGeometry& geometry) {
  Areas areas(geometry);
  for (const plan::TopicPlan& topic : topics) {
    if (topic.bytes == 0 || areas.add_places(topic)) continue;
    return Failure(no_place(topic, areas.largest_shared_bytes()));
  }
  return areas;
}

Extent Areas::extent_of(const plan::TopicPlan& topic) const {
  return {.topic = topic.name,
          .first_page = 0,
          .pages_each = static_cast<std::uint32_t>(topic.ring.area_bytes / page_bytes_),
          .count = topic.rings};
}

bool Areas::add_places(const plan::TopicPlan& topic) {
  if (topic.bytes > capacity_bytes()) return false;
  const auto first = pages_.allocate(static_cast<std::uint32_t>(topic.bytes / page_bytes_));
  if (!first) return false;
  Extent extent = extent_of(topic);
  extent.first_page = *first;
  listed_.push_back({.extent = std::move(extent),
                     .next = std::nullopt,
                     .taken = std::vector<bool>(topic.rings, false)});
  return true;
}

std::optional<std::uint64_t> Areas::allocate(std::string_view topic, std::uint64_t bytes) {
  if (bytes > capacity_bytes()) return std::nullopt;
  const auto pages = static_cast<std::uint32_t>(bytes / page_bytes_);
  for (Places& places : listed_) {
    if (places.extent.topic != topic || pages > places.extent.pages_each) continue;
    const auto free = std::find(places.taken.begin(), places.taken.end(), false);
    if (free == places.taken.end()) continue;
    *free = true;
    used_bytes_ += bytes;
    const auto index = static_cast<std::uint32_t>(free - places.taken.begin());
    return offset_of(places.extent.first_page + index * places.extent.pages_each);
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
    const Extent& extent = places->extent;
    const std::uint32_t at = page - extent.first_page;
    if (extent.topic != topic || at % extent.pages_each != 0 || pages > extent.pages_each) {
      return false;
    }
    if (places->taken[at / extent.pages_each]) return false;
    places->taken[at / extent.pages_each] = true;
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
    const std::uint32_t index = (page - places->extent.first_page) / places->extent.pages_each;
    TARN_ASSERT(places->taken[index]);
    places->taken[index] = false;
    return;
  }
  pages_.free(page, static_cast<std::uint32_t>(bytes / page_bytes_));
}

Areas::Places* Areas::places_at(std::uint32_t page) noexcept {
  for (Places& places : listed_) {
    const std::uint32_t first = places.extent.first_page;
    if (page >= first && page - first < places.extent.pages()) return &places;
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

std::uint64_t Areas::planned_bytes() const noexcept {
  std::uint64_t pages = 0;
  for (const Places& places : listed_) pages += places.extent.pages();
  return pages * page_bytes_;
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
    bytes += static_cast<std::uint64_t>(free) * places.extent.pages_each * page_bytes_;
  }
  return bytes;
}

}  // namespace tarn::broker
