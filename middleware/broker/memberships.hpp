// Who reads which ring: the entries of the member table and the join line behind each. Knows how far a
// member has got with a ring, not what the ring holds. Owned by the registry; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "middleware/broker/books.hpp"
#include "middleware/broker/shares.hpp"
#include "middleware/ring/private_ring.hpp"

namespace tarn::broker {

// What a member has done with a ring so far, as its join line says.
enum class JoinState : std::uint8_t {
  NotYet,  // it may still begin
  Reading,
  Left,       // for good, and has counted what it missed; samples may still be held
  NeverRead,  // left for good, having come too late to begin
};

class Memberships {
 public:
  Memberships(Books& books, const Shares& shares)
      : books_(books), shares_(shares), lines_(books.geometry().subscribers.count, 0) {}

  // Enters a subscriber with a ring, without saying so: members_changed() is for after the last one.
  // False: no join line is to be had. Requires: the ring has a free place.
  [[nodiscard]] bool enter(std::uint32_t ring, std::uint32_t subscriber);
  // Clears the entry at a place of the ring, without saying so.
  void clear(std::uint32_t ring, std::uint32_t place);
  // Says so to the ring's publisher, who may wait for it; its readers sleep on.
  void members_changed(std::uint32_t ring) noexcept;

  // The entry at `place`, if somebody is in it. Requires: place < the ring's capacity.
  [[nodiscard]] std::optional<std::uint32_t> subscriber_at(std::uint32_t ring,
                                                           std::uint32_t place) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t ring,
                                                  std::uint32_t subscriber) const noexcept;
  [[nodiscard]] JoinState join_state(std::uint32_t ring, std::uint32_t place) const noexcept;
  // The first sequence that the member may still want of the ring.
  [[nodiscard]] std::uint64_t wants(std::uint32_t ring, std::uint32_t place) const noexcept;
  // Its own ring, where the topic's members have any.
  [[nodiscard]] std::optional<ring::OwnRing> own_ring(std::uint32_t ring,
                                                      std::uint32_t place) const noexcept;
  // The first number that it may still want of that.
  [[nodiscard]] std::uint64_t wants_of_own(std::uint32_t ring, std::uint32_t place) const noexcept;
  // Makes the join of a dead member say that it reads nothing.
  void wipe(std::uint32_t ring, std::uint32_t place) noexcept;

  // Rings the bells of all members and of the ring itself.
  void kick(std::uint32_t ring) noexcept;

  // Whether one subscription more may come to this topic, as far as join lines go.
  [[nodiscard]] bool may_subscribe(std::uint32_t topic) const noexcept;
  // Whether there may be one waiter more that is of no subscription.
  [[nodiscard]] bool may_wait() const noexcept;
  // The subscription has ended: its thread touches no join line any more.
  void forget_subscriber(std::uint32_t subscriber);
  // A join line of a former broker's entry was taken over.
  void line_taken(std::uint32_t subscriber) noexcept { ++lines_[subscriber]; }
  // Joins of all subscriptions that are not promised to listed topics. A waiter of no subscription counts
  // as the least that one has: a block has that many join lines for each of its waiters.
  [[nodiscard]] std::uint64_t all_beyond_promise() const noexcept;

 private:
  // Both words of a join line, read once: its owner may write anything there at any time.
  struct Join {
    JoinState state;
    std::uint64_t cursor;
  };
  [[nodiscard]] Join join_of(std::uint32_t ring, std::uint32_t place) const noexcept;
  [[nodiscard]] MemberEntryLayout& entry(std::uint32_t ring, std::uint32_t place) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> take_join_line(std::uint32_t subscriber);
  void return_line(std::uint32_t line, std::uint32_t subscriber);
  // What a subscription with so many lines takes of the joins that are not promised to listed topics.
  [[nodiscard]] std::uint64_t beyond_promise(std::uint32_t topic,
                                             std::uint32_t lines) const noexcept;

  // A line whose member never joined. Its thread may be about to: it has read the entry, and finds
  // only afterwards that the ring is gone. What it then writes must not meet another thread's join, so
  // the line is kept for the same subscription, whose one thread does one thing after the other.
  struct ParkedLine {
    std::uint32_t line;
    std::uint32_t subscriber;
  };

  Books& books_;
  const Shares& shares_;
  std::vector<std::uint32_t> lines_;  // join lines by subscription, parked ones too
  std::vector<ParkedLine> parked_;
};

}  // namespace tarn::broker
