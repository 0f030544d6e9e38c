// The receiving end of a topic in this process: follows the topic's rings as they come and go, takes
// from them in turn, sleeps when there is nothing. It knows the pool and the broker's records, not the
// broker. Owned by one subscription; one thread at a time takes and waits, any thread releases pins.
// Allocates when it is made and when the topic has more publishers than ever before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <tarn/options.hpp>
#include <tarn/result.hpp>
#include <tarn/subscriber.hpp>

#include "middleware/directory/peer_totals.hpp"
#include "middleware/directory/record_state.hpp"
#include "middleware/directory/ring_facts.hpp"
#include "middleware/pool/pool_mapping.hpp"
#include "middleware/port/waited.hpp"
#include "middleware/ring/member_reader.hpp"
#include "middleware/ring/pin_set.hpp"
#include "middleware/ring/sleeper.hpp"
#include "platform/clock.hpp"

namespace tarn::port {

struct SeekResult {
  enum class State : std::uint8_t {
    Moved,
    NotKept,      // outside `kept`, and not right behind it
    NoPublisher,  // none of that name is being read, or none at all
    Several,      // publishers, and none was named
  };
  State state = State::NoPublisher;
  ring::SequenceRange kept{};
};

class SubscriberPort {
 public:
  // Makes the subscription's lines writable and joins the rings there are.
  // Requires: the broker granted record `subscriber` to this process.
  // Corrupt when the records do not hold together.
  [[nodiscard]] static Result<std::unique_ptr<SubscriberPort>> attach(
      std::shared_ptr<pool::PoolMapping> mapping, std::uint32_t subscriber);

  // `to` says what became of it, and of which publisher the message is. An inline payload goes to
  // `copy_to`, which is aligned to 8 bytes and holds a multiple of 8.
  void try_take(detail::TakenSample& to, std::span<std::byte> copy_to) noexcept;
  void wait_take(detail::TakenSample& to, std::span<std::byte> copy_to,
                 platform::MonotonicTime deadline) noexcept;
  void read_latest(detail::TakenSample& to, std::span<std::byte> copy_to) noexcept;

  // Sleeps until the topic has so many publishers, and their rings are joined.
  [[nodiscard]] Waited wait_publishers(std::uint32_t count,
                                       platform::MonotonicTime deadline) noexcept;
  // How many it has now.
  [[nodiscard]] std::uint32_t live_publishers() noexcept;
  // All but what concerns the broker.
  [[nodiscard]] EndpointStatus status() noexcept;
  [[nodiscard]] std::string_view topic_name() const noexcept {
    return directory::text_in(places_.topic->name);
  }

  // Moves within the ring of one publisher; without a name, of the only one there is. RingReader::seek()
  // says how it counts.
  [[nodiscard]] SeekResult seek(const std::optional<PublisherIdentity>& publisher,
                                std::uint64_t sequence) noexcept;

  // True once after a wait that ended before its time, so that its caller may look for the broker: a new
  // one took over, or a second passed in which it may have gone.
  [[nodiscard]] bool take_interruption() noexcept { return std::exchange(interrupted_, false); }

  // ---- for who waits for several subscriptions at once, in the thread that takes ----

  // From now on waiter `waiter` of this process sleeps for it: publishers ring that one instead. A
  // wait_take() takes its own bed back for as long as it sleeps. One store; no broker is asked.
  void sleep_with(std::uint32_t waiter) noexcept;
  // It sleeps for itself again. Harmless when it does.
  void sleep_alone() noexcept;
  // Whether a take would answer anything but Empty; first follows rings that came and went.
  [[nodiscard]] bool ready() noexcept;
  // Sees to it that publishers look where it sleeps. Before the fence of a sleep; costs a look at each ring
  // once it is done, until rings come.
  void mark() noexcept { mark_rings(); }
  // After that fence: whether ready() may answer something else than before. Changes nothing, so a ring
  // that has just come is news, not something to join.
  [[nodiscard]] bool stirs() const noexcept { return anything(); }
  // Grows with every message that comes, whether or not it will be taken.
  [[nodiscard]] std::uint64_t arrivals() const noexcept;

  // ---- for a subscription that a pattern has ----

  // Its topic had rings, has none any more, and everything in them was read. Follows the rings first.
  [[nodiscard]] bool is_over() noexcept;
  // Says so to the broker, with leave() before: nothing of the subscription but its pins is used after
  // it. False: rings came meanwhile, of which the broker may not think by itself.
  [[nodiscard]] bool end(std::uint32_t generation) noexcept;

  // Whether the pool was found given up when the topic last changed, as it then does.
  [[nodiscard]] bool saw_pool_gone() const noexcept { return saw_pool_gone_; }

