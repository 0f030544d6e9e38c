#include "config/load.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "config/read_domain.hpp"
#include "config/yaml_node.hpp"

namespace tarn::config {

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxNesting = 16;

Failure refuse(const std::string& file, const YAML::Mark& mark, const std::string& what) {
  return Failure(Error::make(Errc::InvalidConfig, 0, "%s:%d:%d: %s", file.c_str(), mark.line + 1,
                             mark.column + 1, what.c_str()));
}

// What the parser's events are not allowed to be; ends the parsing.
struct Unwelcome {
  YAML::Mark mark;
  const char* what;
};

// Builds the tree from the parser's events. Unlike the library's own tree this keeps repeated keys
// and knows anchors, aliases and tags when it sees them: those could make a small file huge.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    throw Unwelcome{mark, "found an anchor (&); allowed are plain values"};
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Unwelcome{mark, "found an alias (*); allowed are plain values (quote a '*' in a name)"};
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(mark, {}); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    refuse_tag(mark, tag);
    add(mark, {.kind = YamlNode::Kind::Scalar, .scalar = value});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::List);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::Map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    YamlNode node;
    bool has_key = false;  // of a map: the last entry waits for its value
  };

  // The parser says "?" for a plain value and "!" for a quoted one.
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Unwelcome{mark, "found a tag (!); allowed are plain values"};
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    refuse_tag(mark, tag);
    if (levels_.size() == kMaxNesting) throw Unwelcome{mark, "nested deeper than 16 levels"};
    levels_.push_back({.node = {.kind = kind, .line = mark.line + 1, .column = mark.column + 1}});
  }

  void close() {
    YamlNode node = std::move(levels_.back().node);
    levels_.pop_back();
    put(std::move(node));
  }

  void add(const YAML::Mark& mark, YamlNode node) {
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    put(std::move(node));
  }

  void put(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == YamlNode::Kind::List) return;  // no key takes one; its kind says enough
    if (level.has_key) {
      level.node.entries.back().second = std::move(node);
    } else {
      level.node.entries.emplace_back(std::move(node), YamlNode{});
    }
    level.has_key = !level.has_key;
  }

  YamlNode root_;
  std::vector<Level> levels_;
};

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

Result<DomainConfig> load_text(std::string_view text, const std::string& name) {
  if (text.size() > kMaxFileBytes) {
    return Failure(
        Error::make(Errc::InvalidConfig, 0, "%s: larger than the allowed 1 MiB", name.c_str()));
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder;
    parser.HandleNextDocument(builder);
    const YamlNode root = builder.take_root();
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      const YamlNode extra = second.take_root();
      return Failure(Error::make(Errc::InvalidConfig, 0,
                                 "%s:%d:%d: found a second document; allowed is one", name.c_str(),
                                 extra.line, extra.column));
    }
    return read_domain(root, name);
  } catch (const Unwelcome& unwelcome) {
    return refuse(name, unwelcome.mark, unwelcome.what);
  } catch (const YAML::Exception& exception) {
    return refuse(name, exception.mark, "not YAML: " + exception.msg);
  }
}

Result<DomainConfig> load_file(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  std::string text(kMaxFileBytes + 1, '\0');  // one more shows that the file is too large
  if (file != nullptr) text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (file == nullptr || std::ferror(file.get()) != 0) {
    return Failure(
        Error::make(Errc::System, errno, "cannot read configuration file '%s'", path.c_str()));
  }
  return load_text(text, path);
}

}  // namespace tarn::config
