#include "middleware/broker/reload.hpp"

#include <algorithm>
#include <cinttypes>
#include <string_view>
#include <utility>
#include <vector>

#include "middleware/broker/check_options.hpp"
#include "middleware/broker/configuration_keys.hpp"
#include "middleware/broker/stored_configuration.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "middleware/wire/control_messages.hpp"
#include "platform/clock.hpp"

namespace tarn::broker {

namespace {

constexpr const char* kHowToReshape =
    "\npool.size and limits wait until all programs of the domain have ended, its broker too: only "
    "then a new pool is made";

// What is gone by: the new one's where a broker at work can follow, what was there in all else.
BrokerOptions follow(const BrokerOptions& had, const BrokerOptions& read) {
  BrokerOptions next = had;
  next.unplanned_bytes = read.unplanned_bytes;
  next.refuse_unlisted = read.refuse_unlisted;
  next.rules = read.rules;
  next.log_level = read.log_level;
  next.spin = read.spin;
  return next;
}

// What the pool in use was made with, as if the file said so.
plan::MemoryDemand demand_of(const pool::PoolGeometry& geometry, const BrokerOptions& next) {
  return {.limits = {.clients = geometry.clients.count,
                     .topics = geometry.topics.count,
                     .publishers = pool::publisher_limit(geometry),
                     .memberships = geometry.members.count,
                     .waiters = geometry.waiters.count,
                     .observers = next.limits.observers,
                     .patterns = geometry.patterns.count,
                     .type_text_bytes = geometry.type_text.count},
          .pool_bytes = geometry.pool_bytes,
          .unplanned_bytes = next.unplanned_bytes,
          .page_bytes = geometry.page_bytes};
}

// Whether the plan fits the pool in use, were nobody in it.
Result<plan::MemoryPlan> plan_in(const pool::PoolGeometry& geometry, const BrokerOptions& next) {
  auto plan = plan::plan_memory(next.rules, demand_of(geometry, next));
  if (!plan) return plan;
  plan->bookkeeping_bytes = geometry.areas.offset;
  plan->needed_bytes = plan->bookkeeping_bytes + plan->topic_bytes + plan->unplanned_bytes;
  if (auto fits = plan::check_plan(*plan); !fits) return Failure(fits.error());
  return plan;
}

// The whole file as it stands, whatever pool there is.
Result<void> check_alone(const BrokerOptions& read, std::uint32_t page_bytes) {
  if (auto checked = check_options(read); !checked) return checked;
  const auto plan = plan_of(read, page_bytes);
  if (!plan) return Failure(plan.error());
  return plan::check_plan(*plan);
}

ReloadOutcome refused(const Error& error) {
  return {.code = error.code(), .system_errno = error.system_errno(), .findings = error.message()};
}

template <typename Visit>
void for_each_line(std::string_view lines, Visit visit) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    visit(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

// As much as a reply carries, whole lines if it must be less.
std::string bounded(std::string findings) {
  if (findings.size() <= wire::kMaxFindingsBytes) return findings;
  const std::size_t end = findings.rfind('\n', wire::kMaxFindingsBytes);
  findings.resize(end == std::string::npos ? wire::kMaxFindingsBytes : end);
  return findings;
}

}  // namespace

const ReloadOutcome& Reload::run() {
  outcome_ = read_and_apply();
  record();
  report();
  return outcome_;
}

ReloadOutcome Reload::read_and_apply() {
  const ConfigurationReader& reader = options_.reader;
  if (reader.read == nullptr) {
    return refused(
        Error::make(Errc::InvalidArgument, 0,
                    "the broker of domain '%s' was started without a configuration file: "
                    "there is nothing to read again",
                    options_.domain.c_str()));
  }
  Reread read = reader.read(reader.context);
  if (!read.options) {
    return {.code = read.code,
            .system_errno = read.system_errno,
            .findings = bounded(std::move(read.findings))};
  }
  const auto& geometry = registry_.books.geometry();
  if (auto checked = check_alone(*read.options, geometry.page_bytes); !checked) {
    return refused(checked.error());
  }
  auto applied = apply(*read.options);
  if (applied) return std::move(*applied);
  ReloadOutcome outcome = refused(applied.error());
  outcome.findings += kHowToReshape;
  return outcome;
}

Result<ReloadOutcome> Reload::apply(const BrokerOptions& read) {
  BrokerOptions next = follow(options_, read);
  const auto& view = registry_.books.view();
  const auto plan = plan_in(view.geometry(), next);
  if (!plan) return Failure(plan.error());
  const auto live = registry_.topics.live();
  auto areas = registry_.areas.replanned(plan->topics, live);
  if (!areas) return Failure(areas.error());
  auto members = replan_members(plan->topics, live);
  if (!members) return Failure(members.error());
  if (auto kept = check_promise(plan->topics); !kept) return Failure(kept.error());
  StoredConfiguration stored{
      .options = std::move(next), .areas = areas->extents(), .members = members->extents()};
  if (auto replaced = replace_configuration(stored, view); !replaced) {
    return Failure(replaced.error());
  }
  // From here on a successor goes by the new one, and nothing can fail any more.
  ReloadOutcome outcome{.applied = true};
  outcome.changed = lines_of(changed_keys(stored.options, options_), wire::kMaxKeysBytes);
  outcome.waiting = lines_of(waiting_keys(read, options_, view.geometry()), wire::kMaxKeysBytes);
  options_ = std::move(stored.options);
  registry_.areas = std::move(*areas);
  registry_.books.members = std::move(*members);
  registry_.topics.promise();
  outcome.live = lines_of(registry_.topics.mark_former(), wire::kMaxKeysBytes);
  registry_.orphans.publish_usage();
  journal_.set_level(options_.log_level);
  registry_.set_spin(options_.spin);
  return outcome;
}

Result<PlannedRanges> Reload::replan_members(const std::vector<plan::TopicPlan>& topics,
                                             const std::vector<LiveTopic>& live) const {
  PlannedRanges members = registry_.books.members;
  const auto no_room = members.replan(member_places(topics), live);
  if (!no_room) return members;
  return Failure(Error::make(Errc::InvalidConfig, 0,
                             "topics.%s needs %" PRIu64 " member entries in one piece; %" PRIu32
                             " of the %" PRIu32 " of limits.memberships are free, %" PRIu32
                             " in one piece: topics in use keep theirs until their last publisher "
                             "and subscriber have left",
                             no_room->wanted.topic.c_str(), no_room->wanted.units(), no_room->free,
                             members.capacity(), no_room->in_one_piece));
}

// Records and lines that the new rules promise must not be with others.
Result<void> Reload::check_promise(const std::vector<plan::TopicPlan>& topics) const {
  const auto too_few = registry_.shares.find_too_few(registry_.shares.promised(topics),
                                                     registry_.memberships.all_beyond_promise());
  if (!too_few) return {};
  return Failure(Error::make(Errc::InvalidConfig, 0,
                             "listed topics need %" PRIu64 " of the %" PRIu64
                             " of %s, other topics in use have %" PRIu64
                             ": wait until these have been left, or list less",
                             too_few->promised, too_few->all, too_few->key, too_few->others));
}

void Reload::record() noexcept {
  auto& header = registry_.books.header();
  directory::set_count(header.last_reload_ns, platform::monotonic_nanoseconds());
  directory::set_count(header.last_reload_failed, outcome_.applied ? 0U : 1U);
  if (!outcome_.applied) add_to(header.reloads_failed, 1);
}

void Reload::report() noexcept {
  if (!outcome_.applied) {
    for_each_line(outcome_.findings, [&](std::string_view line) {
      journal_.fail("%.*s", static_cast<int>(line.size()), line.data());
    });
    journal_.fail("the configuration could not be replaced: the one before goes on");
    return;
  }
  journal_.say("goes by the configuration that was read again");
  const auto tell = [&](const std::string& keys, const char* what) {
    for_each_line(keys, [&](std::string_view line) {
      journal_.say("%.*s %s", static_cast<int>(line.size()), line.data(), what);
    });
  };
  tell(outcome_.changed, "has changed");
  tell(outcome_.live, "keeps its settings until nobody is on it");
  tell(outcome_.waiting, "waits until a new pool is made");
}

}  // namespace tarn::broker
