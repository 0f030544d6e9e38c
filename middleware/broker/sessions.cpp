#include "middleware/broker/sessions.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <utility>

#include "middleware/broker/tokens.hpp"
#include "platform/process_handle.hpp"

namespace tarn::broker {

namespace {

constexpr int kPacketsPerTurn = 4;  // then it is somebody else's turn
constexpr int kConnectionsPerTurn = 16;
// Between tries to take in connections, while there is no descriptor or no memory for them.
constexpr std::chrono::milliseconds kRest{20};

bool out_of_descriptors(const Error& error) {
  return error.system_errno() == EMFILE || error.system_errno() == ENFILE;
}

Error no_descriptors(int system_errno, const char* what_for) {
  return Error::make(Errc::System, system_errno,
                     "the broker (pid %" PRId32
                     ") has no file descriptor left (%s): raise its RLIMIT_NOFILE, or stop some of "
                     "its clients",
                     platform::own_pid(), what_for);
}

// Whoever is refused has to know whose descriptors are meant.
Error named(const Error& error) {
  return out_of_descriptors(error) ? no_descriptors(error.system_errno(), error.message()) : error;
}

// The other end has gone, which is its right at any time.
bool hung_up(const Error& error) noexcept {
  return error.system_errno() == EPIPE || error.system_errno() == ECONNRESET;
}

}  // namespace

Sessions::Sessions(Surroundings surroundings, std::uint32_t most)
    : at_(std::move(surroundings)),
      sessions_(most + kMostPendingSessions),
      buffer_(kMaxPacketBytes) {}

Result<void> Sessions::start() {
  auto added =
      at_.poller.add(at_.listener.get(), platform::Interest::Readable, token_of(Watched::Listener));
  listening_ = added.has_value();
  return added;
}

void Sessions::close_all() {
  for (Session& session : sessions_) {
    if (session.socket.valid()) close(session);
  }
  at_.listener.reset();
}

void Sessions::close_in_child() noexcept {
  for (Session& session : sessions_) session.socket.reset();
  at_.listener.reset();
  at_.reserve.reset();
}

// ---- taking in ----

Session* Sessions::find_free() noexcept {
  const auto free = std::find_if(sessions_.begin(), sessions_.end(),
                                 [](const Session& session) { return !session.socket.valid(); });
  return free == sessions_.end() ? nullptr : &*free;
}

std::uint32_t Sessions::pending() const noexcept {
  return static_cast<std::uint32_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [](const Session& session) { return session.is_pending(); }));
}

std::uint32_t Sessions::index_of(const Session& session) const noexcept {
  return static_cast<std::uint32_t>(&session - sessions_.data());
}

void Sessions::on_listener() {
  for (int i = 0; i < kConnectionsPerTurn && accept_one(); ++i) {
  }
  listen_if_room();
}

// While every place for newcomers is taken, or none can be taken in, they wait in the kernel's queue.
void Sessions::listen_if_room() {
  const bool rested = rest_until_ == platform::MonotonicTime::min();
  const bool room = rested && find_free() != nullptr && pending() < kMostPendingSessions;
  if (room == listening_) return;
  const auto interest = room ? platform::Interest::Readable : platform::Interest::None;
  const auto changed = at_.poller.modify(at_.listener.get(), interest, token_of(Watched::Listener));
  if (changed) listening_ = room;
}

bool Sessions::accept_one() {
  Session* const session = find_free();
  if (session == nullptr || pending() >= kMostPendingSessions) return false;
  auto accepted = at_.listener.try_accept();
  if (!accepted) {
    if (out_of_descriptors(accepted.error())) return shed_connection();
    rest();
    return false;
  }
  if (!*accepted) return false;
  session->socket = std::move(**accepted);
  session->deadline = platform::deadline_after(at_.handshake_limit);
  add_to(at_.registry.books.header().connections, 1);
  const auto peer = session->socket.credentials();
  const auto added = at_.poller.add(session->socket.get(), platform::Interest::Readable,
                                    token_of(Watched::Session, index_of(*session)));
  if (peer) session->peer = *peer;
  if (!peer || !added) close(*session);
  return true;
}

// The listener stays readable as long as somebody waits, so looking again at once would be looking for ever.
void Sessions::rest() { rest_until_ = platform::deadline_after(kRest); }

// Out of fds one is kept for this: with it a connection can be taken in, told, and ended. Its request is not
// waited for, so the refusal answers no request of it. False: there was none, or none could be taken in.
bool Sessions::shed_connection() {
  { const platform::Wakeup given_up = std::move(at_.reserve); }
  auto accepted = at_.listener.try_accept();
  const bool shed = accepted && *accepted;
  if (!accepted) rest();
  if (shed) {
    const Error error = no_descriptors(EMFILE, "to take in a connection");
    Answer refusal;
    refusal.reply = wire::refusal(error);
    Session turned_away;
    turned_away.socket = std::move(**accepted);
    (void)send(turned_away, wire::kNoRequest, refusal);
  }
  auto reserve = platform::Wakeup::create();
  if (reserve) at_.reserve = std::move(*reserve);
  if (shed || !accepted) {
    at_.journal.complain("%s: the broker has no file descriptor left (raise its RLIMIT_NOFILE)",
                         shed ? "a connection was turned away" : "connections wait");
  }
  return shed;
}