  // Stops reading. Pins stay until they are released.
  void leave() noexcept;

  // Its pins are the words from here on, kMaxHeld at most.
  [[nodiscard]] const std::uint32_t* first_pin() const noexcept { return places_.pins.data(); }
  [[nodiscard]] SubscriberCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t publisher_count() noexcept;

 private:
  struct JoinedRing {
    ring::MemberReader reader;
    ring::SummaryBit summary;
    PublisherIdentity publisher;
    const std::uint64_t* publisher_sleep = nullptr;  // of a publisher that waits for this reader
    std::uint32_t* publisher_bell = nullptr;
    std::uint32_t* ring_bell = nullptr;
    const std::uint64_t* evictions = nullptr;  // has this member's bit where its summary has it
    std::uint64_t last_rung = 0;               // sleep of the publisher that was ended last
    bool marked = false;                       // the summary bit is set
    bool ending = false;                       // its publisher is gone: leave once it is drained

    [[nodiscard]] bool reliable() const noexcept { return publisher_sleep != nullptr; }
    // Messages that the ring had so far, of its first life to its last.
    [[nodiscard]] std::uint64_t arrivals() const noexcept {
      return ring::newest_sequence(reader.view());
    }
  };
  struct Places {
    const directory::SubscriberRecordLayout* record;  // for what still changes
    directory::SubscriberRecordLayout said;           // for everything else
    const directory::TopicRecordLayout* topic;
    ring::SubscriptionCountersLayout* counters;
    std::span<std::uint32_t> pins;
    ring::WaiterLayout* bed;
    ring::BellLayout* bell;
    std::uint32_t subscriber;
    ring::LengthRule lengths;
  };

  SubscriberPort(std::shared_ptr<pool::PoolMapping> mapping, const Places& places);

  void sync_rings() noexcept;
  void follow(const directory::RingFacts& facts) noexcept;
  void join(const directory::RingFacts& facts) noexcept;
  [[nodiscard]] ring::ReaderStart start_in(const directory::RingFacts& facts,
                                           const std::optional<ring::OwnRing>& own) const noexcept;
  static void make_way(JoinedRing& joined) noexcept;
  void add_ring(const directory::RingFacts& facts, const directory::MemberFacts& member,
                ring::JoinLayout* line, const ring::ReaderStart& start) noexcept;
  [[nodiscard]] static bool demoted(const JoinedRing& joined) noexcept;
  void give_up(JoinedRing& joined) noexcept;
  void forget(std::size_t position) noexcept;
  void leave_drained() noexcept;
  [[nodiscard]] std::size_t position_of(const directory::RingFacts& facts) const noexcept;
  [[nodiscard]] bool topic_changed() const noexcept;
  [[nodiscard]] bool pool_gone() const noexcept;
  [[nodiscard]] bool is_new_broker() noexcept;
  void take_any(detail::TakenSample& to, std::span<std::byte> copy_to) noexcept;
  bool take_from(JoinedRing& joined, detail::TakenSample& to,
                 std::span<std::byte> copy_to) noexcept;
  bool sleep_until(platform::MonotonicTime deadline) noexcept;
  void lie_down() noexcept;
  void get_up() noexcept;
  void mark_rings() noexcept;
  void unmark_rings() noexcept;
  [[nodiscard]] bool anything() const noexcept;
  void store_counters() noexcept;

  std::shared_ptr<pool::PoolMapping> mapping_;
  pool::PoolView pool_;
  Places places_;
  ring::PinSet pins_;
  ring::Sleeper sleeper_;
  std::vector<JoinedRing> rings_;
  SubscriberCounts gone_;                  // of rings that were left
  directory::PeerTotals former_;           // of the topic, from before the subscription
  std::uint64_t evictions_ = 0;            // by publishers whose rings were left
  std::uint64_t arrivals_gone_ = 0;        // in rings that were left
  std::optional<std::uint32_t> delegate_;  // the waiter that sleeps for it
  std::uint64_t safety_wakeups_ = 0;
  std::uint64_t sleeps_ = 0;
  std::uint64_t high_water_ = 0;  // the highest of all rings, those that were left too
  std::size_t next_ = 0;          // ring to look at first
  std::uint32_t version_seen_;
  std::uint32_t first_version_;  // of the topic, when the subscription was attached
  std::uint32_t broker_epoch_;   // when the rings were looked at last
  bool saw_pool_gone_ = false;
  bool join_refused_ = false;  // once, for want of memory
  bool interrupted_ = false;   // look for the broker before sleeping
};

}  // namespace tarn::port
