// A domain in which one process after the other is killed, and those in it who must not feel it: two readers
// of their own processes and a publisher in the test's. Main thread of the test.
#pragma once

#include <sched.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/call_tracer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/process_state.hpp"
#include "tests/survive/points/matrix.hpp"
#include "tests/survive/points/rest.hpp"
#include "tests/survive/points/survivors.hpp"

namespace tarn::test {

// What the one who is to be killed knows of its stage.
struct Victim {
  const TestDomain& domain;
  std::uint32_t writer;        // the number of this life
  std::function<void()> rest;  // before each step: until the others sleep, where they are to
};
using VictimBody = std::function<void(Parent&, const Victim&)>;

[[nodiscard]] inline DomainOptions stage_options(std::uint32_t payload_bytes,
                                                 plan::TopicRule settings) {
  settings.publishers = 4;
  settings.subscribers = 6;
  settings.orphans = 8;
  settings.held = 3;
  settings.timeout = kWatchdog;
  return {.topics = {listed(kPointsTopic, payload_bytes, settings),
                     listed("odd", 0, {.overflow = settings.overflow})},
          .pool_bytes = std::uint64_t{4} << 20,
          .spin = false};
}

template <typename M>
class Stage {
 public:
  Stage(Matrix& matrix, const plan::TopicRule& settings, Waiting waiting = Waiting::OnTheTopic)
      : matrix_(matrix),
        domain_(stage_options(sizeof(M), settings)),
        pool_(domain_.path()),
        survivors_{Survivor<M>(domain_, waiting), Survivor<M>(domain_, Waiting::OnTheTopic)},
        pids_{survivors_[0].pid(), survivors_[1].pid()},
        node_(domain_.open("successor")),
        publisher_(must(node_.template publisher<M>(kPointsTopic))),
        depth_(settings.depth.value_or(plan::TopicSettings{}.depth)) {
    publish(1);
    base_ = pool_.usage();
  }

  // A life of somebody who publishes, with its checks.
  void let_publish(Pace pace, const VictimBody& body) {
    ChildProcess victim = start(pace, body);
    check_end(victim.join());
    check_after();
  }
  // Of somebody who reads: it is published for as long as it lives.
  void let_read(Pace pace, const VictimBody& body) {
    ChildProcess victim = start(Pace::Unpaced, body);
    while (state_of(victim.pid()) != 'Z') publish_for(victim.pid(), pace);
    check_end(victim.join());
    check_after();
  }
  // Of either, as fast as it can, under a tracer. False: it came to its end before the rule had it killed.
  bool let_live_traced(const CallRule& rule, const VictimBody& body) {
    ++lives_;
    const auto life = [&](Parent& parent) {
      mark_begin();
      body(parent, {.domain = domain_, .writer = lives_, .rest = [] {}});
      mark_end();
    };
    auto traced = start_traced(life, {.rule = rule, .between_marks = true});
    while (state_of(traced.child.pid()) != 'Z') publish_for(traced.child.pid(), Pace::Unpaced);
    const ChildEnd end = traced.child.join();
    traced.tracer.detach();
    const bool killed = traced.tracer.was_obeyed();
    if (killed) UNSCOPED_INFO("killed at " << traced.tracer.obeyed_call());
    REQUIRE(end == (killed ? killed_by(SIGKILL) : kCleanExit));
    check_after();
    return killed;
  }
  // From the next life on, whoever raises `asked` above `done` gets a whole lap of messages, then `done`.
  void lap_on(SharedWord& asked, SharedWord& done) {
    lap_asked_ = &asked;
    lap_done_ = &done;
  }

  // After the last life: everybody leaves in order, and nothing is left.
  void finish() {
    CHECK(comes_true([&] { return pool_.usage() == base_; }));
    auto last = must(node_.template publisher<M>(kPointsTopic));
    must(last.send(numbered<M>(kLastWriter, 1)));
    for (Survivor<M>& survivor : survivors_) CHECK(survivor.join() == kCleanExit);
    CHECK(pool_.safety_wakeups() == 0);
  }