// ---- reading and answering ----

void Sessions::on_session(std::uint32_t index) {
  if (index >= sessions_.size()) return;
  Session& session = sessions_[index];
  for (int i = 0; i < kPacketsPerTurn && session.socket.valid() && receive(session); ++i) {
  }
  listen_if_room();
}

bool Sessions::receive(Session& session) {
  const auto received = session.socket.try_receive(buffer_);
  if (!received) {
    at_.journal.complain("closed a connection of pid %" PRId32 ": %s", session.peer.pid,
                         received.error().message());
    close(session);
    return false;
  }
  if (!*received) return false;
  const platform::Packet& packet = **received;
  if (packet.had_descriptors) {
    protocol_error(session, "it sent file descriptors, of which the broker takes none");
  } else if (packet.truncated) {
    protocol_error(session, "it sent a packet of more than 64 KiB");
  } else if (packet.closed) {
    close(session);
  } else {
    respond(session, std::span<const std::byte>(buffer_).first(packet.bytes));
  }
  return session.socket.valid();
}

void Sessions::respond(Session& session, std::span<const std::byte> packet) {
  const auto decoded = wire::decode_request(packet);
  if (!decoded) {
    protocol_error(session, decoded.error().message());
    return;
  }
  const auto next = wire::next_phase(session.phase, decoded->request);
  if (!next) {
    protocol_error(session, next.error().message());
    return;
  }
  grant(session, *decoded, *next);
}

void Sessions::grant(Session& session, const wire::RequestPacket& packet, wire::ControlPhase next) {
  const bool handshake = session.is_pending();
  session.request = packet.sequence;
  const auto answered = at_.requests.handle(session, packet.request);
  Answer refusal;
  std::optional<Error> reason;
  if (!answered) {
    reason = named(answered.error());
    refusal.reply = wire::refusal(*reason);
    at_.journal.note("refused pid %" PRId32 ": %s", session.peer.pid, reason->message());
  }
  const auto sent = send(session, packet.sequence, answered ? *answered : refusal);
  if (answered) session.phase = next;
  if (!sent) {
    if (answered) at_.requests.take_back(session, answered->reply);
    if (!hung_up(sent.error())) {
      at_.journal.complain("closed a connection of pid %" PRId32 ": it cannot be answered, %s",
                           session.peer.pid, sent.error().message());
    }
  }
  const bool ended = session.phase == wire::ControlPhase::Ended;
  if (!sent || ended || (handshake && !answered)) {
    close(session);
  } else if (handshake && session.client != kNone) {
    end_other_session_of(session.client, session);
  }
}

Result<void> Sessions::send(Session& session, std::uint32_t sequence, const Answer& answer) {
  std::array<std::byte, wire::kMaxControlBytes> buffer;
  const auto packet = wire::encode_reply(answer.reply, sequence, buffer);
  if (!packet) return Failure(packet.error());
  const std::span<const int> fds(answer.fds.data(), answer.fd_count);
  return session.socket.send_with_fds(*packet, fds, platform::monotonic_now());
}

void Sessions::protocol_error(Session& session, const char* what) {
  add_to(at_.registry.books.header().protocol_errors, 1);
  at_.journal.complain("closed a connection of pid %" PRId32 ": %s", session.peer.pid, what);
  close(session);
}

// ---- ending ----

// A client that comes back has given up its former connection, though its end may not be here yet.
void Sessions::end_other_session_of(std::uint32_t client, const Session& session) {
  for (Session& other : sessions_) {
    if (&other == &session || !other.socket.valid() || other.client != client) continue;
    other.client = kNone;
    close(other);
  }
}

void Sessions::close(Session& session) {
  at_.requests.disconnected(session);
  // The kernel forgets a watch with its fd; a refusal here changes nothing.
  (void)at_.poller.remove(session.socket.get());
  session = Session{};
}

void Sessions::client_gone(std::uint32_t client) {
  for (Session& session : sessions_) {
    if (!session.socket.valid() || session.client != client) continue;
    session.client = kNone;
    close(session);
  }
  listen_if_room();
}

void Sessions::on_time(platform::MonotonicTime now) {
  for (Session& session : sessions_) {
    if (!session.is_pending() || session.deadline > now) continue;
    at_.journal.complain(
        "closed a connection of pid %" PRId32 ": it was not ready within %" PRId64 " ms",
        session.peer.pid, std::int64_t{at_.handshake_limit / std::chrono::milliseconds(1)});
    close(session);
  }
  if (rest_until_ <= now) rest_until_ = platform::MonotonicTime::min();
  listen_if_room();
}

platform::MonotonicTime Sessions::next_deadline() const noexcept {
  const bool rested = rest_until_ == platform::MonotonicTime::min();
  auto next = rested ? platform::kForever : rest_until_;
  for (const Session& session : sessions_) {
    if (session.is_pending()) next = std::min(next, session.deadline);
  }
  return next;
}

}  // namespace tarn::broker
