// A domain with everybody in one process, over a pool at one address: the broker's registry without its
// sockets, and the ports of two clients that both publish and read. So a forked child can be any one of
// them, and a forked judge all the others, with all they keep in memory of their own. Main thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tarn/sample.hpp>

#include "middleware/broker/adoption.hpp"
#include "middleware/broker/bell_sockets.hpp"
#include "middleware/broker/broker.hpp"
#include "middleware/broker/journal.hpp"
#include "middleware/broker/pool_start.hpp"
#include "middleware/broker/registry.hpp"
#include "middleware/pool/pool_mapping.hpp"
#include "middleware/port/publisher_port.hpp"
#include "middleware/port/subscriber_port.hpp"
#include "platform/poller.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/survive/step/verdict.hpp"

namespace tarn::test::step {

inline constexpr const char* kTopic = "data";
inline constexpr std::uint32_t kDepth = 4;
inline constexpr std::uint32_t kLoans = 2;
inline constexpr std::uint32_t kHeld = 2;
inline constexpr std::uint32_t kPublishers = 3;
inline constexpr std::uint32_t kReaders = 3;

enum class Payload { Inline, Chunk, Slice };

struct Shape {
  plan::Overflow overflow = plan::Overflow::DropOldest;
  Payload payload = Payload::Chunk;
  bool victim_dies = true;  // a broker that takes over finds its process gone
  std::uint32_t depth = kDepth;
  bool evicts = false;  // readers that are too slow are demoted at once
  bool alone = false;   // the victim is the only publisher, so that its readers share its bell
};

// Somebody's sample of a chunk, not released yet.
struct Held {
  const std::byte* data = nullptr;
  std::uint32_t length_bytes = 0;
  std::uint32_t* pin = nullptr;
  std::uint32_t claim = 0;       // what the pin says
  std::uint32_t generation = 0;  // of its ring
  std::uint64_t sequence = 0;
};

struct Writer {
  wire::PublisherCreated ring;
  std::unique_ptr<port::PublisherPort> port;  // nullptr: only the stepped child has one
  std::uint64_t published = 0;
};

struct Reader {
  wire::SubscriberCreated record;
  std::unique_ptr<port::SubscriberPort> port;   // as a writer's
  std::map<std::uint32_t, std::uint64_t> last;  // by generation of the ring
  bool from_first = true;                       // it was there before any ring that it reads
  std::vector<Held> held;
};

struct Party {
  std::string name;
  std::uint32_t client = 0;
  std::uint32_t requests = 0;
  platform::FileDescriptor life;  // holds its liveness byte, while it lives
  std::vector<Writer> writers;
  std::vector<Reader> readers;
};

// A broker that finds the pool of one that died.
struct Successor {
  broker::BrokerOptions options;
  platform::Poller poller;
  std::unique_ptr<broker::Registry> registry;
};

class World {
 public:
  explicit World(const Shape& shape);

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] const pool::PoolView& pool() const { return mapping_->view(); }
  [[nodiscard]] const std::shared_ptr<pool::PoolMapping>& mapping() const { return mapping_; }
  [[nodiscard]] broker::Registry& registry() { return *registry_; }
  [[nodiscard]] const plan::TopicRule& rule() const { return rule_; }

  // For a child that is about to be forked: the pool will be there.
  void share_with_children() const;
  // In a judge: from here on the pool is a copy of its own.
  void take_a_copy() const;

  // A client with a record, and nothing else.
  [[nodiscard]] Party enter(broker::Registry& registry, const std::string& name, bool dies,
                            const Verdict& verdict);
  void open_writer(broker::Registry& registry, Party& party, const Verdict& verdict);
  void open_reader(broker::Registry& registry, Party& party, const Verdict& verdict);
  [[nodiscard]] wire::CreatePublisher publisher_request() const;
  [[nodiscard]] wire::CreateSubscriber subscriber_request() const;

  // The next message. False: a reliable reader is in the way.
  [[nodiscard]] bool publish(Writer& writer, const Verdict& verdict) const;
  // The same by copying.
  void send(Writer& writer, const Verdict& verdict) const;
  // The next message, whole and in its order. False: there is none. A chunk is held until release().
  [[nodiscard]] bool take(Reader& reader, const Verdict& verdict) const;
  void release(Reader& reader, const Verdict& verdict) const;
  // Closes one of the survivor's rings; what was in it still counts.
  void close_writer(broker::Registry& registry, std::size_t index, const Verdict& verdict);
  // The survivor's reader sleeps, and its publisher waits, as far as anybody else can see.
  void put_survivor_to_sleep() const;
  // What it holds is what was published; where a stepped child may have released it, only what it still does.
  void check_held(const Reader& reader, const Verdict& verdict) const;
  // Leaves as a client does that has time to: its ports first, then its record.
  void leave(broker::Registry& registry, Party& party, const Verdict& verdict) const;

  // Messages that were committed to a ring, dead or alive.
  [[nodiscard]] std::uint64_t committed(const Writer& writer) const;

  [[nodiscard]] std::unique_ptr<Successor> take_over(const Verdict& verdict) const;
  // The broker reads these rules where it had its own.
  void reload(const plan::TopicRules& rules);

  Party survivor;
  Party victim;
  std::uint64_t former = 0;  // messages in rings that the survivor has closed
  bool crowded = false;      // orphans have to make way
  std::string expected;      // what describe() says in the end; empty: that depends on the moment

 private:
  void write_payload(std::byte* data, std::uint32_t generation, std::uint64_t sequence) const;
  [[nodiscard]] bool is_intact(const Held& sample) const;
  [[nodiscard]] std::uint32_t length_of(std::uint64_t sequence) const;
  [[nodiscard]] std::uint32_t payload_bytes() const;
  [[nodiscard]] MessageType type() const;

  Shape shape_;
  TemporaryDirectory directory_;
  plan::TopicRule rule_;
  broker::BrokerOptions options_;
  mutable broker::Journal journal_{{}};
  platform::FileDescriptor alive_;
  platform::Poller poller_;
  broker::BellSockets bells_;
  broker::StartedPool started_;
  std::shared_ptr<pool::PoolMapping> mapping_;
  std::unique_ptr<broker::Registry> registry_;
};

}  // namespace tarn::test::step
