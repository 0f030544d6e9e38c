// Processes that are stopped, right after each step that others can see: nobody declares them dead, nobody
// waits for them longer than the topic's policy says, whoever comes is let in, and when they go on nothing is
// missing, torn or counted wrongly. The steps are all stores, read-modify-writes and fences that a role comes
// by, as the observed library finds them; many roles stand still at once, each with a partner that does not.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/process_state.hpp"
#include "tests/support/seed.hpp"
#include "tests/survive/events/roles.hpp"
#include "tests/survive/points/observed/observed.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAtOnce = 40;
constexpr auto kShortStop = 300ms;
constexpr auto kLongStop = 10s;

// ---- in the process that is stopped ----

// Of this child; the observer has nowhere else to look.
struct Wanted {
  std::size_t site = 0;
  std::uint32_t passes_left = 0;  // 0: none is wanted (any more)
};
Wanted wanted;
std::set<std::size_t> passed;

bool others_can_see(const observed::Site& site) { return site.access != observed::Access::Load; }

void stop_there(const observed::Site& site, const void* /*address*/) {
  if (wanted.passes_left == 0 || observed::index_of(site) != wanted.site) return;
  if (--wanted.passes_left == 0) ::raise(SIGSTOP);
}
constexpr observed::Observer kStopping{.after = stop_there};

void note_pass(const observed::Site& site, const void* /*address*/) {
  if (others_can_see(site)) passed.insert(observed::index_of(site));
}
constexpr observed::Observer kNoting{.after = note_pass};

// ---- in the test ----

// A role, and where in it.
struct Stop {
  const Role* role;
  std::size_t site;
  std::uint32_t pass = 1;
};

std::string name_of(const Stop& stop) {
  return std::string(stop.role->name) + ", after pass " + std::to_string(stop.pass) + " of " +
         observed::name_of(observed::sites()[stop.site]);
}

// Every step that a role comes by, by letting it.
std::vector<Stop> steps_of(const Role& role, const TestDomain& domain) {
  Pairing pairing;
  const std::string topic = std::string(role.topics) + "list";
  auto partner = ChildProcess::start([&](Parent& parent) {
    role.partner({.parent = parent, .domain = domain, .topic = topic, .pairing = pairing});
  });
  REQUIRE(partner.next_report() == "ready");
  auto child = ChildProcess::start([&](Parent& parent) {
    observed::observe(&kNoting);
    role.leading({.parent = parent, .domain = domain, .topic = topic, .pairing = pairing});
    observed::observe(nullptr);
    std::string list;
    for (const std::size_t site : passed) list += std::to_string(site) + " ";
    parent.report(list);
  });
  std::istringstream list(child.next_report());
  CHECK(child.join() == kCleanExit);
  pairing.stop.store(1);
  CHECK(partner.join() == kCleanExit);
  std::vector<Stop> steps;
  for (std::size_t site = 0; list >> site;) steps.push_back({.role = &role, .site = site});
  return steps;
}

// One process that stops itself where it should, and its partner.
class StoppedPair {
 public:
  StoppedPair(const TestDomain& domain, const Stop& stop, std::size_t number)
      : stop_(stop),
        topic_(std::string(stop.role->topics) + std::to_string(number)),
        partner_(ChildProcess::start(
            [&](Parent& parent) { stop.role->partner(part(parent, domain)); })) {
    REQUIRE(partner_.next_report() == "ready");
    stopped_.emplace(ChildProcess::start([&](Parent& parent) {
      wanted = {.site = stop.site, .passes_left = stop.pass};
      observed::observe(&kStopping);
      stop.role->leading(part(parent, domain));
    }));
  }

  // It stands still; false: it came to its end before, without coming by.
  [[nodiscard]] bool stands_still() {
    char state = 0;
    REQUIRE(wait_until([&] {
      state = state_of(stopped_->pid());
      return state == 'T' || state == 'Z';
    }));
    return state == 'T';
  }
  // The partner goes on meanwhile: from the first look to the second.
  void look_at_partner() { beats_ = pairing_->beats.load(); }
  void check_partner() {
    CHECK(wait_until([&] { return pairing_->beats.load() >= beats_ + 3; }));
    CHECK(state_of(stopped_->pid()) == 'T');
  }
  void go_on() {
    stopped_->kill(SIGCONT);
    CHECK(stopped_->join() == kCleanExit);
    pairing_->stop.store(1);
    CHECK(partner_.join() == kCleanExit);
  }
  [[nodiscard]] const Stop& stop() const { return stop_; }
  [[nodiscard]] const std::string& topic() const { return topic_; }

 private:
  Part part(Parent& parent, const TestDomain& domain) const {
    return {.parent = parent, .domain = domain, .topic = topic_, .pairing = *pairing_};
  }

