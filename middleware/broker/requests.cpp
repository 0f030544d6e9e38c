#include "middleware/broker/requests.hpp"

#include <cerrno>
#include <cinttypes>
#include <utility>
#include <variant>

#include "middleware/broker/liveness.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "platform/process_handle.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"

namespace tarn::broker {

namespace {

Answer done() {
  Answer answer;
  answer.reply = wire::Done{};
  return answer;
}

template <typename Reply>
Result<Answer> replied(const Result<Reply>& reply) {
  if (!reply) return Failure(reply.error());
  Answer answer;
  answer.reply = *reply;
  return answer;
}

Result<Answer> replied(const Result<void>& outcome) {
  if (!outcome) return Failure(outcome.error());
  return done();
}

Asker asker(const Session& session) {
  return {.client = session.client, .request = session.request};
}

// Invalid where there are no pidfds, or none for this process; its lock will have to do then.
Result<platform::ProcessHandle> handle_of(const platform::SeqPacketSocket& socket) {
  auto pidfd = socket.peer_pidfd();
  if (pidfd) return platform::ProcessHandle::adopt(std::move(*pidfd));
  switch (pidfd.error().system_errno()) {
    case ESRCH:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Failure(pidfd.error());
    default:
      return platform::ProcessHandle();
  }
}

// 0 where the kernel does not say. A broker that cannot ask must not take that for an answer: its client
// would be another one from then on.
Result<std::uint64_t> start_time_of(std::int32_t pid) {
  const auto started = platform::process_start_time(pid);
  if (started) return *started;
  switch (started.error().system_errno()) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EIO:
      return Failure(started.error());
    default:
      return 0;
  }
}

}  // namespace

Result<Answer> Requests::handle(Session& session, const wire::Request& request) {
  auto answered =
      std::visit([&](const auto& message) { return answer(session, message); }, request);
  if (!answered) add_to(registry_.books.header().refused_requests, 1);
  return answered;
}

void Requests::take_back(Session& session, const wire::Reply& reply) {
  // What was just granted can be closed: there is no answer to look at.
  if (const auto* publisher = std::get_if<wire::PublisherCreated>(&reply)) {
    (void)handle(session, wire::ClosePublisher{.ring = publisher->ring,
                                               .ring_generation = publisher->ring_generation});
  } else if (const auto* subscriber = std::get_if<wire::SubscriberCreated>(&reply)) {
    (void)handle(session, wire::CloseSubscriber{.subscriber = subscriber->subscriber,
                                                .generation = subscriber->generation});
  } else if (const auto* waiter = std::get_if<wire::WaiterCreated>(&reply)) {
    (void)handle(session,
                 wire::CloseWaiter{.waiter = waiter->waiter, .generation = waiter->generation});
  } else if (const auto* pattern = std::get_if<wire::PatternCreated>(&reply)) {
    (void)handle(session, wire::ClosePattern{.pattern = pattern->pattern,
                                             .generation = pattern->generation});
  }
}

Result<Answer> Requests::answer(Session& session, const wire::Hello& request) {
  const auto version = wire::agree_version(request);
  if (!version) return Failure(version.error());
  if (request.layout_version != pool::kLayoutVersion) {
    return Failure(Error::make(Errc::VersionMismatch, 0,
                               "the client knows pool layout %" PRIu32 ", the pool has %" PRIu32
                               ": use the same tarn release on both sides",
                               request.layout_version, pool::kLayoutVersion));
  }
  if (request.observer) return welcome_observer(*version);
  return welcome_client(session, request, *version);
}

wire::Welcome Requests::welcome(std::uint16_t version) const noexcept {
  const auto& geometry = registry_.books.geometry();
  return {.version = version,
          .client = wire::kNoIndex,
          .generation = 0,
          .pool_id = geometry.pool_id,
          .pool_bytes = geometry.pool_bytes,
          .page_bytes = geometry.page_bytes};
}

Result<Answer> Requests::welcome_observer(std::uint16_t version) {
  auto& observers = registry_.books.header().observers;
  if (observers >= offer_.most_observers) {
    return Failure(Error::make(Errc::TooManyObservers, 0,
                               "there are %" PRIu32 " of %" PRIu32
                               " observers: stop one or raise limits.observers",
                               observers, offer_.most_observers));
  }
  auto pool = offer_.pool.open_read_only();
  if (!pool) return Failure(pool.error());
  directory::set_count(observers, observers + 1);
  Answer answer;
  answer.reply = welcome(version);
  answer.opened[0] = std::move(*pool);
  answer.attach(answer.opened[0].get());
  return answer;
}

