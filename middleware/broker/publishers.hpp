// Publishers as the broker grants and closes them: an area of the pool, a ring in it, and the readers
// it starts with. Knows nothing of sockets, and of messages only how large they may be. Owned by the
// registry; one thread.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

#include "middleware/broker/areas.hpp"
#include "middleware/broker/asker.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/memberships.hpp"
#include "middleware/broker/orphans.hpp"
#include "middleware/broker/patterns.hpp"
#include "middleware/broker/topics.hpp"
#include "middleware/plan/ring_shape.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::broker {

class Publishers {
 public:
  Publishers(Books& books, Areas& areas, const Shares& shares, Topics& topics,
             Memberships& memberships, Orphans& orphans, Patterns& patterns) noexcept
      : books_(books),
        areas_(areas),
        shares_(shares),
        topics_(topics),
        memberships_(memberships),
        orphans_(orphans),
        patterns_(patterns) {}

  // A ring that its subscribers can read, or an error and nothing. PoolFull, TooManyPublishers,
  // TooManyMemberships, InvalidArgument, and what Topics::open() refuses.
  [[nodiscard]] Result<wire::PublisherCreated> create(const Asker& asker,
                                                      const wire::CreatePublisher& request);
  // InvalidArgument when the client has no such ring.
  [[nodiscard]] Result<void> close(std::uint32_t client, const wire::ClosePublisher& request);
  // For a client that leaves or whose process is dead.
  void close_all(std::uint32_t client);
  // What it was granted by requests later than `answered`: it never heard of that.
  void close_unanswered(std::uint32_t client, std::uint32_t answered);

 private:
  [[nodiscard]] Result<RingRecordLayout> fields_for(std::uint32_t topic, const Asker& asker,
                                                    const wire::CreatePublisher& request) const;
  [[nodiscard]] Result<wire::PublisherCreated> create_on(std::uint32_t topic, const Asker& asker,
                                                         const wire::CreatePublisher& request);
  [[nodiscard]] Error too_many_chunks(std::uint32_t topic, std::uint32_t depth) const;
  [[nodiscard]] Result<void> check_limits(std::uint32_t topic) const;
  [[nodiscard]] std::uint32_t count_active() const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> free_record(std::uint32_t topic) const noexcept;
  [[nodiscard]] Result<std::uint32_t> find_record(std::uint32_t topic);
  [[nodiscard]] Result<void> grant_area(RingRecordLayout& fields);
  [[nodiscard]] Result<void> grant_members(RingRecordLayout& fields);
  template <typename Which>
  void close_if(std::uint32_t client, Which which);
  void write_record(std::uint32_t ring, RingRecordLayout& fields) noexcept;
  void write_area(std::uint32_t ring) noexcept;
  [[nodiscard]] bool enter_subscribers(std::uint32_t ring);

  Books& books_;
  Areas& areas_;
  const Shares& shares_;
  Topics& topics_;
  Memberships& memberships_;
  Orphans& orphans_;
  Patterns& patterns_;
};

}  // namespace tarn::broker
