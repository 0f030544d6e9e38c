#include "tests/support/domain/pass_set.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "platform/process_handle.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

constexpr std::uint64_t kMostBrokerGrowthKib = 64;
// A ring more needs a line more of each of its readers, whose blocks may have been full; blocks stay.
constexpr std::uint32_t kMostBlocksMore = 1;

using Findings = std::vector<std::string>;

bool has(const Pids& pids, std::int32_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

bool contains(const std::string& line, const std::string& text) {
  return line.find(text) != std::string::npos;
}

std::string who(const Holdings& client) {
  return "'" + client.name + "' (pid " + std::to_string(client.pid) + ")";
}

// As the broker's log names a client.
std::string named_in_log(std::int32_t pid) { return "(pid " + std::to_string(pid) + ")"; }

void compare(const std::string& whose, const DescriptorCounts& before, const DescriptorCounts& now,
             Findings& found) {
  for (const auto& [kind, count] : now) {
    const auto known = before.find(kind);
    const std::uint32_t had = known == before.end() ? 0 : known->second;
    if (count <= had) continue;
    found.push_back(whose + " has " + std::to_string(count) + " fds that are " + kind +
                    ", and had " + std::to_string(had));
  }
}

void compare(const Holdings& before, const Holdings& now, Findings& found) {
  const auto differs = [&](const char* what, std::uint64_t had, std::uint64_t has_now) {
    if (had == has_now) return;
    found.push_back(who(before) + " has " + std::to_string(has_now) + " " + what + ", and had " +
                    std::to_string(had));
  };
  differs("rings", before.rings, now.rings);
  differs("bytes of areas", before.area_bytes, now.area_bytes);
  differs("subscriptions", before.subscribers, now.subscribers);
  differs("waiters", before.waiters, now.waiters);
  differs("patterns", before.patterns, now.patterns);
  if (now.blocks > before.blocks + kMostBlocksMore) differs("blocks", before.blocks, now.blocks);
}

void look_at(const Pair& pair, Findings& found) {
  if (pair.received + pair.lost != pair.published) {
    found.push_back(pair.name + ": " + std::to_string(pair.received) + " received and " +
                    std::to_string(pair.lost) + " lost are not the " +
                    std::to_string(pair.published) + " that were published");
  }
  if (pair.reliable && pair.lost != 0) {
    found.push_back(pair.name + " is reliable and lost " + std::to_string(pair.lost));
  }
}

std::uint64_t start_time_of(std::int32_t pid) {
  const auto time = platform::process_start_time(pid);
  if (!time) throw std::runtime_error(time.error().message());
  return *time;
}

}  // namespace

PassSet::PassSet(const TestDomain& domain) : domain_(domain) {
  const PoolObserver pool(domain.path());
  const bool rests = wait_until([&] {
    before_ = take_census(pool.view());
    return before_.disagreements.empty();
  });
  if (!rests)
    throw std::runtime_error("the domain does not rest: " + before_.disagreements.front());
  broker_pid_ = domain.broker_pid();
  broker_start_time_ = start_time_of(broker_pid_);
  broker_kib_ = anonymous_kib(broker_pid_);
  broker_descriptors_ = descriptors_of(broker_pid_);
  for (const auto& [key, client] : before_.clients) {
    if (client.pid != ::getpid()) client_descriptors_[client.pid] = descriptors_of(client.pid);
  }
  first_line_ = domain.broker_lines().end();
}

void PassSet::check(const Fault& fault) const {
  const Findings found = findings(fault);
  for (const std::string& sentence : found) UNSCOPED_INFO(sentence);
  CHECK(found.empty());
}

Findings PassSet::findings(const Fault& fault, std::chrono::nanoseconds limit) const {
  Findings found;
  (void)wait_until(
      [&] {
        found = look(fault);
        return found.empty();
      },
      limit);
  return found;
}

Findings PassSet::look(const Fault& fault) const {
  const PoolObserver pool(domain_.path());
  const Census now = take_census(pool.view());
  Findings found = now.disagreements;
  look_at_processes(fault, found);
  look_at_clients(fault, now, found);
  look_at_broker(now, found);
  look_at_lines(fault, now, found);
  for (const Pair& pair : fault.pairs) look_at(pair, found);
  return found;
}

void PassSet::look_at_processes(const Fault& fault, Findings& found) const {
  if (!broker_is_another() && !is_running(broker_pid_, broker_start_time_)) {
    found.push_back("the broker has ended");
  }
  for (const auto& [key, client] : before_.clients) {
    const bool expected = !has(fault.died, client.pid) && !has(fault.left, client.pid);
    if (expected && !is_running(client.pid, client.start_time)) {
      found.push_back(who(client) + " has ended, and was not to");
    }
    if (has(fault.died, client.pid) && is_running(client.pid, client.start_time)) {
      found.push_back(who(client) + " lives, and was to die");
    }
    const auto descriptors = client_descriptors_.find(client.pid);
    if (descriptors != client_descriptors_.end()) {
      compare(who(client), descriptors->second, descriptors_of(client.pid), found);
    }
  }
}