 private:
  ChildProcess start(Pace pace, const VictimBody& body) {
    ++lives_;
    return ChildProcess::start([&](Parent& parent) {
      const auto rest = [&] {
        if (pace == Pace::Unpaced) return;
        parent.check(comes_true([&] { return all_asleep(pids_); }), "the others go to sleep");
      };
      matrix_.points().watch();
      body(parent, {.domain = domain_, .writer = lives_, .rest = rest});
      Points::look_away();
    });
  }

  void publish(std::uint64_t messages) {
    for (std::uint64_t i = 0; i < messages; ++i) {
      const M message = numbered<M>(kSuccessor, ++published_);
      // Where the topic rejects, room is a matter of when its readers come to take.
      REQUIRE(comes_true([&] {
        const auto sent = publisher_.send(message);
        if (!sent && sent.error().code() != Errc::WouldBlock) must(sent);
        return sent.has_value();
      }));
    }
  }

  void lap_who_asks() {
    if (lap_asked_ == nullptr || lap_asked_->load() == lap_done_->load()) return;
    publish(depth_ + 1);
    lap_done_->store(lap_asked_->load());
  }

  [[nodiscard]] bool is_reaped() const {
    const PoolUsage now = pool_.usage();
    // Its own ring, which its readers have just left, may wait for the broker's next round.
    return now.clients == base_.clients && now.subscribers == base_.subscribers &&
           now.waiters == base_.waiters && now.blocks == base_.blocks &&
           now.rings <= base_.rings + 1;
  }
  [[nodiscard]] bool all_see(std::uint64_t place) const {
    return survivors_[0].seen() == place && survivors_[1].seen() == place;
  }

  void publish_for(std::int32_t victim, Pace pace) {
    if (pace == Pace::Unpaced) {
      lap_who_asks();
      publish(3);
      ::sched_yield();
      return;
    }
    const bool rests = comes_true([&] {
      lap_who_asks();
      return state_of(victim) != 'R';
    });
    REQUIRE(rests);
    publish(1);
  }

  void check_end(const ChildEnd& end) {
    REQUIRE(end == (matrix_.points().hit() ? killed_by(SIGKILL) : kCleanExit));
  }
  void check_after() {
    // Before anybody does anything: nobody runs in circles about what the dead left.
    REQUIRE(comes_true([&] { return all_asleep(pids_); }));
    INFO("in use " << pool_.usage() << ", before " << base_);
    REQUIRE(comes_true([&] { return is_reaped(); }));
    REQUIRE(comes_true([&] { return orphans_are_left(pool_.view()); }));
    REQUIRE(pool_.safety_wakeups() == 0);
    check_loans();
    // Where the newest are dropped it would be refused to who is behind.
    REQUIRE(comes_true([&] { return all_asleep(pids_); }));
    publish(1);
    REQUIRE(comes_true([&] { return all_see(place_of(kSuccessor, published_)); }));
    REQUIRE(pool_.safety_wakeups() == 0);
  }

  // There is a chunk for each slot, each loan and each sample that may be held: so whatever the dead had
  // pinned, none is missing once every slot has another one.
  void check_loans() {
    std::vector<Loan<M>> loans;
    for (;;) {
      auto loan = publisher_.loan();
      if (!loan) break;
      loans.push_back(std::move(*loan));
    }
    REQUIRE(loans.size() == plan::TopicSettings{}.loans);
    loans.clear();
    publish(depth_);
  }

  Matrix& matrix_;
  TestDomain domain_;
  PoolObserver pool_;
  std::array<Survivor<M>, 2> survivors_;
  std::array<std::int32_t, 2> pids_;
  Node node_;
  Publisher<M> publisher_;
  std::uint32_t depth_;
  std::uint64_t published_ = 0;
  std::uint32_t lives_ = 0;
  PoolUsage base_{};
  SharedWord* lap_asked_ = nullptr;
  SharedWord* lap_done_ = nullptr;
};

}  // namespace tarn::test
