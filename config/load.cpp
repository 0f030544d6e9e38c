#include "config/load.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>
#include <utility>

#include "config/check_text.hpp"
#include "config/document.hpp"
#include "config/read_domain.hpp"
#include "platform/file_mapping.hpp"
#include "platform/text_file.hpp"

namespace tarn::config {

namespace {

constexpr std::size_t kMaxNesting = 16;
constexpr std::size_t kMaxNodes = 10'000;

// Thrown by the handler of events; ends the parsing.
struct Stop {
  Position at;
  std::string words;
};

Position position_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Builds the document from the parser's events. Unlike the library's own tree this keeps repeated keys, and
// it sees anchors, aliases and tags, which could make a small file huge.
class DocumentBuilder final : public YAML::EventHandler {
 public:
  DocumentBuilder(std::string_view text, Findings& findings) : text_(text), findings_(&findings) {}

  DocumentNode take_root() { return std::move(root_); }
  // After an exception: the entries of the outermost map that were complete before. The one in which it
  // happened may have swallowed what follows it.
  DocumentNode take_rest(int line_of_fault) {
    if (levels_.empty()) return std::move(root_);
    const bool in_entry = levels_.size() > 1 || levels_.front().has_key;
    DocumentNode root = std::move(levels_.front().node);
    if (root.entries.empty()) return root;
    if (in_entry || root.entries.back().value.at.line == line_of_fault) root.entries.pop_back();
    return root;
  }
  [[nodiscard]] Position start() const { return start_; }

  // Where the innermost bracket stands that is still open.
  [[nodiscard]] const DocumentNode* open_bracket() const {
    const auto open = std::find_if(levels_.rbegin(), levels_.rend(),
                                   [](const Level& level) { return level.bracket; });
    return open == levels_.rend() ? nullptr : &open->node;
  }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = position_of(mark); }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    findings_->add(position_of(mark), "", "found an anchor (&); allowed: plain values");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    // Its anchor has been complained about; this is as much to be changed.
    findings_->add(position_of(mark), "", kFoundAlias);
    put({.shape = DocumentNode::Shape::Refused, .at = position_of(mark)});
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { put({.at = place_of_null(mark)}); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    refuse_tag(mark, tag);
    refuse_many_lines(mark, value);
    const bool is_quoted = text_after(mark).starts_with('"') || text_after(mark).starts_with('\'');
    put({.shape = DocumentNode::Shape::Scalar,
         .at = position_of(mark),
         .scalar = value,
         .quoted = is_quoted});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, DocumentNode::Shape::List, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, DocumentNode::Shape::Map, style);
  }
  void OnMapEnd() override { close(); }

  static constexpr const char* kFoundAlias =
      "found an alias (*); allowed: plain values (a name that begins with * needs quotes)";

 private:
  struct Level {
    DocumentNode node;
    bool bracket = false;
    bool has_key = false;  // of a map: the last entry waits for its value
  };

  [[nodiscard]] std::string_view text_after(const YAML::Mark& mark) const {
    return text_.substr(std::min(static_cast<std::size_t>(mark.pos), text_.size()));
  }

  [[nodiscard]] Position place_of_null(const YAML::Mark& mark) const;

  // The parser says "?" for a plain value and "!" for a quoted one.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    const bool written = !tag.empty() && tag != "?" && tag != "!";
    if (!written && !text_after(mark).starts_with('!')) return;
    findings_->add(position_of(mark), "", "found a tag (!); allowed: plain values");
  }

  // The library takes a quote that never ends for one that ends with the file, and a line that is indented
  // too far for more of the value before it. No value here needs more than a line.
  void refuse_many_lines(const YAML::Mark& mark, const std::string& value) const;

  void open(const YAML::Mark& mark, const std::string& tag, DocumentNode::Shape shape,
            YAML::EmitterStyle::value style) {
    refuse_tag(mark, tag);
    if (levels_.size() == kMaxNesting) {
      throw Stop{position_of(mark), "found a 17th level of nesting; allowed: at most 16"};
    }
    count(position_of(mark));
    levels_.push_back({.node = {.shape = shape, .at = position_of(mark)},
                       .bracket = style == YAML::EmitterStyle::Flow});
  }

  void close() {
    DocumentNode node = std::move(levels_.back().node);
    levels_.pop_back();
    --nodes_;  // put() counts it again
    put(std::move(node));
  }

  void count(Position at) {
    if (++nodes_ > kMaxNodes) {
      throw Stop{at, "found more than 10000 values; allowed: at most 10000, keys included"};
    }
  }

  void put(DocumentNode node) {
    count(node.at);
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.shape == DocumentNode::Shape::List) {
      level.node.items.push_back(std::move(node));
    } else if (level.has_key) {
      level.node.entries.back().value = std::move(node);
      level.has_key = false;
    } else {
      level.node.entries.push_back({.key = std::move(node), .value = {}});
      level.has_key = true;
    }
  }

  std::string_view text_;
  Findings* findings_;
  Position start_;
  DocumentNode root_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
};