  Stop stop_;
  std::string topic_;
  std::unique_ptr<Pairing> pairing_ = std::make_unique<Pairing>();
  ChildProcess partner_;
  std::optional<ChildProcess> stopped_;
  std::uint64_t beats_ = 0;
};

// Whoever comes to a topic while somebody on it stands still is let in.
void check_newcomer(const TestDomain& domain, const std::string& topic) {
  auto node = domain.open("newcomer");
  const auto any = node.untyped_subscriber(topic);
  CHECK(any);
}

struct Tally {
  std::size_t stops = 0;
  std::vector<Stop> missed{};
};

// Pairs of which one stands still.
class Standstill {
 public:
  Standstill(const TestDomain& domain, std::span<const Stop> stops, Tally& tally)
      : domain_(domain) {
    for (const Stop& stop : stops) {
      pairs_.push_back(std::make_unique<StoppedPair>(domain, stop, ++last_number));
    }
    for (const auto& pair : pairs_) {
      if (pair->stands_still()) {
        still_.push_back(pair.get());
      } else {
        tally.missed.push_back(pair->stop());
      }
    }
    tally.stops += still_.size();
    for (StoppedPair* pair : still_) pair->look_at_partner();
  }
  void check_others() {
    for (StoppedPair* pair : still_) {
      INFO(name_of(pair->stop()));
      check_newcomer(domain_, pair->topic());
      pair->check_partner();
    }
    for (StoppedPair* pair : still_) pair->look_at_partner();
  }
  void stand_for(std::chrono::nanoseconds duration) const {
    std::this_thread::sleep_until(since_ + duration);
  }
  void go_on() {
    for (const auto& pair : pairs_) {
      INFO(name_of(pair->stop()));
      pair->go_on();
    }
  }
  [[nodiscard]] std::size_t count() const { return still_.size(); }

 private:
  inline static std::size_t last_number = 0;  // no two pairs meet on one topic

  const TestDomain& domain_;
  std::vector<std::unique_ptr<StoppedPair>> pairs_;
  std::vector<StoppedPair*> still_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

// Where it would hurt most to stand for long.
bool is_delicate(const Stop& stop) {
  const std::string_view step = observed::sites()[stop.site].function;
  const std::string_view role = stop.role->name;
  return (step == "tarn_slot_begin" && role == "publishes messages in chunks") ||
         (step == "tarn_pin_claim" && role == "reads messages in chunks") ||
         (step == "tarn_sleep_announce" && role == "reads reliably");
}

struct Plan {
  std::vector<Stop> brief{};
  std::vector<Stop> long_ones{};
};

// Every step of every role, in an order of the seed's.
Plan plan_stops(const TestDomain& domain) {
  Plan plan;
  for (const Role& role : roles()) {
    const auto steps = steps_of(role, domain);
    std::fprintf(stderr, "%s: %zu steps\n", role.name.data(), steps.size());
    for (const Stop& stop : steps) {
      const bool another = plan.long_ones.empty() || plan.long_ones.back().role != stop.role;
      (is_delicate(stop) && another ? plan.long_ones : plan.brief).push_back(stop);
    }
  }
  std::shuffle(plan.brief.begin(), plan.brief.end(), std::mt19937(seed()));
  return plan;
}

void stand_still_in_turns(const TestDomain& domain, Bystanders& bystanders,
                          std::span<const Stop> stops, Tally& tally) {
  for (std::size_t first = 0; first < stops.size(); first += kAtOnce) {
    Standstill still(domain, stops.subspan(first, std::min(kAtOnce, stops.size() - first)), tally);
    CHECK(bystanders.go_on());
    still.check_others();
    still.stand_for(kShortStop);
    CHECK(bystanders.go_on());
    still.go_on();
  }
}

}  // namespace

TEST_CASE(
    "who is stopped after any step is not dead, costs others what the policy says, and goes on",
    "[survive][events]") {
  TestDomain domain(roles_domain());
  const PassSet before(domain);
  Tally tally;
  {
    Bystanders bystanders(domain);
    const Plan plan = plan_stops(domain);
    REQUIRE(plan.long_ones.size() == 3);
    // Whoever is stopped before it rings leaves those it would have rung to their safety time-out.
    domain.expect_safety_wakeups(2 * (plan.brief.size() + plan.long_ones.size()));
    Standstill for_long(domain, plan.long_ones, tally);
    CHECK(for_long.count() == 3);
    stand_still_in_turns(domain, bystanders, plan.brief, tally);
    for_long.stand_for(kLongStop);
    for_long.check_others();
    for_long.go_on();
    std::fprintf(stderr, "%zu stops, %zu steps not passed again\n", tally.stops,
                 tally.missed.size());
    for (const Stop& stop : tally.missed) std::fprintf(stderr, "  %s\n", name_of(stop).c_str());
    CHECK(tally.missed.size() * 10 <= tally.stops);
    CHECK(bystanders.finish());
  }
  before.check();
}

}  // namespace tarn::test
