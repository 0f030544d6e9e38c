// An observer's end of a topic: copies messages out of the rings that the topic has, without being a
// member of them. It writes nothing to the pool, and neither broker nor publishers know of it; so a ring
// may be overwritten, freed or given away while it is read, and every copy is checked before it counts.
// Owned by one watch; one thread at a time. Allocates when the topic has rings it has not seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/observer.hpp>

#include "middleware/directory/ring_facts.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/ring_reader.hpp"

namespace tarn::port {

class ObservedTopic {
 public:
  // Rings that are there now are read from their newest `history` messages on, later ones from their
  // first. A topic of that name need not exist yet.
  ObservedTopic(const pool::PoolView& pool, std::string name, std::uint32_t history);

  // The oldest message not copied yet, rings taking turns. Its payload and name are good until the
  // next call.
  [[nodiscard]] std::optional<ObservedMessage> try_next();

  [[nodiscard]] bool known() const noexcept { return topic_.has_value(); }
  [[nodiscard]] const TopicType& type() const noexcept { return type_; }
  [[nodiscard]] const WatchCounts& counts() const noexcept { return counts_; }

 private:
  struct alignas(ring::kLineBytes) Line {
    std::byte bytes[ring::kLineBytes];
  };
  struct ReadRing {
    directory::RingFacts facts;
    ring::RingReader reader;
    std::string publisher;
    ring::ReaderCounts counted;  // what is in counts_ already
  };
  struct Topic {
    std::uint32_t index;
    std::uint64_t generation;
    std::uint32_t version;  // of the rings that are followed
  };

  void follow_topic();
  [[nodiscard]] bool find_topic();
  void follow_rings();
  void follow(const directory::RingFacts& facts);
  void forget(std::size_t position);
  void count(ReadRing& ring) noexcept;
  [[nodiscard]] std::span<std::byte> buffer() noexcept;

  pool::PoolView pool_;
  std::string name_;
  std::uint32_t history_;
  std::uint32_t begun_at_;  // generation of the newest ring there was then
  std::optional<Topic> topic_;
  TopicType type_;
  WatchCounts counts_;
  std::vector<ReadRing> rings_;
  std::size_t next_ = 0;                    // ring to look at first
  std::unique_ptr<ring::JoinLayout> join_;  // where the readers write what nobody reads
  std::vector<Line> buffer_;
};

}  // namespace tarn::port
