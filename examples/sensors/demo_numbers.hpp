// What the processes of the demo have reported, put side by side: live rates, the final table, and
// whether every message published on a topic arrived whole at every subscriber. Knows nothing of
// processes beyond their names, nor of terminals. One thread uses it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "examples/sensors/report.hpp"

namespace sensors {

// One row of the picture: a topic with its publisher and its subscribers.
struct TopicPlan {
  std::string topic;
  std::string publisher;
  std::vector<std::string> subscribers;
};

class DemoNumbers {
 public:
  explicit DemoNumbers(std::vector<TopicPlan> plan) : plan_(std::move(plan)) {}

  // Progress and summaries count; other reports are none of its business.
  void add(const Report& report);

  // One line for each topic: messages per second at each end, over about the last second.
  [[nodiscard]] std::vector<std::string> live_lines() const;
  // The same in one line.
  [[nodiscard]] std::string live_line() const;

  // From the summaries.
  [[nodiscard]] std::vector<std::string> table() const;
  // One sentence for each thing that is not as it should be; empty for a good run.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  struct Count {
    std::uint64_t at_ns;
    std::uint64_t messages;
  };
  struct Endpoint {
    std::deque<Count> recent;
    std::optional<Report> summary;
  };
  using Key = std::pair<std::string, std::string>;  // topic, process

  [[nodiscard]] std::string rate_of(const std::string& topic, const std::string& process) const;
  [[nodiscard]] const Report* summary_of(const std::string& topic,
                                         const std::string& process) const;
  void check_subscriber(const TopicPlan& topic, const std::string& subscriber,
                        std::vector<std::string>& problems) const;

  std::vector<TopicPlan> plan_;
  std::map<Key, Endpoint> endpoints_;
};

}  // namespace sensors
