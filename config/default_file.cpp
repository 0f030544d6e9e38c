#include "config/default_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "config/schema.hpp"

namespace tarn::config {

namespace {

constexpr std::size_t kWidth = 100;

constexpr std::string_view kOpening =
    R"(# The configuration of a tarn domain: every key, and what holds where it is not written. As it stands
# it says the same as no file at all. `tarn config check FILE` finds what is wrong with a file, `tarn
# config plan FILE` shows where every byte of the pool goes, `tarn config show FILE` what holds and why.
#
# A '#' directly before a word hides a setting, not a remark: take it away and the setting holds.
)";

// What is written of keys that have no default, so that a reader sees the shape.
struct Example {
  std::string_view path;
  std::string_view text;
};

constexpr std::array kExamples{
    Example{"version", "version: 1\n"},
    Example{"group", "#group: sensors\n"},
    Example{"node", "#node: nav-board\n"},
    Example{"topics", R"(#topics:
  #sensor/imu: { type: Imu, size: 40B, depth: 64 }
  #camera/front: { size: 301KiB, depth: 4, subscribers: 2 }
  #cmd/motor: { size: 24B, overflow: block, timeout: 20ms, evict_after: 1s }
  #mission/step: { size: 64B, overflow: block }
  #"sensor/**": { depth: 32, history: 4 }
)"},
    Example{"links", R"(#links:
  #- name: vision
    #connect: [tcp://10.0.0.2:7450, tcp://vision.local:7450]
    #listen: tcp://0.0.0.0:7450
    #export:
      #- sensor/imu
      #- { topic: camera/front, as: front_camera, max_rate: 5Hz, priority: low }
      #- { topic: "cmd/*", prefix: nav/, max_size: 4KiB, reliable: true }
    #import:
      #- { topic: "detection/**", prefix: vision/, max_rate: 30Hz, max_size: 64KiB }
      #- { topic: status, as: vision/status }
    #queue: { messages: 64, bytes: 4MiB }
    #heartbeat: 500ms
    #insecure: true
    #forward: false
)"},
};

// A limit that is written no longer grows with the topics, and where nothing blocks a time for it is an
// error: these stand behind a '#'.
constexpr std::array<std::string_view, 3> kHidden{"limits", "defaults.timeout",
                                                  "defaults.evict_after"};

bool is_hidden(const Key& key) {
  const std::string path = path_of(key);
  return std::any_of(kHidden.begin(), kHidden.end(), [&](std::string_view hidden) {
    return path == hidden || key.parent == hidden;
  });
}

// As lines of a comment, at most kWidth wide where the words allow it.
std::string comment(std::string_view text, const std::string& indent) {
  std::string lines;
  std::string line = indent + '#';
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (line.size() + 1 + word.size() > kWidth && line.size() > indent.size() + 1) {
      lines += line + '\n';
      line = indent + '#';
    }
    line.append(" ").append(word);
  }
  return lines + line + '\n';
}

const Example* example_of(std::string_view path) {
  const auto found = std::find_if(kExamples.begin(), kExamples.end(),
                                  [&](const Example& example) { return example.path == path; });
  return found == kExamples.end() ? nullptr : &*found;
}

std::string annotated(const Key& key, const std::string& indent) {
  const std::string path = path_of(key);
  std::string text = comment(key.text, indent);
  if (key.kind == Kind::List || path == "topics") {
    for (const Key* entry : parts_of(path)) text += comment(entry->text, indent);
  } else if (key.kind != Kind::Map) {
    text += comment("Allowed: " + allowed(key) + ".", indent);
  }
  if (const Example* example = example_of(path)) return text.append(example->text);
  text.append(indent).append(is_hidden(key) ? "#" : "").append(key.name).append(":");
  if (key.kind != Kind::Map) text.append(" ").append(key.initial);
  text += '\n';
  if (key.kind != Kind::Map) return text;
  for (const Key* part : parts_of(path)) text += annotated(*part, indent + "  ");
  return text;
}

}  // namespace

std::string default_file() {
  std::string file(kOpening);
  for (const Key* key : parts_of("")) file += '\n' + annotated(*key, "");
  return file;
}

std::string with_all_settings(std::string_view file) {
  std::string all;
  while (!file.empty()) {
    const std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(file.size(), line.size() + 1));
    const std::size_t mark = line.find_first_not_of(' ');
    const bool hides = mark != std::string_view::npos && line[mark] == '#' &&
                       mark + 1 < line.size() && line[mark + 1] != ' ';
    all.append(line.substr(0, hides ? mark : line.size()));
    if (hides) all.append(line.substr(mark + 1));
    all += '\n';
  }
  return all;
}

}  // namespace tarn::config
