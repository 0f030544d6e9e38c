// The data path step by step, for tests that count what a step costs: each one publishes or takes
// once, and none of them sleeps. Two topics, one with small messages and one with messages in chunks,
// each with a publisher and a subscriber, and one with slices that are taken as bytes. Single thread.
#pragma once

#include <cstdint>
#include <span>

#include <tarn/tarn.hpp>

#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

class DataPath {
 public:
  struct Step {
    const char* name;
    void (DataPath::*run)();
  };
  [[nodiscard]] static std::span<const Step> steps();

  // Throws what Result::value() throws when the topics cannot be opened.
  explicit DataPath(const NodeOptions& options);

  // True while every step did what its name says.
  [[nodiscard]] bool went_well() const { return failures_ == 0; }
  [[nodiscard]] Subscriber<Small>& small_subscriber() { return small_.subscriber; }

 private:
  template <typename M>
  struct Topic {
    Publisher<M> publisher;
    Subscriber<M> subscriber;
    std::uint64_t sent = 0;
  };

  void note(bool holds) { failures_ += holds ? 0 : 1; }
  template <typename M>
  void send(Topic<M>& topic);
  template <typename M>
  void loan_and_publish(Topic<M>& topic);
  template <typename M>
  void drop_loan(Topic<M>& topic);
  template <typename M>
  void fail_to_loan(Topic<M>& topic);
  template <typename M>
  void send_and_take(Topic<M>& topic);
  template <typename M>
  void send_and_wait(Topic<M>& topic);
  template <typename M>
  void copy_sample(Topic<M>& topic);
  template <typename M>
  void read_latest(Topic<M>& topic);
  template <typename M>
  void find_nothing(Topic<M>& topic);
  template <typename M>
  void look_at_counts(Topic<M>& topic);

  void pass_slice();

  // A step on either topic, as something that has an address.
  template <auto run>
  void on_small() {
    (this->*run)(small_);
  }
  template <auto run>
  void on_large() {
    (this->*run)(large_);
  }

  Node node_;
  Topic<Small> small_;
  Topic<Large> large_;
  Publisher<Slice<Small>> slices_;
  UntypedSubscriber bytes_;
  std::uint64_t failures_ = 0;
};

}  // namespace tarn::test
