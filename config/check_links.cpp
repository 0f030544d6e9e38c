#include "config/check_links.hpp"

#include <cstddef>
#include <map>
#include <string>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

namespace tarn::config {

namespace {

// What names become on the other side of the rule.
void check_renaming(const Facts& facts, const LinkTopicConfig& topic, const std::string& path,
                    Findings& findings) {
  const std::string as_path = join_path(path, "as");
  const std::string prefix_path = join_path(path, "prefix");
  if (!topic.as.empty() && !topic.prefix.empty()) {
    findings.add(facts.value(as_path), as_path,
                 "found together with prefix; allowed: one of the two");
    return;
  }
  if (!topic.as.empty()) {
    if (!is_topic_pattern(topic.topic)) return;
    findings.add(facts.value(as_path), as_path,
                 "found one name for all that match " + quoted(topic.topic) +
                     "; allowed: as for one topic, prefix for a pattern");
    return;
  }
  const bool in_doubt = facts.doubts().about(as_path) || facts.doubts().about(prefix_path);
  if (topic.topic.empty() || in_doubt) return;
  const std::string name = topic.prefix + topic.topic;
  const std::string blamed = join_path(path, topic.prefix.empty() ? "topic" : "prefix");
  if (is_reserved_topic_name(name)) {
    findings.add(facts.value(blamed), blamed,
                 "found " + quoted(topic.prefix.empty() ? topic.topic : topic.prefix) +
                     ", so that its name there is reserved; allowed: names that do not begin with "
                     "tarn/");
  } else if (name.size() > kMaxTopicNameBytes) {
    findings.add(facts.value(blamed), blamed,
                 "found " + std::to_string(topic.prefix.size()) + " bytes in front of " +
                     std::to_string(topic.topic.size()) + "; allowed: names of at most " +
                     std::to_string(kMaxTopicNameBytes) + " bytes");
  }
}

void check_link_topics(const Facts& facts, const std::vector<LinkTopicConfig>& topics,
                       const std::string& path, Findings& findings) {
  std::map<std::string, std::string> first;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const std::string item = join_path(path, i);
    check_renaming(facts, topics[i], item, findings);
    if (topics[i].topic.empty()) continue;
    const std::string topic_path = join_path(item, "topic");
    const auto [before, is_new] = first.try_emplace(topics[i].topic, topic_path);
    if (is_new) continue;
    findings.add(facts.value(topic_path), topic_path,
                 "found " + quoted(topics[i].topic) + " a second time, first in line " +
                     std::to_string(facts.value(before->second).line) + "; allowed: once");
  }
}

void check_ends(const Facts& facts, const LinkConfig& link, const std::string& path,
                Findings& findings) {
  const bool in_doubt = facts.doubts().below(join_path(path, "connect")) ||
                        facts.doubts().below(join_path(path, "listen"));
  if (!link.connect.empty() || !link.listen.empty() || in_doubt) return;
  findings.add(facts.value(path), path, "found neither connect nor listen; allowed: one or both");
}

}  // namespace

void check_links(const Facts& facts, Findings& findings) {
  std::map<std::string, std::string> first;
  for (std::size_t i = 0; i < facts.config().links.size(); ++i) {
    const LinkConfig& link = facts.config().links[i];
    const std::string path = join_path("links", i);
    if (facts.doubts().about(path)) continue;  // no map at all
    check_ends(facts, link, path, findings);
    check_link_topics(facts, link.exports, join_path(path, "export"), findings);
    check_link_topics(facts, link.imports, join_path(path, "import"), findings);
    if (link.name.empty()) continue;
    const std::string name_path = join_path(path, "name");
    const auto [before, is_new] = first.try_emplace(link.name, name_path);
    if (is_new) continue;
    findings.add(facts.value(name_path), name_path,
                 "found " + quoted(link.name) + " a second time, first in line " +
                     std::to_string(facts.value(before->second).line) +
                     "; allowed: each name once");
  }
}

}  // namespace tarn::config
