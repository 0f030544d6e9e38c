// What every fault must leave as it was, whatever it is: made over a domain at rest, asked when the fault is
// over. Waits until it holds, since the dead are buried in their own time, and says in one sentence each
// what does not:
//
//   - nobody but the injected process has ended;
//   - no record, area, line or pin has been left behind, and who lives has what it had (take_census);
//   - neither broker nor clients have more fds, and the broker no more than 64 KiB more memory;
//   - the broker's log names each client that died once, and says nothing else;
//   - of each pair of ends that is named, received + lost == published, and where it is reliable lost == 0.
//
//   PassSet before(domain);
//   publisher.kill();
//   before.check({.died = publisher.process().pid()});
//
// A broker may be killed and another started in between: the new one answers for what the old one had.
// What the test's own process has open is not looked at, main's listener does that. Main thread of the test.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "tests/support/domain/census.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/process_state.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

// One publisher and one of its subscribers, or several together, as they count.
struct Pair {
  std::string name;
  std::uint64_t published = 0;
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  bool reliable = false;
};

class Pids : public std::vector<std::int32_t> {
 public:
  Pids() = default;
  Pids(std::int32_t pid) : vector{pid} {}
  Pids(std::initializer_list<std::int32_t> pids) : vector(pids) {}
};

// What the fault was, and what of it may be seen afterwards.
struct Fault {
  Pids died{};                // also those that came after the PassSet was made
  Pids left{};                // clients that closed their nodes, or ended, in order
  std::uint32_t orphans = 0;  // rings that are kept for readers who have not looked yet
  std::vector<std::string>
      says{};  // texts of further lines of the broker's log, each at least once
  std::vector<Pair> pairs{};
};

class PassSet {
 public:
  // Returns when nothing is under way. Requires: a broker runs, here and when it is asked.
  explicit PassSet(const TestDomain& domain);

  // Fails the test case for each thing that does not hold.
  void check(const Fault& fault = {}) const;
  // The same as sentences; empty: it passes. `limit`: how long the domain may take to come to rest.
  [[nodiscard]] std::vector<std::string> findings(const Fault& fault = {},
                                                  std::chrono::nanoseconds limit = kWatchdog) const;

 private:
  using Findings = std::vector<std::string>;

  [[nodiscard]] Findings look(const Fault& fault) const;
  void look_at_processes(const Fault& fault, Findings& found) const;
  void look_at_clients(const Fault& fault, const Census& now, Findings& found) const;
  void look_at_broker(const Census& now, Findings& found) const;
  void look_at_lines(const Fault& fault, const Census& now, Findings& found) const;
  void look_for_names(const Fault& fault, const std::vector<std::string>& lines,
                      Findings& found) const;
  [[nodiscard]] bool broker_is_another() const { return domain_.broker_pid() != broker_pid_; }
  // Of the broker that serves now; what a later one got with its fork is its test's, not its own.
  [[nodiscard]] DescriptorCounts broker_descriptors() const;

  const TestDomain& domain_;
  Census before_;
  std::int32_t broker_pid_ = 0;
  std::uint64_t broker_start_time_ = 0;
  std::uint64_t broker_kib_ = 0;
  DescriptorCounts broker_descriptors_;
  std::map<std::int32_t, DescriptorCounts>
      client_descriptors_;  // by pid; the test's own is not here
  std::size_t first_line_ = 0;
};

}  // namespace tarn::test
