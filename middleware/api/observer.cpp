#include <tarn/observer.hpp>

#include <algorithm>
#include <utility>

#include <tarn/topic_name.hpp>

#include "middleware/api/topic_watch_state.hpp"
#include "middleware/directory/topic_detail.hpp"
#include "middleware/directory/topic_status.hpp"
#include "middleware/node/observer_session.hpp"
#include "middleware/pool/configuration_halves.hpp"
#include "middleware/pool/pool_state.hpp"
#include "middleware/ring/atomics.h"
#include "platform/fork_canary.hpp"

namespace tarn {

namespace {

Error no_topic(std::string_view name) {
  return Error::make(Errc::NoTopic, 0,
                     "no topic '%.*s' in this domain: nobody publishes or subscribes to it",
                     static_cast<int>(name.size()), name.data());
}

}  // namespace

Result<void> detail::check_observable(const pool::PoolMapping& mapping) {
  if (platform::in_forked_child(mapping.made_in())) {
    return Failure(Error::make(Errc::Forked, 0,
                               "this observer belongs to the parent process: open one of your own "
                               "after fork"));
  }
  if (pool::load_pool_state(mapping.view().header()) == pool::PoolState::Gone) {
    return Failure(Error::make(Errc::DomainReset, 0,
                               "the domain that was looked at has ended, with its last user or "
                               "because its files were removed: open a "
                               "new observer, or run the command again"));
  }
  return {};
}

struct Observer::State {
  node::ObserverSession session;
};

Observer::Observer(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
Observer::~Observer() = default;
Observer::Observer(Observer&&) noexcept = default;
Observer& Observer::operator=(Observer&&) noexcept = default;

Result<Observer> Observer::open(const ObserverOptions& options) {
  auto session = node::ObserverSession::open(options);
  if (!session) return Failure(session.error());
  return Observer(std::make_shared<State>(State{.session = std::move(*session)}));
}

Result<std::vector<TopicStatus>> Observer::topics() const {
  const pool::PoolMapping& mapping = state_->session.mapping();
  if (auto usable = detail::check_observable(mapping); !usable) return Failure(usable.error());
  return directory::read_topic_status(mapping.view());
}

Result<TopicDetail> Observer::topic(std::string_view name) const {
  const pool::PoolMapping& mapping = state_->session.mapping();
  if (auto usable = detail::check_observable(mapping); !usable) return Failure(usable.error());
  if (auto named = check_topic_name(name); !named) return Failure(named.error());
  auto detail = directory::read_topic_detail(mapping.view(), name);
  if (!detail) return Failure(no_topic(name));
  return std::move(*detail);
}

Result<TopicWatch> Observer::watch(std::string_view name, const WatchOptions& options) const {
  const pool::PoolMapping& mapping = state_->session.mapping();
  if (auto usable = detail::check_observable(mapping); !usable) return Failure(usable.error());
  if (auto named = check_topic_name(name); !named) return Failure(named.error());
  auto state = std::make_unique<TopicWatch::State>(TopicWatch::State{
      .observer = state_,
      .mapping = &mapping,
      .topic = port::ObservedTopic(mapping.view(), std::string(name), options.history)});
  if (!state->topic.known()) return Failure(no_topic(name));
  return TopicWatch(std::move(state));
}

Result<PoolStatus> Observer::pool() const {
  const pool::PoolMapping& mapping = state_->session.mapping();
  if (auto usable = detail::check_observable(mapping); !usable) return Failure(usable.error());
  const pool::PoolView& view = mapping.view();
  const std::uint64_t bookkeeping_bytes = view.geometry().areas.offset;
  const std::uint64_t for_areas = view.geometry().pool_bytes - bookkeeping_bytes;
  // relaxed: a number for people, of the broker's making.
  const std::uint64_t in_areas = tarn_load_relaxed_u64(&view.header().area_bytes_used);
  const auto& header = view.header();
  // relaxed: likewise, each by itself.
  const std::uint32_t failed = tarn_load_relaxed_u32(&header.last_reload_failed);
  return PoolStatus{.size_bytes = view.geometry().pool_bytes,
                    .used_bytes = bookkeeping_bytes + std::min(in_areas, for_areas),
                    .reloads = pool::configuration_number(view),
                    .reloads_failed = tarn_load_relaxed_u64(&header.reloads_failed),
                    .last_reload_failed = failed != 0,
                    .last_reload_ns = tarn_load_relaxed_u64(&header.last_reload_ns)};
}

Result<ReloadReport> Observer::reload(std::chrono::nanoseconds timeout) {
  if (auto usable = detail::check_observable(state_->session.mapping()); !usable) {
    return Failure(usable.error());
  }
  return state_->session.reload(timeout);
}

}  // namespace tarn
