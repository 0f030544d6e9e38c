#include "middleware/broker/clients.hpp"

#include <cinttypes>
#include <utility>

#include "middleware/broker/liveness.hpp"
#include "middleware/broker/tokens.hpp"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::broker {

using vocabulary::Printable;

Clients::Clients(Books& books, const Belongings& belongings, const Surroundings& surroundings)
    : books_(books),
      publishers_(belongings.publishers),
      subscribers_(belongings.subscribers),
      waiters_(belongings.waiters),
      patterns_(belongings.patterns),
      journal_(surroundings.journal),
      poller_(surroundings.poller),
      alive_(surroundings.alive),
      processes_(books.geometry().clients.count) {}

// A byte can outlive its client: a child that the client forked keeps the lock until it goes too.
std::uint32_t Clients::find_free() const noexcept {
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    if (state(i) == RecordState::Free && !holds_alive_byte(i, alive_)) return i;
  }
  return kNone;
}

Result<std::uint32_t> Clients::add(const ClientIdentity& identity,
                                   platform::ProcessHandle process) {
  const std::uint32_t client = find_free();
  if (client == kNone) {
    return Failure(Error::make(Errc::TooManyClients, 0,
                               "node '%s' would be one more than the %" PRIu32
                               " of limits.clients: stop one or raise it",
                               Printable(identity.node).c_str(), books_.geometry().clients.count));
  }
  ClientRecordLayout record{};
  record.pid = identity.pid;
  record.uid = identity.uid;
  record.start_time = identity.start_time;
  record.numbering = platform::process_numbering();
  directory::put_text(record.name, identity.node);
  books_.directory.reserve(client, record);
  processes_[client].connected = true;
  watch(client, std::move(process));
  return client;
}

void Clients::watch(std::uint32_t client, platform::ProcessHandle process) {
  if (!process.valid()) return;
  const auto watched =
      poller_.add(process.get(), platform::Interest::Readable, token_of(Watched::Process, client));
  // Unwatched it is probed like one that has no pidfd.
  if (watched) processes_[client].handle = std::move(process);
}

Result<void> Clients::activate(std::uint32_t client) {
  if (!holds_alive_byte(client, alive_)) {
    return Failure(Error::make(Errc::ProtocolError, 0,
                               "client %" PRIu32 " is not ready: it does not hold byte %" PRIu64
                               " of the liveness file",
                               client, alive_byte(client)));
  }
  if (state(client) == RecordState::Reserved) {
    books_.directory.set_state<ClientRecordLayout>(client, RecordState::Active);
  }
  const auto& record = books_.directory.at<ClientRecordLayout>(client);
  journal_.note("node '%s' (pid %" PRId32 ") has come",
                Printable(directory::text_in(record.name)).c_str(), record.pid);
  return {};
}

void Clients::drop(std::uint32_t client) { release(client); }

// Where its number means nothing here, its byte has to do.
bool Clients::is_same(std::uint32_t client, const ClientIdentity& identity) const noexcept {
  const auto& record = books_.directory.at<ClientRecordLayout>(client);
  if (!is_numbered_here(record)) return holds_alive_byte(client, alive_);
  return record.pid == identity.pid && record.start_time == identity.start_time;
}

Result<void> Clients::resume(const ResumeClaim& claim, const ClientIdentity& identity,
                             platform::ProcessHandle process) {
  const bool known =
      claim.pool_id == books_.header().pool_id && claim.client < processes_.size() &&
      state(claim.client) == RecordState::Active &&
      books_.directory.generation<ClientRecordLayout>(claim.client) == claim.generation;
  if (known && is_same(claim.client, identity)) {
    processes_[claim.client].connected = true;
    if (!processes_[claim.client].handle.valid()) watch(claim.client, std::move(process));
    return {};
  }
  return Failure(Error::make(Errc::DomainReset, 0,
                             "client %" PRIu32 " of generation %" PRIu32 " in pool %016" PRIx64
                             " is not known here (any more): open a new node",
                             claim.client, claim.generation, claim.pool_id));
}

void Clients::goodbye(std::uint32_t client) {
  const auto& record = books_.directory.at<ClientRecordLayout>(client);
  journal_.note("node '%s' (pid %" PRId32 ") leaves",
                Printable(directory::text_in(record.name)).c_str(), record.pid);
  publishers_.close_all(client);
  patterns_.close_all(client);
  subscribers_.close_all(client);
  waiters_.close_all(client);
  books_.directory.set_state<ClientRecordLayout>(client, RecordState::Closing);
  if (!subscribers_.any_of(client)) release(client);
}

bool Clients::reap_if_dead(std::uint32_t client) {
  if (!is_in_use(state(client))) return false;
  if (!processes_[client].handle.is_dead()) return false;
  reap(client);
  return true;
}

void Clients::reap(std::uint32_t client) {
  const auto& record = books_.directory.at<ClientRecordLayout>(client);
  journal_.say("node '%s' (pid %" PRId32 ") is dead: cleaning up after it",
               Printable(directory::text_in(record.name)).c_str(), record.pid);
  books_.directory.set_state<ClientRecordLayout>(client, RecordState::Reaping);
  publishers_.close_all(client);
  subscribers_.reap_all(client);
  patterns_.close_all(client);
  waiters_.reap_all(client);
  add_to(books_.header().reaped_clients, 1);
  release(client);
}

void Clients::release(std::uint32_t client) {
  Process& process = processes_[client];
  // The kernel forgets a watch with its fd; a refusal here changes nothing.
  if (process.handle.valid()) (void)poller_.remove(process.handle.get());
  process = Process{};
  books_.return_blocks(client);
  books_.directory.free<ClientRecordLayout>(client);
}

void Clients::disconnected(std::uint32_t client) {
  processes_[client].connected = false;
  // A process that ends or becomes another one closes one descriptor after the other.
  processes_[client].look_again = true;
  if (is_in_use(state(client)) && !holds_alive_byte(client, alive_)) reap(client);
}

void Clients::finish_closing() {
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    if (state(i) == RecordState::Closing && !subscribers_.any_of(i)) release(i);
  }
}

bool Clients::is_probed(std::uint32_t client) const noexcept {
  const Process& process = processes_[client];
  return is_in_use(state(client)) && !process.connected &&
         (process.look_again || !process.handle.valid());
}

void Clients::probe() {
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    if (!is_probed(i)) continue;
    processes_[i].look_again = false;
    if (!holds_alive_byte(i, alive_)) reap(i);
  }
}

bool Clients::needs_probe() const noexcept {
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    if (is_probed(i)) return true;
  }
  return false;
}

void Clients::close_in_child() noexcept {
  for (Process& process : processes_) process.handle.reset();
}

bool Clients::any() const noexcept {
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    if (is_in_use(state(i))) return true;
  }
  return false;
}

}  // namespace tarn::broker
