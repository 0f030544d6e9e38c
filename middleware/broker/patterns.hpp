// Subscriptions to patterns of topic names. A topic with a name that matches has a subscription for the
// pattern from before its first ring is there, so nothing of it is missed; the subscription is a record
// like any other, which names the pattern and sleeps on the pattern's waiter.
//
//   Active --close()--> Closing --> Free      its subscriptions close with it
//
// When a topic has no ring any more, the pattern's reader says in its own line that it uses the
// subscription no longer; only then it is ended here. If rings came meanwhile it is given back instead,
// as another generation of the same record: nobody has read of them.
//
// Knows names, types and who wants them, not what is published. Owned by the registry; one thread.
#pragma once

#include <cstdint>
#include <optional>

#include <tarn/result.hpp>

#include "middleware/broker/asker.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/journal.hpp"
#include "middleware/broker/subscribers.hpp"
#include "middleware/broker/topics.hpp"
#include "middleware/broker/waiters.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::broker {

class Patterns {
 public:
  Patterns(Books& books, const Topics& topics, Subscribers& subscribers, const Waiters& waiters,
           Journal& journal) noexcept
      : books_(books),
        topics_(topics),
        subscribers_(subscribers),
        waiters_(waiters),
        journal_(journal) {}

  // Enters it with all topics that match and have a publisher. InvalidTopic for what is no pattern, or one
  // of tarn's own topics; InvalidArgument without a type or a waiter, TooManyPatterns. A topic that cannot
  // take it is no error: it is counted, as one that comes later would be.
  [[nodiscard]] Result<wire::PatternCreated> create(const Asker& asker,
                                                    const wire::CreatePattern& request);
  // InvalidArgument when the client has no such pattern.
  [[nodiscard]] Result<void> close(std::uint32_t client, const wire::ClosePattern& request);
  // For a client that leaves, or is dead and has had its subscriptions reaped.
  void close_all(std::uint32_t client);
  // What it was granted by requests later than `answered`: it never heard of that.
  void close_unanswered(std::uint32_t client, std::uint32_t answered);

  // For a publisher that is about to have a ring on the topic: enters every pattern that matches. Their
  // readers are woken with the topic's other subscribers, when the ring is there.
  void enter_all(std::uint32_t topic);

  // After a ring has come: its topic may have been left for over just before.
  void look_again();

  // Ends, or gives back, the subscriptions that their readers use no longer. True if one ended.
  bool settle();
  // Whether such a word may come, of which nobody tells.
  [[nodiscard]] bool any_waited_for() const noexcept;

  // After a broker that may have died in the middle of something.
  void complete();

 private:
  void enter(std::uint32_t pattern, std::uint32_t topic, bool is_new);
  void add_subscription(std::uint32_t pattern, std::uint32_t topic, bool is_new);
  void changed(std::uint32_t pattern) noexcept;
  void end(std::uint32_t pattern);
  template <typename Which>
  void close_if(std::uint32_t client, Which which);
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t pattern,
                                                  std::uint32_t topic) const noexcept;
  [[nodiscard]] bool matches(std::uint32_t pattern, std::uint32_t topic) const noexcept;
  [[nodiscard]] bool same_type(std::uint32_t pattern, std::uint32_t topic) const noexcept;

  Books& books_;
  const Topics& topics_;
  Subscribers& subscribers_;
  const Waiters& waiters_;
  Journal& journal_;
};

}  // namespace tarn::broker