void PassSet::look_at_clients(const Fault& fault, const Census& now, Findings& found) const {
  for (const auto& [key, client] : before_.clients) {
    const auto still = now.pool_id == before_.pool_id ? now.clients.find(key) : now.clients.end();
    const bool expected = !has(fault.died, client.pid) && !has(fault.left, client.pid);
    if (still == now.clients.end()) {
      if (expected) found.push_back(who(client) + " is not in the pool any more");
    } else if (expected) {
      compare(client, still->second, found);
    }
  }
  for (const auto& [key, client] : now.clients) {
    const bool known = now.pool_id == before_.pool_id && before_.clients.contains(key);
    const bool gone = has(fault.died, client.pid) || has(fault.left, client.pid);
    if (!known || gone) found.push_back(who(client) + " is still in the pool");
  }
  if (now.orphans > before_.orphans + fault.orphans) {
    found.push_back(std::to_string(now.orphans) + " rings are kept for readers, and " +
                    std::to_string(before_.orphans + fault.orphans) + " were to be");
  }
}

DescriptorCounts PassSet::broker_descriptors() const {
  if (!broker_is_another()) return descriptors_of(broker_pid_);
  DescriptorCounts counts = descriptors_of(domain_.broker_pid(), own_sockets_and_pipes());
  counts.erase("pipe");  // a broker makes none
  return counts;
}

void PassSet::look_at_broker(const Census& now, Findings& found) const {
  DescriptorCounts allowed = broker_descriptors_;
  if (broker_is_another()) {
    // It was forked by the test, and may have what that has open.
    for (const auto& [kind, count] : descriptors_of(::getpid(), own_sockets_and_pipes())) {
      allowed[kind] += count;
    }
  }
  const auto went = static_cast<std::uint32_t>(
      before_.clients.size() - std::min(before_.clients.size(), now.clients.size()));
  // A connection and a pidfd for each client; one that the broker has taken over need not have come yet.
  if (std::uint32_t& handles = allowed["anon_inode:[pidfd]"]; handles >= went) handles -= went;
  std::uint32_t& sockets = allowed["socket"];
  const bool all_had_come = sockets > before_.clients.size();
  if (all_had_come && !broker_is_another()) sockets -= went;
  compare("the broker", allowed, broker_descriptors(), found);
  if (broker_is_another() || is_sanitized()) return;  // a sanitizer keeps what was freed
  const std::uint64_t kib = anonymous_kib(broker_pid_);
  if (kib <= broker_kib_ + kMostBrokerGrowthKib) return;
  found.push_back("the broker has grown by " + std::to_string(kib - broker_kib_) + " KiB");
}

void PassSet::look_at_lines(const Fault& fault, const Census& now, Findings& found) const {
  const std::vector<std::string> lines = domain_.broker_lines().since(first_line_);
  if (domain_.broker_lines().is_full()) found.emplace_back("the broker said more than fits");
  std::uint64_t deaths = 0;
  for (const std::string& line : lines) {
    const bool explained =
        std::any_of(fault.died.begin(), fault.died.end(),
                    [&](std::int32_t pid) { return contains(line, named_in_log(pid)); }) ||
        std::any_of(fault.says.begin(), fault.says.end(),
                    [&](const std::string& text) { return contains(line, text); }) ||
        (broker_is_another() && contains(line, "broker of domain '"));
    if (!explained) found.push_back("the broker says \"" + line + "\"");
    if (contains(line, " is dead: cleaning up after it")) ++deaths;
  }
  for (const std::string& text : fault.says) {
    const auto said = [&](const std::string& line) { return contains(line, text); };
    if (std::none_of(lines.begin(), lines.end(), said)) {
      found.push_back("the broker does not say \"" + text + "\"");
    }
  }
  if (now.pool_id == before_.pool_id && deaths != now.reaped_clients - before_.reaped_clients) {
    found.push_back("the broker's log tells of " + std::to_string(deaths) +
                    " deaths, its pool of " +
                    std::to_string(now.reaped_clients - before_.reaped_clients));
  }
  if (now.pool_id == before_.pool_id) look_for_names(fault, lines, found);
}

void PassSet::look_for_names(const Fault& fault, const std::vector<std::string>& lines,
                             Findings& found) const {
  for (const std::int32_t pid : std::set<std::int32_t>(fault.died.begin(), fault.died.end())) {
    const auto named = static_cast<std::uint64_t>(
        std::count_if(lines.begin(), lines.end(),
                      [&](const std::string& line) { return contains(line, named_in_log(pid)); }));
    const auto known = static_cast<std::uint64_t>(
        std::count_if(before_.clients.begin(), before_.clients.end(),
                      [&](const auto& client) { return client.second.pid == pid; }));
    if (known != 0 && named != known) {
      found.push_back("the broker's log names pid " + std::to_string(pid) + " " +
                      std::to_string(named) + " times, and it had " + std::to_string(known) +
                      " nodes");
    }
  }
}

}  // namespace tarn::test
