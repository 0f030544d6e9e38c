#include "middleware/broker/broker.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cinttypes>
#include <utility>

#include "middleware/broker/adoption.hpp"
#include "middleware/broker/bell_sockets.hpp"
#include "middleware/broker/check_options.hpp"
#include "middleware/broker/home.hpp"
#include "middleware/broker/journal.hpp"
#include "middleware/broker/pool_start.hpp"
#include "middleware/broker/registry.hpp"
#include "middleware/broker/reload.hpp"
#include "middleware/broker/requests.hpp"
#include "middleware/broker/role_lock.hpp"
#include "middleware/broker/sessions.hpp"
#include "middleware/broker/tick.hpp"
#include "middleware/broker/tokens.hpp"
#include "middleware/pool/domain_directory.hpp"
#include "platform/datagram_socket.hpp"
#include "platform/poller.hpp"
#include "platform/process_handle.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"
#include "platform/wakeup.hpp"

namespace tarn::broker {

namespace {

constexpr std::size_t kEventsPerRound = 32;
constexpr std::chrono::seconds kBetweenLooks{1};  // at what is in the runtime directory

// Everything that is there before the registry can be.
struct Office {
  pool::DomainPaths paths;
  RoleLock lock;
  platform::FileDescriptor alive;
  platform::Poller poller;
  platform::Wakeup stop;
  platform::Wakeup reload;
  platform::Wakeup reserve;
  platform::DatagramSender sender;  // rings those who sleep in poll
  StartedPool pool;
};

Result<Office> take_office(const BrokerOptions& options, Journal& journal) {
  if (auto checked = check_options(options); !checked) return Failure(checked.error());
  auto paths = pool::domain_paths(options.runtime_directory);
  if (!paths) return Failure(paths.error());
  auto lock =
      options.fills_in ? RoleLock::take_unclaimed(paths->lock) : RoleLock::take(paths->lock);
  if (!lock) return Failure(lock.error());
  auto alive = platform::open_or_create_file(paths->alive, 0600);
  if (!alive) return Failure(alive.error());
  auto poller = platform::Poller::create();
  if (!poller) return Failure(poller.error());
  auto stop = platform::Wakeup::create();
  if (!stop) return Failure(stop.error());
  auto reload = platform::Wakeup::create();
  if (!reload) return Failure(reload.error());
  auto reserve = platform::Wakeup::create();
  if (!reserve) return Failure(reserve.error());
  auto sender = platform::DatagramSender::create(paths->bells);
  if (!sender) return Failure(sender.error());
  auto pool = start_pool(options, *paths, *alive, journal);
  if (!pool) return Failure(pool.error());
  if (pool->configuration.options.lock_memory) {
    if (auto locked = pool->file.mapping().lock_memory(); !locked) return Failure(locked.error());
  }
  return Office{.paths = std::move(*paths),
                .lock = std::move(*lock),
                .alive = std::move(*alive),
                .poller = std::move(*poller),
                .stop = std::move(*stop),
                .reload = std::move(*reload),
                .reserve = std::move(*reserve),
                .sender = std::move(*sender),
                .pool = std::move(*pool)};
}

void sign_header(pool::PoolHeaderLayout& header) {
  const std::int32_t pid = platform::own_pid();
  const auto started = platform::process_start_time(pid);
  header.broker_pid = pid;
  header.broker_uid = platform::effective_uid();
  header.broker_start_time = started ? *started : 0;
  directory::set_count(header.observers, 0);
}

}  // namespace

class Broker::Core {
 public:
  static Result<std::unique_ptr<Core>> create(const BrokerOptions& options);

  Result<void> wait(platform::MonotonicTime deadline);
  bool serve();
  Result<void> leave();
  void close_in_child() noexcept;
  void stop() noexcept { office_.stop.signal(); }
  void ask_reload() noexcept { office_.reload.signal(); }

  [[nodiscard]] const Office& office() const noexcept { return office_; }

 private:
  Core(BrokerOptions options, Journal journal, Office office, Areas areas);

  Result<void> open(const BrokerOptions& options);
  void dispatch(const platform::PollEvent& event);
  void look_around();
  void look_at_home();
  Result<void> reset_domain();
  void tick();
  [[nodiscard]] platform::MonotonicTime next_deadline(platform::MonotonicTime asked) const;

