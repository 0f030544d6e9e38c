#include "middleware/node/session.hpp"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>
#include <variant>

#include <tarn/limits.hpp>

#include "middleware/node/pool_registry.hpp"
#include "middleware/pool/domain_directory.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "middleware/ring/atomics.h"
#include "platform/file_lock.hpp"
#include "platform/shortage.hpp"

namespace tarn::node {

namespace {

constexpr std::chrono::seconds kBetweenLooks{1};  // for the broker, while nothing is asked of it
constexpr std::chrono::milliseconds kMostOfAWait{100};  // for connecting to one meanwhile
constexpr std::chrono::milliseconds kBetweenTries{10};  // after one hung up on us

Error forked_error() {
  return Error::make(Errc::Forked, 0,
                     "this node belongs to the parent process: open a node of your own after fork");
}

}  // namespace

Session::Session(NodeOptions options)
    : options_(std::move(options)),
      role_(options_),
      made_in_(platform::current_process_generation()) {}

Result<std::shared_ptr<Session>> Session::open(const NodeOptions& options) {
  if (options.name.empty() || options.name.size() > kMaxNodeNameBytes) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "a node's name has 1 to %zu bytes, this one has %zu",
                               kMaxNodeNameBytes, options.name.size()));
  }
  if (options.timeout < std::chrono::nanoseconds::zero()) {
    return Failure(
        Error::make(Errc::InvalidArgument, 0,
                    "NodeOptions::timeout is %lld ns; allowed is 0 for the default, or more",
                    static_cast<long long>(options.timeout.count())));
  }
  std::shared_ptr<Session> session(new Session(options));
  if (options.timeout == std::chrono::nanoseconds::zero()) {
    session->options_.timeout = NodeOptions{}.timeout;
  }
  const std::lock_guard lock(session->mutex_);
  if (auto connected = session->connect(platform::deadline_after(session->options_.timeout));
      !connected) {
    return Failure(connected.error());
  }
  return session;
}

Session::~Session() {
  if (forked()) return;
  revoke_blocks();
  // A node that may be the broker leaves in order even when there is none: it could be the last one,
  // and nothing shall remain of the domain.
  if (!established_ || silent_ || (!channel_.connected() && !role_.possible())) return;
  // Best effort: without an answer the broker learns of our end from the kernel.
  (void)ask<wire::Done>(wire::Goodbye{});
}

// Where the domain lives, as soon as it lives anywhere.
Result<void> Session::locate() {
  if (paths_) return {};
  auto paths = options_.runtime_directory.empty()
                   ? pool::find_domain_directory(pool::directory_environment(), options_.domain)
                   : pool::domain_paths(options_.runtime_directory);
  if (!paths) return Failure(paths.error());
  paths_ = std::move(*paths);
  return {};
}

// Requires: mutex_ is held.
Result<void> Session::connect(platform::MonotonicTime deadline) {
  for (;;) {
    auto connected = connect_once(deadline);
    if (connected) return connected;
    const Errc code = connected.error().code();
    if (code == Errc::DomainReset && !established_ && mapping_ != nullptr) {
      // The broker that welcomed us died before we were ready, and our record with it.
      mapping_.reset();
      alive_.reset();
      welcome_ = {};
      continue;
    }
    // Somebody was given the same place by a broker that is gone, and was quicker: the next one has
    // another place for us.
    if (code == Errc::WouldBlock && platform::monotonic_now() < deadline) continue;
    if (code != Errc::NoBroker) return connected;
    if (hung_up_ && platform::remaining(deadline) > kBetweenTries) {
      // It is there, or was until now. It lost patience if this process stood still meanwhile.
      std::this_thread::sleep_for(kBetweenTries);
      continue;
    }
    if (auto taken = role_.take_or_wait(connected.error(), wish(), deadline); !taken) return taken;
  }
}

RoleWish Session::wish() const {
  return {.domain = options_.domain,
          .runtime_directory = paths_ ? paths_->directory : std::string(),
          .pool_bytes = options_.pool_bytes,
          .log = options_.broker_log};
}

Result<void> Session::connect_once(platform::MonotonicTime deadline) {
  if (auto located = locate(); !located) return located;
  hung_up_ = false;
  auto channel = ControlChannel::connect(paths_->socket, deadline);
  if (!channel) return Failure(channel.error());
  channel->continue_after(channel_);
  channel_ = std::move(*channel);
  auto introduced = introduce(deadline);
  if (!introduced) {
    hang_up();
    hung_up_ = introduced.error().code() == Errc::NoBroker;
    if (established_ && introduced.error().code() == Errc::DomainReset) {
      // relaxed: nothing is read because of it.
      domain_reset_.store(true, std::memory_order_relaxed);
    }
    return introduced;
  }
  established_ = true;
  broker_epoch_ = broker_epoch();
  watchers_.connected(channel_.get());
  role_.share(paths_->directory);
  return {};
}

void Session::hang_up() noexcept {
  watchers_.closing();
  channel_.reset();
}

