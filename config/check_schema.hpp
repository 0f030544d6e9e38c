// Holds a document against the schema: are all keys known and there once, is every value of its kind and in
// its range, and is all there that must be. What values mean together is not looked at. Free function; any
// thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "config/document.hpp"
#include "config/findings.hpp"
#include "config/origins.hpp"

namespace tarn::config {

// Paths of values that the file wants to give but that nobody can read: faulty ones, those given twice,
// and those that a misspelt key probably stands for. Whatever depends on one of them is not judged, so
// that one fault is one finding.
class Doubts {
 public:
  void add(const std::string& path) { paths_.insert(path); }
  [[nodiscard]] bool about(const std::string& path) const { return paths_.count(path) != 0; }
  // Anything at all below this path, or at it.
  [[nodiscard]] bool below(const std::string& path) const;

 private:
  std::set<std::string> paths_;
};

// Stands in paths for patterns whose name is none: nobody knows for which topics their settings are.
inline constexpr std::string_view kStrayPattern = "topics.?";

struct Checked {
  Origins origins;
  Doubts doubts;
};

// Marks the nodes that are sound and brings shorthands and maps that were given twice into their full
// form. `complete`: the file does not end before its end, so what is missing is missing.
[[nodiscard]] Checked check_schema(DocumentNode& root, bool complete, Findings& findings);

}  // namespace tarn::config
