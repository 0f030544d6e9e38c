// Who may take how much of the pool's tables: every listed topic finds what the plan promises it, whoever came
// before, because all others share no more than the rest. A listed topic beyond its promise, by orphans that
// are read for longer than planned, is one of the others. Bytes and member entries are not counted but kept in
// places (areas.hpp, planned_ranges.hpp). Owned by the registry; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "middleware/broker/books.hpp"
#include "middleware/plan/limit_needs.hpp"
#include "middleware/plan/memory_plan.hpp"

namespace tarn::broker {

class Shares {
 public:
  // Nothing is promised yet.
  explicit Shares(const Books& books) noexcept;

  // What listed topics are promised together: these, and those in use by the configuration that they go
  // by.
  [[nodiscard]] plan::Promise promised(const std::vector<plan::TopicPlan>& topics) const;

  // A limit that has no room for a promise beside what topics without one have.
  struct TooFew {
    const char* key = "";  // "limits.topics"
    std::uint64_t promised = 0;
    std::uint64_t others = 0;
    std::uint64_t all = 0;
  };
  // `joins` that others have: Memberships::all_beyond_promise(). Empty: there is room.
  [[nodiscard]] std::optional<TooFew> find_too_few(const plan::Promise& promise,
                                                   std::uint64_t joins) const noexcept;
  // From now on so much is promised.
  void promise(const plan::Promise& promise) noexcept;

  // What all topics that are promised nothing may have together. joins: join lines of subscriber blocks,
  // counted as plan::Promise counts them.
  struct Rest {
    std::uint32_t topics = 0;
    std::uint32_t publishers = 0;
    std::uint32_t rings = 0;
    std::uint32_t subscribers = 0;
    std::uint32_t waiters = 0;
    std::uint64_t joins = 0;
  };
  [[nodiscard]] const Rest& rest() const noexcept { return rest_; }

  // Whether there may be one more unlisted topic; and on this topic a publisher, a ring, a subscription, or
  // a subscription's waiter. A waiter of nobody's subscription (kNone) is one of the others.
  [[nodiscard]] bool may_have_topic() const noexcept;
  [[nodiscard]] bool may_publish(std::uint32_t topic) const noexcept;
  [[nodiscard]] bool may_have_ring(std::uint32_t topic) const noexcept;
  [[nodiscard]] bool may_subscribe(std::uint32_t topic) const noexcept;
  [[nodiscard]] bool may_wait(std::uint32_t topic) const noexcept;
  // How many there are of no subscription.
  [[nodiscard]] std::uint32_t waiters_alone() const noexcept;

 private:
  struct Used {
    std::uint32_t topics = 0;
    std::uint32_t publishers = 0;
    std::uint32_t rings = 0;
    std::uint32_t subscribers = 0;
  };
  // What the others have of it now.
  [[nodiscard]] Used used() const noexcept;
  [[nodiscard]] std::uint64_t join_lines() const noexcept;

  const Books& books_;
  Rest rest_;
};

}  // namespace tarn::broker