  BrokerOptions options_;
  Journal journal_;
  Office office_;
  BellSockets bells_;
  Registry registry_;
  Reload reload_;
  Requests requests_;
  std::unique_ptr<Sessions> sessions_;
  std::optional<Home> home_;
  platform::MonotonicTime next_look_;
  std::optional<std::string> lost_;  // the name that is no longer ours
  std::array<platform::PollEvent, kEventsPerRound> events_{};
  std::size_t event_count_ = 0;  // of the last wait, not served yet
  Tick tick_;
  bool stopped_ = false;
};

Broker::Core::Core(BrokerOptions options, Journal journal, Office office, Areas areas)
    : options_(std::move(options)),
      journal_(journal),
      office_(std::move(office)),
      bells_(office_.paths.bells, options_.group),
      registry_(
          office_.pool.file.view(), std::move(areas), options_,
          {.journal = journal_, .poller = office_.poller, .alive = office_.alive, .bells = bells_}),
      reload_(options_, registry_, journal_),
      requests_(registry_, {.pool = office_.pool.file,
                            .alive_path = office_.paths.alive,
                            .most_observers = plan::observers_of(options_.limits),
                            .reload = reload_}) {
  registry_.books.directory.ring_sockets_with(&office_.sender);
}

Result<std::unique_ptr<Broker::Core>> Broker::Core::create(const BrokerOptions& options) {
  Journal journal(options.log, options.log_level);
  auto office = take_office(options, journal);
  if (!office) return Failure(office.error());
  BrokerOptions settled = std::move(office->pool.configuration.options);
  auto areas = adopt_areas(office->pool.file.view(), office->pool.configuration.areas, journal);
  if (!areas) return Failure(areas.error());
  std::unique_ptr<Core> core(
      new Core(std::move(settled), journal, std::move(*office), std::move(*areas)));
  if (auto opened = core->open(core->options_); !opened) {
    // Nobody has seen a pool that was just made.
    if (core->office_.pool.origin != PoolOrigin::Adopted) {
      core->bells_.remove_all();
      (void)core->office_.pool.file.unlink();
    }
    return Failure(opened.error());
  }
  return core;
}

// Who connects meets a broker that has finished taking over.
Result<void> Broker::Core::open(const BrokerOptions& options) {
  const std::vector<Extent>& places = office_.pool.configuration.members;
  const auto& geometry = registry_.books.geometry();
  sign_header(registry_.books.header());
  registry_.set_spin(office_.pool.configuration.options.spin);
  if (office_.pool.origin == PoolOrigin::Adopted) {
    if (auto adopted = adopt(registry_, places, office_.alive); !adopted) return adopted;
  } else {
    registry_.topics.promise();
    // Nothing is in the way yet.
    (void)registry_.books.lay_out_members(places);
  }
  if (options.group) {
    auto opened = platform::open_to_group(office_.paths.directory, 0750, options.group);
    if (!opened) return opened;
  }
  auto settled = bells_.settle([&](std::uint32_t waiter) {
    return waiter < geometry.waiters.count &&
           is_in_use(registry_.books.directory.state<WaiterRecordLayout>(waiter));
  });
  if (!settled) return settled;
  auto listener = platform::SeqPacketListener::listen(office_.paths.socket,
                                                      options.group ? 0660 : 0600, options.group);
  if (!listener) return Failure(listener.error());
  sessions_ =
      std::make_unique<Sessions>(Sessions::Surroundings{.requests = requests_,
                                                        .registry = registry_,
                                                        .journal = journal_,
                                                        .poller = office_.poller,
                                                        .listener = std::move(*listener),
                                                        .reserve = std::move(office_.reserve),
                                                        .handshake_limit = options.handshake_limit},
                                 geometry.clients.count + plan::observers_of(options.limits));
  if (auto started = sessions_->start(); !started) return started;
  if (auto added = office_.poller.add(office_.stop.get(), platform::Interest::Readable,
                                      token_of(Watched::Stop));
      !added) {
    return added;
  }
  if (auto added = office_.poller.add(office_.reload.get(), platform::Interest::Readable,
                                      token_of(Watched::Reload));
      !added) {
    return added;
  }
  auto home = Home::settle(
      office_.paths,
      {.lock = office_.lock.file(), .pool = office_.pool.file.file(), .alive = office_.alive});
  if (!home) return Failure(home.error());
  home_ = std::move(*home);
  registry_.announce_broker();
  tick();
  const bool adopted = office_.pool.origin == PoolOrigin::Adopted;
  journal_.say("broker of domain '%s' at %s: %s a pool of %" PRIu64 " bytes, %" PRIu64
               " for publishers",
               options.domain.c_str(), office_.paths.socket.c_str(), adopted ? "took over" : "made",
               geometry.pool_bytes, registry_.areas.capacity_bytes());
  return {};
}

platform::MonotonicTime Broker::Core::next_deadline(platform::MonotonicTime asked) const {
  return std::min({asked, sessions_->next_deadline(), tick_.next(), next_look_});
}

Result<void> Broker::Core::wait(platform::MonotonicTime deadline) {
  if (stopped_) return {};
  const auto count = office_.poller.wait(events_, next_deadline(deadline));
  if (!count) return Failure(count.error());
  event_count_ = *count;
  return {};
}

bool Broker::Core::serve() {
  const std::size_t count = std::exchange(event_count_, 0);
  for (std::size_t i = 0; i < count; ++i) dispatch(events_[i]);
  sessions_->on_time(platform::monotonic_now());
  tick();
  look_around();
  return !stopped_;
}

void Broker::Core::dispatch(const platform::PollEvent& event) {
  const std::uint32_t index = index_of(event.token);
  switch (watched_of(event.token)) {
    case Watched::Listener:
      sessions_->on_listener();
      break;
    case Watched::Stop:
      stopped_ = office_.stop.drain() || stopped_;
      break;
    case Watched::Reload:
      // Who asked from here on is heard in the next round.
      if (office_.reload.drain()) reload_.run();
      break;
    case Watched::Session:
      sessions_->on_session(index);
      tick_.hurry(platform::monotonic_now());
      break;
    case Watched::Process:
      if (!registry_.clients.reap_if_dead(index)) break;
      tick_.hurry(platform::monotonic_now());
      sessions_->client_gone(index);
      registry_.settle();
      break;
  }
}

// For what nobody tells.
void Broker::Core::look_around() {
  const auto now = platform::monotonic_now();
  if (now < next_look_) return;
  next_look_ = now + kBetweenLooks;
  look_at_home();
  if (stopped_ || !options_.fills_in || !office_.lock.is_claimed()) return;
  journal_.say("the broker of domain '%s' makes way for a daemon", options_.domain.c_str());
  stopped_ = true;
}

// If one of the names is no longer ours, the domain ends with this round.
void Broker::Core::look_at_home() {
  lost_ = home_->lost();
  if (!lost_) return;
  journal_.fail("%s was removed or replaced by somebody else: domain '%s' ends here",
                lost_->c_str(), options_.domain.c_str());
  stopped_ = true;
}

// Some things end by a word that a client writes and tells nobody about.
void Broker::Core::tick() {
  if (!registry_.has_unfinished()) return tick_.rest();
  if (!tick_.is_due(platform::monotonic_now())) return;
  registry_.clients.probe();
  registry_.settle();
  if (!registry_.has_unfinished()) tick_.rest();
}

// What is still ours goes, too; names that stand for something else by now are left alone.
Result<void> Broker::Core::reset_domain() {
  office_.pool.file.give_up();
  registry_.books.directory.announce_reset();
  sessions_->close_all();
  // Best effort: what cannot be removed now was not ours to keep either.
  if (*lost_ != office_.paths.bells) bells_.remove_all();
  home_->remove_own();
  return Failure(Error::make(Errc::DomainReset, 0,
                             "%s was removed or replaced while domain '%s' was in use: all its "
                             "nodes have to be opened anew",
                             lost_->c_str(), options_.domain.c_str()));
}

Result<void> Broker::Core::leave() {
  // The end of its connection is all that wakes who cannot be rung any more: it must find the pool gone.
  if (lost_) return reset_domain();
  sessions_->close_all();
  if (auto removed = platform::unlink_file(office_.paths.socket); !removed) {
    return Failure(removed.error());
  }
  if (registry_.clients.any()) {
    journal_.say("the broker of domain '%s' leaves; its clients go on, the next broker takes over",
                 options_.domain.c_str());
    return {};
  }
  journal_.say("the broker of domain '%s' leaves, and nobody is left", options_.domain.c_str());
  bells_.remove_all();
  if (auto removed = office_.pool.file.unlink(); !removed) return removed;
  if (auto removed = platform::unlink_file(office_.paths.alive); !removed) {
    return Failure(removed.error());
  }
  return office_.lock.unlink();
}

// The poller first: what it watches is its parent's business, too, and must not be taken off its list.
void Broker::Core::close_in_child() noexcept {
  office_.poller.reset();
  office_.lock.reset();
  office_.alive.reset();
  office_.stop.reset();
  office_.reload.reset();
  office_.sender = {};
  office_.pool.file.close_in_child();
  sessions_->close_in_child();
  registry_.clients.close_in_child();
}

Broker::Broker(std::unique_ptr<Core> core) noexcept : core_(std::move(core)) {}
Broker::~Broker() = default;
Broker::Broker(Broker&&) noexcept = default;
Broker& Broker::operator=(Broker&&) noexcept = default;

Result<Broker> Broker::create(const BrokerOptions& options) {
  auto core = Core::create(options);
  if (!core) return Failure(core.error());
  return Broker(std::move(*core));
}

Result<void> Broker::run() {
  for (;;) {
    const auto going = poll_once(platform::kForever);
    if (!going) return Failure(going.error());
    if (!*going) return core_->leave();
  }
}

Result<bool> Broker::poll_once(platform::MonotonicTime deadline) {
  if (auto waited = core_->wait(deadline); !waited) return Failure(waited.error());
  return core_->serve();
}

Result<void> Broker::wait(platform::MonotonicTime deadline) { return core_->wait(deadline); }
bool Broker::serve() { return core_->serve(); }

void Broker::stop() noexcept { core_->stop(); }
void Broker::ask_reload() noexcept { core_->ask_reload(); }
Result<void> Broker::leave() { return core_->leave(); }
void Broker::close_in_child() noexcept { core_->close_in_child(); }
PoolOrigin Broker::pool_origin() const noexcept { return core_->office().pool.origin; }
std::uint64_t Broker::pool_id() const noexcept {
  return core_->office().pool.file.view().geometry().pool_id;
}
const std::string& Broker::socket_path() const noexcept { return core_->office().paths.socket; }

}  // namespace tarn::broker
