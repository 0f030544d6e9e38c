// Subscriptions as the broker grants, closes and clears them: the record, its lines and waiter, and
// its entry with every ring of the topic. One that still holds samples stays, Closing, until its last
// pin is gone. Knows nothing of sockets. Owned by the registry; one thread.
#pragma once

#include <cstdint>
#include <string>

#include <tarn/result.hpp>

#include "middleware/broker/asker.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/memberships.hpp"
#include "middleware/broker/topics.hpp"
#include "middleware/broker/waiters.hpp"
#include "middleware/directory/peer_totals.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::broker {

// What a pattern wants of a topic.
struct PatternWish {
  std::uint32_t client = kNone;
  std::uint32_t pattern = kNone;
  std::uint32_t waiter = kNone;
  std::uint32_t depth = 0;
  std::uint32_t history = 0;
  std::uint32_t held = 0;
  std::uint32_t reliability = 0;  // wire::Reliability
};

class Subscribers {
 public:
  Subscribers(Books& books, const Shares& shares, Topics& topics, Memberships& memberships,
              Waiters& waiters) noexcept
      : books_(books),
        shares_(shares),
        topics_(topics),
        memberships_(memberships),
        waiters_(waiters) {}

  // Everything asked for, or an error and nothing. TooManySubscribers, TooManyWaiters,
  // TooManyMemberships, NotReliable, InvalidArgument, and what Topics::open() refuses.
  [[nodiscard]] Result<wire::SubscriberCreated> create(const Asker& asker,
                                                       const wire::CreateSubscriber& request);
  // The same for a pattern: no more than the topic gives, and reliable where it allows that.
  [[nodiscard]] Result<wire::SubscriberCreated> create_for(std::uint32_t topic,
                                                           const PatternWish& wish);
  // Whether a pattern's reader has said that it uses the subscription no longer; and then, whether there
  // is a ring it should have read.
  [[nodiscard]] bool reader_ended(std::uint32_t subscriber) const noexcept;
  [[nodiscard]] bool has_entry(std::uint32_t subscriber) const noexcept;
  // The subscription as it is for a new reader of the same pattern. Requires: the former one has ended.
  void give_back(std::uint32_t subscriber) noexcept;
  // Of a pattern's that its reader uses no longer.
  void end_one(std::uint32_t subscriber) { begin_closing(subscriber); }

  // InvalidArgument when the client has no such subscription.
  [[nodiscard]] Result<void> close(std::uint32_t client, const wire::CloseSubscriber& request);
  // For a client that leaves.
  void close_all(std::uint32_t client);
  // What it was granted by requests later than `answered`: it never heard of that.
  void close_unanswered(std::uint32_t client, std::uint32_t answered);
  // For a client whose process is dead: clears what it held, claimed and slept on, then its records.
  void reap_all(std::uint32_t client);

  // Ends the closing subscriptions that hold no sample any more. True if one of them ended.
  bool finish_closing();
  [[nodiscard]] bool any_closing() const noexcept;
  // Whether the client still has a subscription, closing ones included.
  [[nodiscard]] bool any_of(std::uint32_t client) const noexcept;

  // Whether any subscription, closing ones included, holds a chunk with an id in [first, first +
  // count).
  [[nodiscard]] bool any_pin_in(std::uint32_t first, std::uint32_t count) const noexcept;

  // Enters a subscriber with those active rings of its topic that do not have it yet, as a broker that
  // died in the middle of it left it. False: no join line is to be had.
  [[nodiscard]] bool enter_everywhere(std::uint32_t subscriber);

 private:
  struct Lines {
    std::uint32_t counters = kNone;
    std::uint32_t pins = kNone;
    std::uint32_t waiter = kNone;
  };
  [[nodiscard]] Result<std::uint32_t> flags_for(std::uint32_t topic,
                                                wire::Reliability reliability) const;
  [[nodiscard]] Result<SubscriberRecordLayout> fields_for(
      std::uint32_t topic, const wire::CreateSubscriber& request) const;
  [[nodiscard]] Result<wire::SubscriberCreated> create_on(std::uint32_t topic,
                                                          SubscriberRecordLayout& fields);
  [[nodiscard]] Result<std::uint32_t> find_record(std::uint32_t topic) const;
  [[nodiscard]] std::string closed_but_held(std::uint32_t topic) const;
  [[nodiscard]] bool grant_lines(std::uint32_t client, const SubscriberRecordLayout& fields,
                                 Lines& lines);
  void return_lines(const Lines& lines, std::uint32_t held);
  void write_records(std::uint32_t index, SubscriberRecordLayout& fields, const Lines& lines);
  [[nodiscard]] Error no_lines(std::uint32_t topic) const;

  template <typename Which>
  void close_if(std::uint32_t client, Which which);
  void begin_closing(std::uint32_t subscriber);
  void count_left(std::uint32_t subscriber, directory::PeerEnd how) noexcept;
  void wipe(std::uint32_t subscriber);
  // Requires: no pin of it is set, or its process is dead.
  void end(std::uint32_t subscriber);
  [[nodiscard]] bool holds_samples(std::uint32_t subscriber) const noexcept;
  [[nodiscard]] std::uint32_t* pins_of(std::uint32_t subscriber) const noexcept;

  // Calls visit(ring, place) for every entry of the subscriber.
  template <typename Visit>
  void for_each_entry(std::uint32_t subscriber, Visit visit) const;

  Books& books_;
  const Shares& shares_;
  Topics& topics_;
  Memberships& memberships_;
  Waiters& waiters_;
};

}  // namespace tarn::broker
