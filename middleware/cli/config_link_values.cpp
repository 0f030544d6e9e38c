// The part of config_values.hpp that is about links.
#include <utility>

#include "config/values.hpp"
#include "middleware/cli/config_values.hpp"

namespace tarn::cli {

namespace {

// Adds values below one path.
class Branch {
 public:
  Branch(const ConfigFile& file, std::string path, EffectiveValues& values)
      : file_(file), path_(std::move(path)), values_(values) {}

  void add(std::string_view key, std::string value) {
    const std::string path = config::join_path(path_, key);
    std::string origin = origin_of(file_, path);
    if (value.empty()) value = "-";
    values_.push_back({.key = path, .value = std::move(value), .origin = std::move(origin)});
  }
  [[nodiscard]] Branch below(std::string_view key) const {
    return {file_, config::join_path(path_, key), values_};
  }
  [[nodiscard]] Branch entry(std::size_t index) const {
    return {file_, config::join_path(path_, index), values_};
  }

 private:
  const ConfigFile& file_;
  std::string path_;
  EffectiveValues& values_;
};

std::string truth(bool value) { return value ? "true" : "false"; }

std::string all_of(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "[" : ", ") + text;
  return all.empty() ? all : all + "]";
}

void add_topic(const config::LinkTopicConfig& topic, bool exported, Branch to) {
  to.add("topic", topic.topic);
  to.add("as", topic.as);
  to.add("prefix", topic.prefix);
  to.add("max_rate", topic.max_rate_hz ? config::format_rate(*topic.max_rate_hz) : "");
  to.add("max_size", topic.max_size_bytes ? config::format_size(*topic.max_size_bytes) : "");
  if (!exported) return;
  to.add("priority",
         word_of("links[].export[].priority", static_cast<std::size_t>(topic.priority)));
  to.add("reliable", truth(topic.reliable));
}

void add_link(const config::LinkConfig& link, Branch to) {
  to.add("name", link.name);
  to.add("connect", all_of(link.connect));
  to.add("listen", link.listen);
  for (std::size_t i = 0; i < link.exports.size(); ++i) {
    add_topic(link.exports[i], true, to.below("export").entry(i));
  }
  for (std::size_t i = 0; i < link.imports.size(); ++i) {
    add_topic(link.imports[i], false, to.below("import").entry(i));
  }
  to.below("queue").add("messages", std::to_string(link.queue.messages));
  to.below("queue").add("bytes", config::format_size(link.queue.bytes));
  to.add("heartbeat", config::format_duration(static_cast<std::uint64_t>(link.heartbeat.count())));
  to.add("insecure", truth(link.insecure));
  to.add("forward", truth(link.forward));
}

}  // namespace

EffectiveValues link_values(const ConfigFile& file) {
  EffectiveValues values;
  const Branch links(file, "links", values);
  for (std::size_t i = 0; i < file.config.links.size(); ++i) {
    add_link(file.config.links[i], links.entry(i));
  }
  return values;
}

}  // namespace tarn::cli
