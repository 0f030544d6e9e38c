#include "middleware/broker/check_options.hpp"

#include <algorithm>
#include <string>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "middleware/vocabulary/domain_name.hpp"

namespace tarn::broker {

namespace {

struct Range {
  const char* key;
  std::uint32_t found;
  std::uint32_t least;
  std::uint32_t most;
};

Result<void> check(const std::string& prefix, const Range& range) {
  if (range.found >= range.least && range.found <= range.most) return {};
  return Failure(Error::make(Errc::InvalidConfig, 0, "%s.%s is %u, allowed is %u to %u",
                             prefix.c_str(), range.key, static_cast<unsigned>(range.found),
                             static_cast<unsigned>(range.least),
                             static_cast<unsigned>(range.most)));
}

Result<void> check_settings(const std::string& prefix, const TopicSettings& settings) {
  const Range ranges[] = {
      {"depth", settings.depth, 1, kMaxDepth},
      {"history", settings.history, 0, settings.depth},
      {"publishers", settings.publishers, 1, kMaxPublishersPerTopic},
      {"subscribers", settings.subscribers, 1, kMaxSubscribersPerTopic},
      {"orphans", settings.orphans, 0, kMaxOrphans},
      {"held", settings.held, 1, kMaxHeld},
      {"loans", settings.loans, 1, kMaxLoans},
  };
  for (const Range& range : ranges) {
    if (auto checked = check(prefix, range); !checked) return checked;
  }
  return {};
}

Result<void> check_topic(const BrokerOptions& options, const ListedTopic& topic) {
  if (auto named = check_user_topic_name(topic.name); !named) return named;
  const auto same = [&](const ListedTopic& other) { return other.name == topic.name; };
  if (std::count_if(options.topics.begin(), options.topics.end(), same) > 1) {
    return Failure(Error::make(Errc::InvalidConfig, 0, "topics.%s is listed more than once",
                               topic.name.c_str()));
  }
  const std::string prefix = "topics." + topic.name;
  if (topic.type.size() > kMaxTypeNameBytes) {
    return Failure(Error::make(Errc::InvalidConfig, 0,
                               "%s.type has %zu bytes, allowed are at most %zu", prefix.c_str(),
                               topic.type.size(), kMaxTypeNameBytes));
  }
  if (auto sized = check(prefix, {"size", topic.payload_bytes, 0, kMaxMessageBytes}); !sized) {
    return sized;
  }
  return check_settings(prefix, topic.settings);
}

}  // namespace

Result<void> check_options(const BrokerOptions& options) {
  if (auto named = vocabulary::check_domain_name(options.domain); !named) return named;
  if (auto checked = check_settings("defaults", options.defaults); !checked) return checked;
  for (const ListedTopic& topic : options.topics) {
    if (auto checked = check_topic(options, topic); !checked) return checked;
  }
  return {};
}

}  // namespace tarn::broker
