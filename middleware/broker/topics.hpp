// The topics of a domain: found by name, made from the configuration when the first publisher or
// subscriber comes, gone with the last. Sees to it that everybody on a topic means the same type.
// Knows what a topic's settings allow, not its rings. Owned by the registry; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/message.hpp>
#include <tarn/result.hpp>

#include "middleware/broker/areas.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/broker.hpp"
#include "middleware/broker/journal.hpp"
#include "middleware/broker/shares.hpp"

namespace tarn::broker {

// A number that somebody asks for and the topic bounds; 0 asks for the topic's own.
struct Asked {
  const char* setting;  // its YAML key within the topic
  std::uint32_t asked = 0;
  std::uint32_t allowed = 0;
};

class Topics {
 public:
  // Keeps a topic's record while somebody is granted a place on it, whoever leaves meanwhile. At the
  // end the record goes if there is nobody.
  class Keeper {
   public:
    Keeper(Topics& topics, std::uint32_t topic) noexcept : topics_(topics), topic_(topic) {
      topics_.kept_ = topic;
    }
    ~Keeper() {
      topics_.kept_ = kNone;
      topics_.release_if_unused(topic_);
    }
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

   private:
    Topics& topics_;
    std::uint32_t topic_;
  };

  Topics(Books& books, Areas& areas, Shares& shares, const BrokerOptions& options,
         Journal& journal) noexcept
      : books_(books), areas_(areas), shares_(shares), options_(options), journal_(journal) {}

  // The topic, made if it does not exist. A type without name and size takes the topic's, which must
  // exist then. InvalidTopic, TopicUnlisted, TypeMismatch, TooLarge, TooManyTopics.
  [[nodiscard]] Result<std::uint32_t> open(std::string_view name, const MessageType& type);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const noexcept;

  // What is granted of a number: the topic's or less. InvalidArgument names both and the YAML key.
  [[nodiscard]] Result<std::uint32_t> grant(std::uint32_t topic, const Asked& asked) const;

  // The largest payload of a publisher's ring, of the `asked` bytes or the topic's where that is 0. Each
  // ring has chunks of its own size, so publishers need not agree. TooLarge names both sizes;
  // InvalidArgument where neither publisher nor configuration sets one.
  [[nodiscard]] Result<std::uint32_t> grant_payload(std::uint32_t topic, std::uint32_t asked) const;
  // Remembers it for the tools.
  void payload_granted(std::uint32_t topic, std::uint32_t payload_bytes) noexcept;

  // The YAML key that decides a setting of this topic: "topics.camera/front.depth", "defaults.depth".
  [[nodiscard]] std::string key(std::uint32_t topic, const char* setting) const;
  [[nodiscard]] std::string_view name(std::uint32_t topic) const noexcept;

  // A ring came, went or changed its state: recounts, says so and wakes all subscribers.
  void rings_changed(std::uint32_t topic) noexcept;
  // A subscriber came or went: recounts.
  void subscribers_changed(std::uint32_t topic) noexcept;
  // Topics that somebody is on.
  [[nodiscard]] std::vector<LiveTopic> live() const;
  // Marks those that go by other settings than the configuration now has for them, for the tools; their
  // names.
  std::vector<std::string> mark_former();

  // Keeps for listed topics what the configuration promises them of the tables. For a new pool, after the
  // records of another were taken over, and when the configuration has changed.
  void promise();

  // Frees the record of a topic without rings and subscribers, unless it is kept.
  void release_if_unused(std::uint32_t topic);

 private:
  [[nodiscard]] Result<void> check(std::uint32_t topic, const MessageType& type) const;
  [[nodiscard]] Result<std::uint32_t> create(std::string_view name, const MessageType& type);
  [[nodiscard]] Result<void> check_rules(std::string_view name, const MessageType& type,
                                         const plan::TopicSettings& settings) const;
  void store_type_text(const MessageType& type, TopicRecordLayout& record);

  Books& books_;
  Areas& areas_;
  Shares& shares_;
  const BrokerOptions& options_;
  Journal& journal_;
  std::uint32_t kept_ = kNone;
};

}  // namespace tarn::broker
