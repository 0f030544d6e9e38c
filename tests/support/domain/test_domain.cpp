#include "tests/support/domain/test_domain.hpp"

#include <signal.h>

#include <stdexcept>

namespace tarn::test {

namespace {

// Of the broker's process; its signal handler has nowhere else to look.
broker::Broker* running_broker = nullptr;

void serve(Parent& parent, const broker::BrokerOptions& options) {
  auto role = need(parent, broker::Broker::create(options));
  running_broker = &role;
  ::signal(SIGTERM, [](int) { running_broker->stop(); });
  parent.report(std::to_string(static_cast<int>(role.pool_origin())));
  const auto served = role.run();
  parent.check(served.has_value(), served ? "" : served.error().message());
}

}  // namespace

plan::TopicRule listed(const std::string& name, std::uint32_t payload_bytes,
                       plan::TopicRule settings) {
  settings.name = name;
  settings.payload_bytes = payload_bytes;
  return settings;
}

TestDomain::TestDomain(const DomainOptions& options) {
  options_.runtime_directory = directory_.path();
  options_.rules = {.defaults = options.defaults, .rules = options.topics};
  options_.limits = options.limits;
  options_.pool_bytes = options.pool_bytes;
  options_.unplanned_bytes = options.unplanned_bytes;
  options_.group = options.group;
  options_.spin = options.spin;
  options_.log_level = options.log_level;
  options_.log = {.write = BrokerLines::append, .context = &lines_};
  start_broker();
}

NodeOptions TestDomain::node(const std::string& name) const {
  // The time-out is for a broker that never answers; on a machine this busy none comes near it.
  return {.name = name, .runtime_directory = directory_.path(), .timeout = kWatchdog};
}

// The next broker may begin with a new pool.
void TestDomain::kill_broker() {
  note_lost_wakeups(path(), safety_wakeups_expected_);
  broker_->kill(SIGKILL);
  if (broker_->join() != killed_by(SIGKILL)) throw std::runtime_error("the broker ended before");
  broker_.reset();
}

void TestDomain::stop_broker() {
  note_lost_wakeups(path(), safety_wakeups_expected_);
  broker_->kill(SIGTERM);
  const ChildEnd end = broker_->join();
  if (end != kCleanExit) throw std::runtime_error("the broker ended with " + describe(end));
  broker_.reset();
}

broker::PoolOrigin TestDomain::start_broker() {
  broker_.emplace(ChildProcess::start([this](Parent& parent) { serve(parent, options_); }));
  return static_cast<broker::PoolOrigin>(std::stoi(broker_->next_report()));
}

}  // namespace tarn::test
