// A domain for one test: a broker in a process of its own and a runtime directory on tmpfs. Nothing
// of it outlives the object. The broker can be killed, stopped and started again meanwhile. Knows
// nothing of who connects. Main thread of the test.
//
//   TestDomain domain({.topics = {listed("imu", 40, {.depth = 4})}});
//   auto node = domain.open("driver");
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <tarn/tarn.hpp>

#include "middleware/broker/broker.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/broker_lines.hpp"
#include "tests/support/domain/lost_wakeups.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

// What a test chooses of a broker's options.
struct DomainOptions {
  std::vector<plan::TopicRule> topics{};
  plan::TopicSettings defaults{};
  plan::WrittenLimits limits{};
  std::uint64_t pool_bytes = std::uint64_t{16} << 20;
  std::uint64_t unplanned_bytes = std::uint64_t{1} << 20;
  std::optional<std::uint32_t> group{};
  bool spin = true;  // defaults.spin: auto
  broker::LogLevel log_level = broker::LogLevel::Info;
};

// A topic as the configuration lists it, with any type.
[[nodiscard]] plan::TopicRule listed(const std::string& name, std::uint32_t payload_bytes,
                                     plan::TopicRule settings);

class TestDomain {
 public:
  explicit TestDomain(const DomainOptions& options = {});
  // Notes what wake-ups got lost in it, as do those that end the broker.
  ~TestDomain() { note_lost_wakeups(path(), safety_wakeups_expected_); }

  [[nodiscard]] const std::string& path() const { return directory_.path(); }
  [[nodiscard]] std::string socket_path() const { return directory_.file("broker.sock"); }
  [[nodiscard]] NodeOptions node(const std::string& name) const;
  // In the test's own process.
  [[nodiscard]] Node open(const std::string& name) const { return must(Node::open(node(name))); }

  [[nodiscard]] std::int32_t broker_pid() const { return broker_->pid(); }
  // Of all the brokers there were.
  [[nodiscard]] const BrokerLines& broker_lines() const { return lines_; }
  // Without a word, as a crash would; returns when it has ended.
  void kill_broker();
  // In order; returns when it has ended with exit code 0.
  void stop_broker();
  // Returns when it serves; says how it came to its pool.
  broker::PoolOrigin start_broker();
  // For a test that takes somebody's bell away.
  void expect_safety_wakeups(std::uint64_t count) { safety_wakeups_expected_ = count; }
  // What a broker in this directory would be given; for a second one.
  [[nodiscard]] broker::BrokerOptions broker_options() const { return options_; }

 private:
  TemporaryDirectory directory_;
  BrokerLines lines_;
  broker::BrokerOptions options_;
  std::optional<ChildProcess> broker_;
  std::uint64_t safety_wakeups_expected_ = 0;
};

// The value of a Result in a child process, or the child's end with the error's text.
template <typename T>
T need(Parent& parent, Result<T> result) {
  parent.check(result.has_value(), result ? "" : result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace tarn::test
