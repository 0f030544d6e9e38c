// Rings whose publisher has closed or died. They serve the members they have until each has read its
// last message, and their memory is used again only when no pin and no join names it any more:
//
//   Active --orphan()--> Orphan --begin_retiring()--> Retiring --finish()--> Free
//
// Retiring is what a reader meets that comes too late; it leaves at once. Knows nothing of who
// published. Owned by the registry; one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "middleware/broker/areas.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/memberships.hpp"
#include "middleware/broker/subscribers.hpp"
#include "middleware/broker/topics.hpp"
#include "middleware/directory/peer_totals.hpp"

namespace tarn::broker {

class Orphans {
 public:
  Orphans(Books& books, Areas& areas, Topics& topics, Memberships& memberships,
          const Subscribers& subscribers) noexcept
      : books_(books),
        areas_(areas),
        topics_(topics),
        memberships_(memberships),
        subscribers_(subscribers) {}

  // Makes an orphan of an active ring, tells its readers, and frees it if nobody reads it.
  void orphan(std::uint32_t ring);

  // For a publisher that comes: makes orphans go, as far as the topic has more than it may keep. Until
  // then they stay, so that readers who were slow to get a processor lose nothing. Those whose readers
  // have read everything and have only not looked again go first, since that costs nobody a message.
  void keep_within_limit(std::uint32_t topic);

  // Frees every ring whose readers have left. True if one was freed.
  bool reclaim();
  // Makes the topic's oldest orphan go that nobody pins, one that nobody is reading first. True if
  // there was one; if it is being read it is gone when its readers have left, and no sooner.
  bool force_oldest(std::uint32_t topic);

  // Orphans and retiring rings.
  [[nodiscard]] bool any() const noexcept;

  // Gives back what a ring owns and frees its record. Requires: nobody can read it.
  void release(std::uint32_t ring);
  // Finishes what a former broker was counting when it died. Before anything else is counted.
  void complete_counts();

  // Keeps the counters of the header in step with areas and orphans.
  void publish_usage() noexcept;

 private:
  [[nodiscard]] bool owner_died(std::uint32_t ring) const noexcept;
  void count_end(std::uint32_t ring, directory::PeerEnd how) noexcept;
  enum class Readers : std::uint8_t { None, Unjoined, Joined };

  // What the members are to this ring: none that matters, some that may still begin, or some that
  // are in it.
  [[nodiscard]] Readers readers(std::uint32_t ring) const noexcept;
  // Closing subscriptions begin nothing.
  [[nodiscard]] bool may_begin(std::uint32_t subscriber) const noexcept;
  [[nodiscard]] bool pinned(std::uint32_t ring) const noexcept;
  [[nodiscard]] std::uint64_t newest(std::uint32_t ring) const noexcept;
  // Whether all who read the ring have read its last message, and nobody else may begin.
  [[nodiscard]] bool drained(std::uint32_t ring) const noexcept;
  // Whether the member at `place` has something left to read, of a ring whose last message is `last`.
  [[nodiscard]] bool has_unread(std::uint32_t ring, std::uint32_t place,
                                std::uint64_t last) const noexcept;
  // The oldest orphan of the topic that nobody pins and that `is_wanted` is true of.
  template <typename Predicate>
  [[nodiscard]] std::optional<std::uint32_t> oldest(std::uint32_t topic, Predicate is_wanted) const;
  void force(std::uint32_t ring);
  [[nodiscard]] std::uint32_t count(std::uint32_t topic) const noexcept;
  void begin_retiring(std::uint32_t ring);
  bool finish(std::uint32_t ring);
  void count_unread(std::uint32_t ring, std::uint32_t place) noexcept;

  Books& books_;
  Areas& areas_;
  Topics& topics_;
  Memberships& memberships_;
  const Subscribers& subscribers_;
};

}  // namespace tarn::broker
