// Both sides of one topic, kept as full as its settings allow: all publishers, each with all its loans out;
// all subscribers, each holding all the samples it may. Nothing of what it asks for is ever too much, so
// every refusal fails the test. Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "middleware/plan/topic_rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

namespace tarn::test {

class BusyTopic {
 public:
  // The nodes outlive it and take turns by place: who comes to a place is of the node that was there.
  BusyTopic(std::string name, const plan::TopicSettings& settings, std::vector<Node>& nodes,
            std::mt19937& random)
      : name_(std::move(name)),
        settings_(settings),
        nodes_(nodes),
        random_(random),
        slices_(random() % 2 == 0),
        type_(slices_
                  ? RuntimeMessageType::bytes("Bytes")
                  : RuntimeMessageType::describe("Whole", settings.payload_bytes, 1, "bytes:u8[]")),
        publishers_(settings.publishers),
        subscribers_(settings.subscribers) {}

  // Takes every place, and fills what lies between.
  void fill() {
    for (std::uint32_t i = 0; i < settings_.subscribers; ++i) open_subscriber(i);
    for (std::uint32_t i = 0; i < settings_.publishers; ++i) open_publisher(i);
    hold_all();
  }

  // Publishes and takes until every sample that may be held is, then until no message that is held is in a
  // ring any more.
  void hold_all() {
    const std::uint32_t most = 64 + 4 * settings_.subscribers * settings_.held;
    for (std::uint32_t turn = 0; turn < most && !all_held(); ++turn) {
      publish(turn % settings_.publishers);
      take(turn % settings_.subscribers);
    }
    CHECK(all_held());
    for (std::uint32_t i = 0; i < settings_.publishers; ++i) {
      for (std::uint32_t n = 0; n <= settings_.depth; ++n) publish(i);
    }
  }

  // One more orphan: a publisher closes while it is read, and another comes in its place.
  void replace_publisher(std::uint32_t place) {
    publishers_[place].reset();
    open_publisher(place);
    for (std::uint32_t n = 0; n <= settings_.depth; ++n) publish(place);
  }
  void replace_subscriber(std::uint32_t place) {
    subscribers_[place].reset();
    open_subscriber(place);
  }

  void publish(std::uint32_t place) {
    Publishing& one = *publishers_[place];
    const std::size_t which = random_() % one.loans.size();
    must(one.publisher.publish(std::move(one.loans[which])));
    one.loans[which] = must(one.publisher.loan(message_bytes(one)));
  }
  void take(std::uint32_t place) {
    Reading& one = *subscribers_[place];
    if (one.samples.size() == settings_.held) return;
    if (auto sample = one.subscriber.try_take(); !sample.bytes().empty()) {
      one.samples.push_back(std::move(sample));
    }
  }
  void release(std::uint32_t place) {
    auto& samples = subscribers_[place]->samples;
    if (!samples.empty()) samples.erase(samples.begin());
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const plan::TopicSettings& settings() const { return settings_; }

 private:
  struct Publishing {
    UntypedPublisher publisher;
    std::vector<UntypedLoan> loans;
  };
  struct Reading {
    UntypedSubscriber subscriber;
    std::vector<UntypedSample> samples;
  };

  // Some ask for less than their topic gives, which needs less room but not always fewer chunks.
  void open_publisher(std::uint32_t place) {
    PublisherOptions options;
    if (slices_ && random_() % 2 == 0) options.max_elements = upto(settings_.payload_bytes);
    auto publisher = must(node_of(place).untyped_publisher(name_, type_, options));
    Publishing one{.publisher = std::move(publisher), .loans = {}};
    for (std::uint32_t i = 0; i < settings_.loans; ++i) {
      one.loans.push_back(must(one.publisher.loan(message_bytes(one))));
    }
    publishers_[place] = std::move(one);
  }
  void open_subscriber(std::uint32_t place) {
    subscribers_[place] =
        Reading{.subscriber = must(node_of(place).untyped_subscriber(
                    name_, type_,
                    {.history = static_cast<std::uint32_t>(random_() % (settings_.history + 1))})),
                .samples = {}};
  }

  [[nodiscard]] bool all_held() const {
    for (const auto& one : subscribers_) {
      if (one->samples.size() < settings_.held) return false;
    }
    return true;
  }
  [[nodiscard]] static std::size_t message_bytes(const Publishing& one) {
    return one.publisher.max_bytes();
  }
  [[nodiscard]] Node& node_of(std::uint32_t place) { return nodes_[place % nodes_.size()]; }
  [[nodiscard]] std::uint32_t upto(std::uint32_t most) {
    return static_cast<std::uint32_t>(1 + random_() % most);
  }

  std::string name_;
  plan::TopicSettings settings_;
  std::vector<Node>& nodes_;
  std::mt19937& random_;
  bool slices_;
  RuntimeMessageType type_;
  std::vector<std::optional<Publishing>> publishers_;
  std::vector<std::optional<Reading>> subscribers_;
};

}  // namespace tarn::test
