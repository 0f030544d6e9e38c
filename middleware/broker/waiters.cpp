#include "middleware/broker/waiters.hpp"

#include <cinttypes>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::broker {

Result<std::uint32_t> Waiters::find(std::uint32_t topic) const {
  const auto waiter = books_.directory.find_free<WaiterRecordLayout>();
  if (waiter && shares_.may_wait(topic)) return *waiter;
  return Failure(Error::make(Errc::TooManyWaiters, 0,
                             "all %" PRIu32 " waiters of the domain are in use, %" PRIu32
                             " more are kept for listed topics: raise limits.waiters",
                             shares_.rest().waiters,
                             books_.geometry().waiters.count - shares_.rest().waiters));
}

Error Waiters::no_lines() const {
  return Error::make(Errc::TooManyMemberships, 0,
                     "a waiter needs more lines than the %" PRIu32
                     " subscriber blocks of the pool have left: raise limits.memberships (now "
                     "%" PRIu32 ")",
                     books_.geometry().blocks.count, books_.geometry().members.count);
}

Result<wire::WaiterCreated> Waiters::create(const Asker& asker) {
  const auto waiter = find(kNone);
  if (!waiter) return Failure(waiter.error());
  if (!memberships_.may_wait()) return Failure(no_lines());
  const auto line = books_.grant_lines(asker.client, LineKind::Waiter, 1);
  if (!line) return Failure(no_lines());
  WaiterRecordLayout fields{};
  fields.line = *line;
  fields.client = asker.client;
  fields.flags = directory::kWaiterAlone;
  fields.request = asker.request;
  write(*waiter, fields);
  return wire::WaiterCreated{
      .waiter = *waiter, .generation = books_.directory.generation<WaiterRecordLayout>(*waiter)};
}

void Waiters::write(std::uint32_t waiter, const WaiterRecordLayout& fields) {
  books_.directory.reserve(waiter, fields);
  books_.directory.set_state<WaiterRecordLayout>(waiter, RecordState::Active);
}

bool Waiters::is_alone(std::uint32_t client, std::uint32_t waiter,
                       std::uint32_t generation) const noexcept {
  if (waiter >= books_.geometry().waiters.count) return false;
  if (books_.directory.state<WaiterRecordLayout>(waiter) != RecordState::Active) return false;
  const auto& record = books_.directory.at<WaiterRecordLayout>(waiter);
  return record.client == client && (record.flags & directory::kWaiterAlone) != 0 &&
         books_.directory.generation<WaiterRecordLayout>(waiter) == generation;
}

Result<void> Waiters::close(std::uint32_t client, const wire::CloseWaiter& request) {
  if (!is_alone(client, request.waiter, request.generation)) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "there is no waiter %" PRIu32 " of generation %" PRIu32
                               " of this client to close",
                               request.waiter, request.generation));
  }
  end(request.waiter);
  return {};
}

// The record says first that there may be a path: whoever ends the waiter removes it.
Result<platform::FileDescriptor> Waiters::open_doorbell(std::uint32_t client,
                                                        const wire::OpenDoorbell& request) {
  if (!is_alone(client, request.waiter, request.generation)) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "there is no waiter %" PRIu32 " of generation %" PRIu32
                               " of this client to open a doorbell for",
                               request.waiter, request.generation));
  }
  books_.directory.at<WaiterRecordLayout>(request.waiter).flags |= directory::kWaiterSocket;
  return bells_.bind(request.waiter);
}

template <typename Which>
void Waiters::end_if(std::uint32_t client, Which which) {
  for (std::uint32_t i = 0; i < books_.geometry().waiters.count; ++i) {
    if (!is_in_use(books_.directory.state<WaiterRecordLayout>(i))) continue;
    const auto& record = books_.directory.at<WaiterRecordLayout>(i);
    const bool alone = (record.flags & directory::kWaiterAlone) != 0;
    if (alone && record.client == client && which(record)) end(i);
  }
}

void Waiters::close_all(std::uint32_t client) {
  end_if(client, [](const WaiterRecordLayout&) { return true; });
}

void Waiters::close_unanswered(std::uint32_t client, std::uint32_t answered) {
  end_if(client, [answered](const WaiterRecordLayout& record) {
    return is_later(record.request, answered);
  });
}

void Waiters::reap_all(std::uint32_t client) {
  for (std::uint32_t i = 0; i < books_.geometry().waiters.count; ++i) {
    if (!is_in_use(books_.directory.state<WaiterRecordLayout>(i))) continue;
    if (books_.directory.at<WaiterRecordLayout>(i).client == client) wake_dead(i);
  }
  close_all(client);
}

void Waiters::wake_dead(std::uint32_t waiter) noexcept {
  const std::uint32_t line = books_.directory.at<WaiterRecordLayout>(waiter).line;
  auto* const sleep = &books_.view().line<ring::WaiterLayout>(line)->sleep;
  const std::uint64_t generation = tarn_sleep_look(sleep);
  // It goes on to the next number and never back: a publisher that remembers the last one rung must
  // not take the next owner's sleep for it.
  if (generation % 2 == 1) tarn_sleep_end(sleep, generation);
}

void Waiters::end(std::uint32_t waiter) {
  if ((books_.directory.at<WaiterRecordLayout>(waiter).flags & directory::kWaiterSocket) != 0) {
    bells_.remove(waiter);
  }
  books_.return_lines(books_.directory.at<WaiterRecordLayout>(waiter).line, 1);
  books_.directory.free<WaiterRecordLayout>(waiter);
}

}  // namespace tarn::broker