Result<void> Session::introduce(platform::MonotonicTime deadline) {
  const bool resuming = mapping_ != nullptr;
  const wire::Hello hello{.layout_version = pool::kLayoutVersion,
                          .node = options_.name,
                          .resume_client = resuming ? welcome_.client : wire::kNoIndex,
                          .resume_generation = resuming ? welcome_.generation : 0,
                          .pool_id = resuming ? welcome_.pool_id : 0,
                          .answered = channel_.answered()};
  ControlAnswer answer;
  if (auto said = channel_.exchange(hello, answer, deadline); !said) return said;
  const auto* welcome = std::get_if<wire::Welcome>(&answer.reply);
  // Who comes back has both already, and a process without a descriptor to spare could not get them.
  if (welcome != nullptr && resuming) {
    if (auto known = check_resumed(*welcome); !known) return known;
    return channel_.exchange(wire::Ready{}, answer, deadline);
  }
  if (welcome != nullptr && answer.descriptor_count < 2) {
    return Failure(
        Error::make(Errc::System, EMFILE,
                    "this process has no file descriptors left for the pool of domain '%s': "
                    "raise its RLIMIT_NOFILE",
                    options_.domain.c_str()));
  }
  if (welcome == nullptr || answer.descriptor_count != 2) {
    return Failure(Error::make(
        Errc::ProtocolError, 0, "the broker at %s answered Hello with %s and %zu descriptors",
        paths_->socket.c_str(), wire::to_string(wire::kind_of(answer.reply)).data(),
        answer.descriptor_count));
  }
  if (auto taken = take_welcome(*welcome, std::move(answer.descriptors[0]),
                                std::move(answer.descriptors[1]));
      !taken) {
    return taken;
  }
  return channel_.exchange(wire::Ready{}, answer, deadline);
}

Result<void> Session::check_resumed(const wire::Welcome& welcome) const {
  if (welcome.pool_id == welcome_.pool_id && welcome.client == welcome_.client) return {};
  return Failure(Error::make(Errc::DomainReset, 0,
                             "the pool of domain %s was made anew: open a new node",
                             options_.domain.c_str()));
}

Result<void> Session::take_welcome(const wire::Welcome& welcome, platform::FileDescriptor pool,
                                   platform::FileDescriptor alive) {
  const auto locked = platform::try_lock_byte(alive, pool::kFirstAliveByte + welcome.client);
  if (!locked) return Failure(locked.error());
  if (!*locked) {
    return Failure(Error::make(Errc::WouldBlock, 0,
                               "the liveness byte of client %u is held by another process",
                               welcome.client));
  }
  auto mapping = shared_mapping(welcome.pool_id, pool, paths_->bells);
  if (!mapping) return Failure(mapping.error());
  mapping_ = std::move(*mapping);
  alive_ = std::move(alive);
  welcome_ = welcome;
  return {};
}

// The broker may go at any time and be back, as another process: then once more, with a new connection.
// What the former one granted without saying so is taken back when we return to it.
// Requires: mutex_ is held.
Result<void> Session::exchange(const wire::Request& request, ControlAnswer& answer,
                               platform::MonotonicTime deadline) {
  for (;;) {
    if (!channel_.connected()) {
      if (auto connected = connect(deadline); !connected) {
        silent_ = platform::monotonic_now() >= deadline;
        return connected;
      }
    }
    close_what_was_left(answer, deadline);
    auto asked = channel_.exchange(request, answer, deadline);
    silent_ = false;
    if (asked || asked.error().code() != Errc::NoBroker) return asked;
    hang_up();
    silent_ = platform::monotonic_now() >= deadline;
    if (silent_) return asked;
  }
}

template <typename Reply>
Result<Reply> Session::ask(const wire::Request& request) {
  if (forked()) return Failure(forked_error());
  const auto deadline = platform::deadline_after(options_.timeout);
  const std::lock_guard lock(mutex_);
  ControlAnswer answer;
  if (auto asked = exchange(request, answer, deadline); !asked) return Failure(asked.error());
  if (const auto* reply = std::get_if<Reply>(&answer.reply)) return *reply;
  return Failure(Error::make(Errc::ProtocolError, 0, "the broker at %s answered %s with %s",
                             paths_->socket.c_str(), wire::to_string(wire::kind_of(request)).data(),
                             wire::to_string(wire::kind_of(answer.reply)).data()));
}

bool Session::is_silent() {
  const std::lock_guard lock(mutex_);
  return silent_;
}

std::uint32_t Session::broker_epoch() const noexcept {
  // relaxed: it only decides whether to ask.
  return tarn_load_relaxed_u32(&mapping_->view().header().broker_epoch);
}

bool Session::broker_is_gone() noexcept {
  // Whoever holds the lock is just talking to it.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  const std::uint32_t epoch = broker_epoch();
  if (epoch != broker_epoch_ && epoch != tried_epoch_) return true;
  const auto now = platform::monotonic_last_tick();
  if (now < next_look_) return false;
  next_look_ = now + kBetweenLooks;
  return !channel_.connected() || channel_.has_hung_up();
}

