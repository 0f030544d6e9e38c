// Areas: other places for the topics, while rings are where they are.
#include <algorithm>
#include <cinttypes>
#include <utility>

#include "middleware/broker/areas.hpp"

namespace tarn::broker {

namespace {

Error no_place(const plan::TopicPlan& topic, const Areas& areas) {
  return Error::make(
      Errc::InvalidConfig, 0,
      "topics.%s needs %" PRIu64 " bytes in one piece; %" PRIu64 " of the pool's %" PRIu64
      " for messages are free, %" PRIu64
      " in one piece: topics in use keep their room until their last publisher and subscriber have "
      "left; list less, or raise pool.size and end all programs of the domain",
      topic.name.c_str(), topic.bytes, areas.shared_free_bytes(), areas.capacity_bytes(),
      areas.largest_shared_bytes());
}

}  // namespace

std::optional<Areas> Areas::lay_out(const std::vector<Extent>& extents,
                                    const pool::PoolGeometry& geometry) {
  Areas areas(geometry);
  // Those of former configurations first: places that follow may lie within them.
  for (const bool former : {true, false}) {
    for (const Extent& extent : extents) {
      if (extent.former.has_value() == former && !areas.add(extent)) return std::nullopt;
    }
  }
  return areas;
}

bool Areas::add(const Extent& extent) {
  const std::uint64_t pages = extent.pages();
  if (extent.pages_each == 0 || extent.count == 0 || pages > pages_.capacity()) return false;
  const auto whole = static_cast<std::uint32_t>(pages);
  for (Places& places : listed_) {
    const bool within = places.extent.topic == extent.topic && places.extent.former &&
                        places.extent.first_page == extent.first_page;
    if (!within || whole > places.extent.pages() || extent.former || places.next) continue;
    places.next = extent;
    return true;
  }
  if (!pages_.reserve_exact(extent.first_page, whole)) return false;
  listed_.push_back(
      {.extent = extent, .next = std::nullopt, .taken = std::vector<bool>(extent.count, false)});
  return true;
}

std::vector<Extent> Areas::extents() const {
  std::vector<Extent> extents;
  for (const Places& places : listed_) {
    extents.push_back(places.extent);
    if (places.next) extents.push_back(*places.next);
  }
  return extents;
}

// ---- another plan ----

Result<Areas> Areas::replanned(const std::vector<plan::TopicPlan>& topics,
                               const std::vector<LiveTopic>& live) const {
  Areas bare = *this;
  bare.keep_only(live);
  // What lies where it lay finds its place without fail; if that leaves too little in one piece for
  // others, all that nobody uses moves together.
  Result<Areas> next = bare.with_places(topics, listed_);
  return next ? std::move(next) : bare.with_places(topics, {});
}

// Places of topics that somebody is on serve that life of theirs; all others are free.
void Areas::keep_only(const std::vector<LiveTopic>& live) {
  std::vector<Places> kept;
  for (const Places& places : listed_) {
    const auto topic = std::find_if(live.begin(), live.end(), [&](const LiveTopic& one) {
      return one.name == places.extent.topic;
    });
    // Of a topic with places of a former configuration, the others are for its next life.
    const bool serves =
        places.extent.former || !has_former(places.extent.topic) || places.any_taken();
    if (topic == live.end() || !serves) {
      pages_.free(places.extent.first_page, static_cast<std::uint32_t>(places.extent.pages()));
      continue;
    }
    kept.push_back(places);
    kept.back().extent.former = topic->life;
    kept.back().next.reset();
  }
  listed_ = std::move(kept);
}

bool Areas::has_former(const std::string& topic) const noexcept {
  return std::any_of(listed_.begin(), listed_.end(), [&](const Places& places) {
    return places.extent.topic == topic && places.extent.former;
  });
}

Result<Areas> Areas::with_places(const std::vector<plan::TopicPlan>& topics,
                                 const std::vector<Places>& before) const {
  Areas next = *this;
  std::vector<const plan::TopicPlan*> rest;
  for (const plan::TopicPlan& topic : topics) {
    if (topic.bytes > 0 && !next.stay(next.extent_of(topic), before)) rest.push_back(&topic);
  }
  std::stable_sort(rest.begin(), rest.end(),
                   [](const auto* one, const auto* other) { return one->bytes > other->bytes; });
  for (const plan::TopicPlan* topic : rest) {
    if (!next.add_places(*topic)) return Failure(no_place(*topic, next));
  }
  return next;
}

// In the room that the topic has now, or had.
bool Areas::stay(Extent wanted, const std::vector<Places>& before) {
  for (Places& places : listed_) {
    const Extent& has = places.extent;
    if (has.topic != wanted.topic || !has.former || wanted.pages() > has.pages()) continue;
    if (has.pages_each == wanted.pages_each && has.count == wanted.count) {
      places.extent.former.reset();
    } else {
      wanted.first_page = has.first_page;
      places.next = wanted;
    }
    return true;
  }
  for (const Places& places : before) {
    if (places.extent.topic != wanted.topic || wanted.pages() > places.extent.pages()) continue;
    wanted.first_page = places.extent.first_page;
    if (add(wanted)) return true;
  }
  return false;
}

// ---- the end of a topic's life ----

void Areas::topic_ended(std::string_view topic) {
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    Places& places = listed_[i];
    if (places.extent.topic != topic || !places.extent.former || places.any_taken()) continue;
    const Extent extent = places.extent;
    const auto kept = places.next ? static_cast<std::uint32_t>(places.next->pages()) : 0U;
    const auto whole = static_cast<std::uint32_t>(extent.pages());
    if (whole > kept) pages_.free(extent.first_page + kept, whole - kept);
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
