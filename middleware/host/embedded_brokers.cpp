// The offer of the role to this process's sessions, and the brokers made by it: one for each domain that
// it serves. Process-wide by nature: a fork concerns them all.
#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "middleware/host/configured_options.hpp"
#include "middleware/host/embedded_broker.hpp"
#include "middleware/node/broker_role.hpp"
#include "middleware/pool/domain_directory.hpp"
#include "platform/fork_handlers.hpp"
#include "platform/runtime_directory.hpp"

namespace tarn::host {

namespace {

struct Brokers {
  std::mutex
      mutex;  // before any broker's own; held while one is made, so that no fork comes between
  std::vector<EmbeddedBroker*> all;
};

// Never destroyed: nodes of static lifetime may be the last to use it.
Brokers& brokers() {
  static Brokers& instance = *new Brokers;
  return instance;
}

void before_fork() {
  brokers().mutex.lock();
  for (EmbeddedBroker* broker : brokers().all) broker->before_fork();
}

void in_parent() {
  for (EmbeddedBroker* broker : brokers().all) broker->in_parent();
  brokers().mutex.unlock();
}

void in_child() {
  for (EmbeddedBroker* broker : brokers().all) broker->in_child();
  brokers().all.clear();
  brokers().mutex.unlock();
}

bool forks_are_watched() {
  static const bool watched = platform::add_fork_handlers(
      {.before = before_fork, .in_parent = in_parent, .in_child = in_child});
  return watched;
}

// On the broker's thread. From here on its descriptors are gone and no fork needs to know of it.
void end(EmbeddedBroker& ended) {
  const std::lock_guard lock(brokers().mutex);
  ended.close();
  std::erase(brokers().all, &ended);
}

// Requires: the lock is held.
std::shared_ptr<EmbeddedBroker> find(const std::string& directory) {
  for (EmbeddedBroker* broker : brokers().all) {
    if (broker->directory() == directory) return broker->weak_from_this().lock();
  }
  return nullptr;
}

Error not_the_owner(const Error& refused, const node::RoleWish& wish) {
  return Error::make(Errc::NoBroker, 0,
                     "domain '%s' has no broker, and this process, of uid %u, may not be it: %s",
                     wish.domain.c_str(), static_cast<unsigned>(platform::effective_uid()),
                     refused.message());
}

// A line of the broker's on its way to the function that the node's user gave.
void pass_on(void* context, std::string_view line) {
  reinterpret_cast<void (*)(std::string_view)>(context)(line);
}

Result<broker::BrokerOptions> options_for(const node::RoleWish& wish,
                                          ConfiguredOptions& configuration) {
  const auto environment = pool::directory_environment();
  const auto paths = wish.runtime_directory.empty()
                         ? pool::create_domain_directory(environment, wish.domain)
                         : pool::create_directory_at(environment, wish.runtime_directory);
  if (!paths && paths.error().code() == Errc::NotPermitted) {
    return Failure(not_the_owner(paths.error(), wish));
  }
  if (!paths) return Failure(paths.error());
  broker::BrokerOptions options = configuration.to_start_with();
  options.runtime_directory = paths->directory;
  options.fills_in = true;
  if (wish.log != nullptr) {
    options.log = {.write = pass_on, .context = reinterpret_cast<void*>(wish.log)};
  }
  return options;
}

Result<node::HeldRole> take(const node::RoleWish& wish) {
  if (!forks_are_watched()) {
    return Failure(Error::make(Errc::OutOfMemory, 0, "no memory to watch for forks"));
  }
  auto configuration = std::make_unique<ConfiguredOptions>(wish.domain, wish.pool_bytes);
  const auto options = options_for(wish, *configuration);
  if (!options) return Failure(options.error());
  std::shared_ptr<EmbeddedBroker> made;  // outlives the lock, which its end would take
  const std::lock_guard lock(brokers().mutex);
  if (auto found = find(options->runtime_directory)) return node::HeldRole(std::move(found));
  auto broker = broker::Broker::create(*options);
  if (!broker) return Failure(broker.error());
  made = std::make_shared<EmbeddedBroker>(std::move(*broker), options->runtime_directory,
                                          std::move(configuration));
  if (auto started = made->start(end); !started) {
    made->leave();
    return Failure(started.error());
  }
  brokers().all.push_back(made.get());
  return node::HeldRole(made);
}

node::HeldRole share(const std::string& directory) {
  const std::lock_guard lock(brokers().mutex);
  return find(directory);
}

}  // namespace

}  // namespace tarn::host

const tarn::node::RoleOffer* tarn_role_offer() {
  static constexpr tarn::node::RoleOffer kOffer{.take = tarn::host::take,
                                                .share = tarn::host::share};
  return &kOffer;
}