Result<std::uint32_t> Requests::admit(const Session& session, const wire::Hello& request) {
  const auto started = start_time_of(session.peer.pid);
  if (!started) return Failure(started.error());
  const ClientIdentity identity{.pid = session.peer.pid,
                                .uid = session.peer.uid,
                                .start_time = *started,
                                .node = request.node};
  auto process = handle_of(session.socket);
  if (request.resume_client != wire::kNoIndex) {
    const auto resumed =
        registry_.clients.resume({.client = request.resume_client,
                                  .generation = request.resume_generation,
                                  .pool_id = request.pool_id},
                                 identity, std::move(process).value_or(platform::ProcessHandle()));
    if (!resumed) return Failure(resumed.error());
    registry_.publishers.close_unanswered(request.resume_client, request.answered);
    registry_.subscribers.close_unanswered(request.resume_client, request.answered);
    registry_.patterns.close_unanswered(request.resume_client, request.answered);
    registry_.waiters.close_unanswered(request.resume_client, request.answered);
    registry_.settle();
    return request.resume_client;
  }
  if (!process) return Failure(process.error());
  return registry_.clients.add(identity, std::move(*process));
}

Result<Answer> Requests::welcome_client(Session& session, const wire::Hello& request,
                                        std::uint16_t version) {
  // A description of its own: locks belong to descriptions, and this one shall end with the client.
  auto alive = platform::open_file(offer_.alive_path, platform::FileAccess::ReadWrite);
  if (!alive) return Failure(alive.error());
  const auto client = admit(session, request);
  if (!client) return Failure(client.error());
  session.client = *client;
  wire::Welcome reply = welcome(version);
  reply.client = *client;
  reply.generation = registry_.books.directory.generation<ClientRecordLayout>(*client);
  Answer answer;
  answer.reply = reply;
  answer.opened[1] = std::move(*alive);
  answer.attach(offer_.pool.fd());
  answer.attach(answer.opened[1].get());
  return answer;
}

Result<Answer> Requests::answer(Session& session, const wire::Ready&) {
  return replied(registry_.clients.activate(session.client));
}

Result<Answer> Requests::answer(Session& session, const wire::CreatePublisher& request) {
  return replied(registry_.publishers.create(asker(session), request));
}

Result<Answer> Requests::answer(Session& session, const wire::CreateSubscriber& request) {
  return replied(registry_.subscribers.create(asker(session), request));
}

Result<Answer> Requests::answer(Session& session, const wire::ClosePublisher& request) {
  auto closed = replied(registry_.publishers.close(session.client, request));
  registry_.settle();
  return closed;
}

Result<Answer> Requests::answer(Session& session, const wire::CloseSubscriber& request) {
  auto closed = replied(registry_.subscribers.close(session.client, request));
  registry_.settle();
  return closed;
}

Result<Answer> Requests::answer(Session& session, const wire::CreatePattern& request) {
  return replied(registry_.patterns.create(asker(session), request));
}

Result<Answer> Requests::answer(Session& session, const wire::ClosePattern& request) {
  auto closed = replied(registry_.patterns.close(session.client, request));
  registry_.settle();
  return closed;
}

Result<Answer> Requests::answer(Session& session, const wire::CreateWaiter&) {
  return replied(registry_.waiters.create(asker(session)));
}

Result<Answer> Requests::answer(Session& session, const wire::CloseWaiter& request) {
  return replied(registry_.waiters.close(session.client, request));
}

Result<Answer> Requests::answer(Session& session, const wire::OpenDoorbell& request) {
  auto bell = registry_.waiters.open_doorbell(session.client, request);
  if (!bell) return Failure(bell.error());
  Answer answer = done();
  answer.opened[0] = std::move(*bell);
  answer.attach(answer.opened[0].get());
  return answer;
}

Result<Answer> Requests::answer(Session& session, const wire::Goodbye&) {
  if (session.client == kNone) {
    observer_left();
    return done();
  }
  registry_.clients.goodbye(std::exchange(session.client, kNone));
  registry_.settle();
  return done();
}

// What it says concerns everybody in the domain, while whoever may use the domain may connect.
Result<Answer> Requests::answer(Session& session, const wire::Reload&) {
  const std::uint32_t own = platform::effective_uid();
  if (session.peer.uid != 0 && session.peer.uid != own) {
    return Failure(Error::make(Errc::NotPermitted, 0,
                               "uid %" PRIu32
                               " may not reload the configuration of this broker: ask "
                               "as root, or as the broker's own uid %" PRIu32,
                               session.peer.uid, own));
  }
  const ReloadOutcome& outcome = offer_.reload.run();
  Answer answer;
  if (outcome.applied) {
    answer.reply = wire::Reloaded{
        .changed = outcome.changed, .live = outcome.live, .waiting = outcome.waiting};
  } else {
    answer.reply = wire::ReloadRefused{
        .code = outcome.code, .system_errno = outcome.system_errno, .findings = outcome.findings};
  }
  return answer;
}

void Requests::observer_left() noexcept {
  auto& observers = registry_.books.header().observers;
  directory::set_count(observers, observers - 1);
}

void Requests::disconnected(Session& session) {
  if (session.phase == wire::ControlPhase::Observing) observer_left();
  if (session.client == kNone) return;
  const std::uint32_t client = std::exchange(session.client, kNone);
  if (registry_.clients.state(client) == RecordState::Reserved) {
    registry_.clients.drop(client);
  } else {
    registry_.clients.disconnected(client);
    registry_.settle();
  }
}

}  // namespace tarn::broker