// What is missing has the mark of whatever comes after it, be it lines below.
Position DocumentBuilder::place_of_null(const YAML::Mark& mark) const {
  if (!levels_.empty() && levels_.back().has_key) {
    const Position key = levels_.back().node.entries.back().key.at;
    const bool written = mark.line + 1 == key.line && text_after(mark).find_first_of("~nN") == 0;
    return written ? position_of(mark) : key;
  }
  const std::string_view before = text_.substr(0, text_.size() - text_after(mark).size());
  const std::size_t last = before.find_last_not_of(" \t\r\n");
  if (last == std::string_view::npos || before[last] != '-') return position_of(mark);
  const auto lines =
      std::count(before.begin() + static_cast<std::ptrdiff_t>(last), before.end(), '\n');
  const std::size_t newline = before.rfind('\n', last);
  const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {mark.line + 1 - static_cast<int>(lines), static_cast<int>(last - line_start) + 1};
}

// How far a value in quotes reaches, up to the end of its line; false: it does not end there.
bool ends_in_line(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size() && text[i] != '\n'; ++i) {
    if (quote == '"' && text[i] == '\\' && !text.substr(i + 1).starts_with('\n')) {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) return true;
      ++i;  // two of them stand for one
    }
  }
  return false;
}

void DocumentBuilder::refuse_many_lines(const YAML::Mark& mark, const std::string& value) const {
  const std::string_view text = text_after(mark);
  if (text.starts_with('"') || text.starts_with('\'')) {
    if (ends_in_line(text)) return;
    throw Stop{position_of(mark),
               "found a quote that does not end in its line; allowed: values of one line"};
  }
  if (text.starts_with('|') || text.starts_with('>')) {
    throw Stop{position_of(mark), "found a block of text; allowed: values of one line"};
  }
  if (text.starts_with(value) || text.starts_with('&') || text.starts_with('!')) return;
  throw Stop{
      position_of(mark),
      "found a value that goes on in the next line; allowed: values of one line (is that line "
      "indented too far, or a ',' or a closing bracket missing?)"};
}

// What the library means, for those faults that people make.
std::string syntax_words(const std::string& said) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSaid{{
      {"illegal map value",
       "found a ':' that belongs to no key; allowed: YAML (is there another in this line, or one "
       "missing in the line before?)"},
      {"end of map not found",
       "found a line that belongs to nothing above it; allowed: YAML (is it indented too little?)"},
  }};
  for (const auto& [library, ours] : kSaid) {
    if (said == library) return std::string(ours);
  }
  return "found what is not YAML: " + said;
}

Stop syntax_fault(const YAML::Exception& exception, const DocumentBuilder& builder,
                  std::string_view text) {
  const auto offset = static_cast<std::size_t>(std::max(exception.mark.pos, 0));
  if (offset < text.size() && text[offset] == '*') {
    return {position_of(exception.mark), DocumentBuilder::kFoundAlias};
  }
  const DocumentNode* const open = builder.open_bracket();
  if (open != nullptr && exception.msg.find("flow not found") != std::string::npos) {
    // The library names the end of the file.
    const bool list = open->shape == DocumentNode::Shape::List;
    return {open->at, list ? "found a '[' without its ']'; allowed: YAML"
                           : "found a '{' without its '}'; allowed: YAML"};
  }
  return {position_of(exception.mark), syntax_words(exception.msg)};
}

// What the file holds; `complete` is false where the parsing ended early.
DocumentNode parse(const std::string& text, Findings& findings, bool& complete) {
  DocumentBuilder builder(text, findings);
  Stop stop;
  try {
    std::istringstream stream{text};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    complete = true;
    DocumentBuilder second(text, findings);
    if (!parser.HandleNextDocument(second)) return builder.take_root();
    stop = {second.start(), "found a second document; allowed: one"};
  } catch (const Stop& thrown) {
    stop = thrown;
  } catch (const YAML::Exception& exception) {
    stop = syntax_fault(exception, builder, text);
  }
  findings.add(stop.at, "", stop.words);
  return complete ? builder.take_root() : builder.take_rest(stop.at.line);
}

}  // namespace

Loading examine_text(std::string_view text, const std::string& name, std::uint32_t page_bytes) {
  Findings findings(name);
  Loaded loaded;
  if (check_text(text, findings)) {
    const std::string plain = plain_text(text, findings);
    bool complete = false;
    DocumentNode root = parse(plain, findings, complete);
    const auto own_page_bytes = static_cast<std::uint32_t>(platform::page_bytes());
    loaded = read_domain(
        root, {complete, page_bytes == kOwnPageBytes ? own_page_bytes : page_bytes}, findings);
  }
  if (findings.any()) return tl::unexpected<Refusal>(findings.take());
  return loaded;
}

Loading examine_file(const std::string& path, std::uint32_t page_bytes) {
  const auto text = platform::read_text_file(path, kMaxFileBytes);
  if (text) return examine_text(*text, path, page_bytes);
  if (text.error().code() == Errc::TooLarge) {
    Findings findings(path);
    findings.add({}, "", kFoundTooMuch);
    return tl::unexpected<Refusal>(findings.take());
  }
  return tl::unexpected<Refusal>(
      Refusal{.file = path, .findings = {}, .more = 0, .error = text.error()});
}

Result<DomainConfig> load_file(const std::string& path) {
  auto loading = examine_file(path);
  if (!loading) return Failure(loading.error().error);
  return std::move(loading->config);
}

Result<DomainConfig> load_text(std::string_view text, const std::string& name) {
  auto loading = examine_text(text, name);
  if (!loading) return Failure(loading.error().error);
  return std::move(loading->config);
}

}  // namespace tarn::config
