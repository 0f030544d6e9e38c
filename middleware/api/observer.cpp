#include <tarn/observer.hpp>

#include <algorithm>
#include <utility>

#include "middleware/directory/topic_status.hpp"
#include "middleware/node/observer_session.hpp"
#include "middleware/pool/pool_state.hpp"
#include "middleware/ring/atomics.h"
#include "platform/fork_canary.hpp"

namespace tarn {

namespace {

Result<void> check_usable(const pool::PoolMapping& mapping) {
  if (platform::in_forked_child(mapping.made_in())) {
    return Failure(Error::make(Errc::Forked, 0,
                               "this observer belongs to the parent process: open one of your own "
                               "after fork"));
  }
  if (pool::load_pool_state(mapping.view().header()) == pool::PoolState::Gone) {
    return Failure(Error::make(Errc::DomainReset, 0,
                               "the pool this observer looks at was given up: open a new one"));
  }
  return {};
}

}  // namespace

struct Observer::State {
  node::ObserverSession session;
};

Observer::Observer(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Observer::~Observer() = default;
Observer::Observer(Observer&&) noexcept = default;
Observer& Observer::operator=(Observer&&) noexcept = default;

Result<Observer> Observer::open(const ObserverOptions& options) {
  auto session = node::ObserverSession::open(options);
  if (!session) return Failure(session.error());
  return Observer(std::make_unique<State>(State{.session = std::move(*session)}));
}

Result<std::vector<TopicStatus>> Observer::topics() const {
  const pool::PoolMapping& mapping = state_->session.mapping();
  if (auto usable = check_usable(mapping); !usable) return Failure(usable.error());
  return directory::read_topic_status(mapping.view());
}

Result<PoolStatus> Observer::pool() const {
  const pool::PoolMapping& mapping = state_->session.mapping();
  if (auto usable = check_usable(mapping); !usable) return Failure(usable.error());
  const pool::PoolView& view = mapping.view();
  const std::uint64_t bookkeeping_bytes = view.geometry().areas.offset;
  const std::uint64_t for_areas = view.geometry().pool_bytes - bookkeeping_bytes;
  // relaxed: a number for people, of the broker's making.
  const std::uint64_t in_areas = tarn_load_relaxed_u64(&view.header().area_bytes_used);
  return PoolStatus{.size_bytes = view.geometry().pool_bytes,
                    .used_bytes = bookkeeping_bytes + std::min(in_areas, for_areas)};
}

}  // namespace tarn
