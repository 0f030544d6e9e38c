// PlannedRanges: other places for the topics, while ranges are where they are.
#include <algorithm>
#include <utility>

#include "middleware/broker/planned_ranges.hpp"

namespace tarn::broker {

std::optional<PlannedRanges> PlannedRanges::lay_out(const std::vector<Extent>& extents,
                                                    std::uint32_t units) {
  PlannedRanges ranges(units);
  // Those of former configurations first: places that follow may lie within them.
  for (const bool former : {true, false}) {
    for (const Extent& extent : extents) {
      if (extent.former.has_value() == former && !ranges.add(extent)) return std::nullopt;
    }
  }
  return ranges;
}

bool PlannedRanges::add(const Extent& extent) {
  const std::uint64_t units = extent.units();
  if (units == 0 || units > capacity()) return false;
  for (Places& places : listed_) {
    const Extent& has = places.extent;
    const bool within = has.topic == extent.topic && has.former && has.first == extent.first;
    if (!within || units > has.units() || extent.former || places.next) continue;
    places.next = extent;
    return true;
  }
  if (!rest_.reserve_exact(extent.first, static_cast<std::uint32_t>(units))) return false;
  listed_.push_back(
      {.extent = extent, .next = std::nullopt, .taken = std::vector<bool>(extent.count, false)});
  return true;
}

std::vector<Extent> PlannedRanges::extents() const {
  std::vector<Extent> extents;
  for (const Places& places : listed_) {
    extents.push_back(places.extent);
    if (places.next) extents.push_back(*places.next);
  }
  return extents;
}

// ---- another plan ----

std::optional<PlannedRanges::NoRoom> PlannedRanges::replan(const std::vector<WantedPlaces>& wanted,
                                                           const std::vector<LiveTopic>& live) {
  PlannedRanges bare = *this;
  bare.keep_only(live);
  // What lies where it lay finds its place without fail; if that leaves too little in one piece for
  // others, all that nobody uses moves together.
  PlannedRanges next = bare;
  auto no_room = next.place_all(wanted, listed_);
  if (no_room) {
    next = bare;
    no_room = next.place_all(wanted, {});
  }
  if (!no_room) *this = std::move(next);
  return no_room;
}

// Places of topics that somebody is on serve that life of theirs; all others are free.
void PlannedRanges::keep_only(const std::vector<LiveTopic>& live) {
  std::vector<Places> kept;
  for (const Places& places : listed_) {
    const auto topic = std::find_if(live.begin(), live.end(), [&](const LiveTopic& one) {
      return one.name == places.extent.topic;
    });
    // Of a topic with places of a former configuration, the others are for its next life.
    const bool serves =
        places.extent.former || !has_former(places.extent.topic) || places.any_taken();
    if (topic == live.end() || !serves) {
      rest_.free(places.extent.first, static_cast<std::uint32_t>(places.extent.units()));
      continue;
    }
    kept.push_back(places);
    kept.back().extent.former = topic->life;
    kept.back().next.reset();
  }
  listed_ = std::move(kept);
}

bool PlannedRanges::has_former(const std::string& topic) const noexcept {
  return std::any_of(listed_.begin(), listed_.end(), [&](const Places& places) {
    return places.extent.topic == topic && places.extent.former;
  });
}

std::optional<PlannedRanges::NoRoom> PlannedRanges::place_all(
    const std::vector<WantedPlaces>& wanted, const std::vector<Places>& before) {
  std::vector<const WantedPlaces*> rest;
  for (const WantedPlaces& one : wanted) {
    if (!stay(one, before)) rest.push_back(&one);
  }
  std::stable_sort(rest.begin(), rest.end(), [](const auto* one, const auto* other) {
    return one->units() > other->units();
  });
  for (const WantedPlaces* one : rest) {
    if (keep(*one)) continue;
    return NoRoom{.wanted = *one, .free = free_rest(), .in_one_piece = largest_rest()};
  }
  return std::nullopt;
}

// In the room that the topic has now, or had.
bool PlannedRanges::stay(const WantedPlaces& wanted, const std::vector<Places>& before) {
  Extent extent{
      .topic = wanted.topic, .first = 0, .units_each = wanted.units_each, .count = wanted.count};
  for (Places& places : listed_) {
    const Extent& has = places.extent;
    if (has.topic != extent.topic || !has.former || extent.units() > has.units()) continue;
    if (has.units_each == extent.units_each && has.count == extent.count) {
      places.extent.former.reset();
    } else {
      extent.first = has.first;
      places.next = extent;
    }
    return true;
  }
  for (const Places& places : before) {
    if (places.extent.topic != extent.topic || extent.units() > places.extent.units()) continue;
    extent.first = places.extent.first;
    if (add(extent)) return true;
  }
  return false;
}

// ---- the end of a topic's life ----

void PlannedRanges::topic_ended(std::string_view topic) {
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    Places& places = listed_[i];
    if (places.extent.topic != topic || !places.extent.former || places.any_taken()) continue;
    const Extent extent = places.extent;
    const auto kept = places.next ? static_cast<std::uint32_t>(places.next->units()) : 0U;
    const auto whole = static_cast<std::uint32_t>(extent.units());
    if (whole > kept) rest_.free(extent.first + kept, whole - kept);
    if (places.next) {
      const Extent next = *places.next;
      places = {
          .extent = next, .next = std::nullopt, .taken = std::vector<bool>(next.count, false)};
    } else {
      listed_.erase(listed_.begin() + static_cast<std::ptrdiff_t>(i--));
    }
  }
}

}  // namespace tarn::broker
