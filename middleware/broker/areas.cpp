#include "middleware/broker/areas.hpp"

#include <cinttypes>
#include <utility>

#include <tarn/detail/assert.hpp>

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
      pages_(geometry.areas.count) {}

Result<Areas> Areas::plan(const std::vector<plan::TopicPlan>& topics,
                          const pool::PoolGeometry& geometry) {
  Areas areas(geometry);
  for (const plan::TopicPlan& topic : topics) {
    if (topic.bytes == 0 || areas.pages_.keep(areas.places_for(topic))) continue;
    return Failure(no_place(topic, areas.largest_shared_bytes()));
  }
  return areas;
}

Result<Areas> Areas::replanned(const std::vector<plan::TopicPlan>& topics,
                               const std::vector<LiveTopic>& live) const {
  std::vector<WantedPlaces> wanted;
  for (const plan::TopicPlan& topic : topics) {
    if (topic.bytes > 0) wanted.push_back(places_for(topic));
  }
  Areas next = *this;
  const auto no_room = next.pages_.replan(wanted, live);
  if (!no_room) return next;
  return Failure(Error::make(
      Errc::InvalidConfig, 0,
      "topics.%s needs %" PRIu64 " bytes in one piece; %" PRIu64 " of the pool's %" PRIu64
      " for messages are free, %" PRIu64
      " in one piece: topics in use keep their room until their last publisher and subscriber have "
      "left",
      no_room->wanted.topic.c_str(), no_room->wanted.units() * page_bytes_,
      std::uint64_t{no_room->free} * page_bytes_, capacity_bytes(),
      std::uint64_t{no_room->in_one_piece} * page_bytes_));
}

std::optional<Areas> Areas::lay_out(const std::vector<Extent>& extents,
                                    const pool::PoolGeometry& geometry) {
  auto pages = PlannedRanges::lay_out(extents, geometry.areas.count);
  if (!pages) return std::nullopt;
  Areas areas(geometry);
  areas.pages_ = std::move(*pages);
  return areas;
}

WantedPlaces Areas::places_for(const plan::TopicPlan& topic) const {
  return {.topic = topic.name,
          .units_each = static_cast<std::uint32_t>(topic.ring.area_bytes / page_bytes_),
          .count = topic.rings};
}

std::optional<std::uint64_t> Areas::allocate(std::string_view topic, std::uint64_t bytes) {
  if (bytes > capacity_bytes()) return std::nullopt;
  const auto page = pages_.allocate(topic, static_cast<std::uint32_t>(bytes / page_bytes_));
  if (!page) return std::nullopt;
  used_bytes_ += bytes;
  return offset_of(*page);
}

bool Areas::take_exact(std::string_view topic, std::uint64_t offset, std::uint64_t bytes) {
  if (offset < first_byte_ || bytes == 0 || bytes > capacity_bytes()) return false;
  if ((offset - first_byte_) / page_bytes_ >= pages_.capacity()) return false;
  const auto pages = static_cast<std::uint32_t>(bytes / page_bytes_);
  if (!pages_.take_exact(topic, page_of(offset), pages)) return false;
  used_bytes_ += bytes;
  return true;
}

void Areas::free(std::uint64_t offset, std::uint64_t bytes) {
  TARN_ASSERT(used_bytes_ >= bytes);
  used_bytes_ -= bytes;
  pages_.free(page_of(offset), static_cast<std::uint32_t>(bytes / page_bytes_));
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

std::uint64_t Areas::planned_bytes() const noexcept { return pages_.planned() * page_bytes_; }

std::uint64_t Areas::shared_free_bytes() const noexcept {
  return std::uint64_t{pages_.free_rest()} * page_bytes_;
}

std::uint64_t Areas::largest_shared_bytes() const noexcept {
  return std::uint64_t{pages_.largest_rest()} * page_bytes_;
}

std::uint64_t Areas::kept_bytes() const noexcept { return pages_.kept() * page_bytes_; }

}  // namespace tarn::broker