bool Session::broker_is_there() noexcept {
  for (bool returned = false;; returned = true) {
    // Whoever holds the lock is just talking to it.
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return true;
    if (channel_.connected() && !channel_.has_hung_up()) return true;
    const std::uint32_t epoch = broker_epoch();
    if (returned || epoch == broker_epoch_ || epoch == tried_epoch_) return false;
    lock.unlock();
    return_to_broker(platform::deadline_after(kMostOfAWait));
  }
}

// One attempt, and a short one: messages may be coming.
void Session::return_to_broker(platform::MonotonicTime deadline) noexcept {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  hang_up();
  tried_epoch_ = broker_epoch();
  const auto limit = std::min(deadline, platform::deadline_after(kMostOfAWait));
  auto connected = connect_once(limit);
  if (!connected && connected.error().code() == Errc::NoBroker && role_.possible() &&
      role_.take_or_wait(connected.error(), wish(), limit)) {
    connected = connect_once(limit);
  }
  if (!connected) return;
  silent_ = false;
  ControlAnswer answer;
  close_what_was_left(answer, limit);
}

Result<wire::PublisherCreated> Session::create_publisher(const wire::CreatePublisher& wanted) {
  return ask<wire::PublisherCreated>(wanted);
}

Result<wire::SubscriberCreated> Session::create_subscriber(const wire::CreateSubscriber& wanted) {
  return ask<wire::SubscriberCreated>(wanted);
}

Result<wire::WaiterCreated> Session::create_waiter() {
  return ask<wire::WaiterCreated>(wire::CreateWaiter{});
}

Result<platform::FileDescriptor> Session::open_doorbell(const wire::OpenDoorbell& wanted) {
  if (forked()) return Failure(forked_error());
  const auto deadline = platform::deadline_after(options_.timeout);
  const std::lock_guard lock(mutex_);
  ControlAnswer answer;
  if (auto asked = exchange(wanted, answer, deadline); !asked) return Failure(asked.error());
  if (answer.descriptor_count == 1) return std::move(answer.descriptors[0]);
  return Failure(Error::make(Errc::System, EMFILE,
                             "this process has no file descriptors left for a doorbell: raise its "
                             "RLIMIT_NOFILE"));
}

Result<void> Session::watch_broker(platform::AnyReady& watcher) {
  const std::lock_guard lock(mutex_);
  return watchers_.add(watcher);
}

void Session::unwatch_broker(platform::AnyReady& watcher) noexcept {
  const std::lock_guard lock(mutex_);
  watchers_.remove(watcher);
}

Result<void> Session::close_publisher(const wire::ClosePublisher& closed) { return close(closed); }

Result<void> Session::close_subscriber(const wire::CloseSubscriber& closed) {
  return close(closed);
}

Result<wire::PatternCreated> Session::create_pattern(const wire::CreatePattern& wanted) {
  return ask<wire::PatternCreated>(wanted);
}

Result<void> Session::close_pattern(const wire::ClosePattern& closed) { return close(closed); }

Result<void> Session::close_waiter(const wire::CloseWaiter& closed) { return close(closed); }

// A broker that is stopped is waited for once, not once for everything that is closed.
Result<void> Session::close(const wire::Request& closed) {
  if (!forked() && is_silent()) {
    const std::lock_guard lock(mutex_);
    unclosed_.push_back(closed);
    return Failure(Error::make(Errc::NoBroker, 0, "the broker did not answer in time before"));
  }
  const auto done = ask<wire::Done>(closed);
  if (done) return {};
  // What a broker refused to close is closed; what none heard of, for whatever reason, is not.
  if (done.error().code() != Errc::InvalidArgument && !domain_reset() && !forked()) {
    const std::lock_guard lock(mutex_);
    unclosed_.push_back(closed);
  }
  return Failure(done.error());
}

// Requires: mutex_ is held and the channel is there. A broker that closed some of it already, because a
// ring says so itself, refuses; that is as good.
void Session::close_what_was_left(ControlAnswer& answer, platform::MonotonicTime deadline) {
  std::erase_if(unclosed_, [&](const wire::Request& closed) {
    const auto done = channel_.exchange(closed, answer, deadline);
    if (done) return true;
    return done.error().code() != Errc::NoBroker &&
           !platform::is_shortage(done.error().system_errno());
  });
}

void Session::revoke_blocks() noexcept {
  if (mapping_ == nullptr) return;
  const pool::PoolView& pool = mapping_->view();
  const auto& geometry = pool.geometry();
  for (std::uint32_t block = 0; block < geometry.blocks.count; ++block) {
    const auto* owner = pool.record<std::uint32_t>(geometry.block_owners, block);
    // relaxed: our own blocks change hands only after Goodbye.
    if (owner == nullptr || tarn_load_relaxed_u32(owner) != welcome_.client + 1) continue;
    mapping_->revoke(geometry.blocks.offset + std::uint64_t{block} * geometry.page_bytes,
                     geometry.page_bytes);
  }
}

}  // namespace tarn::node
