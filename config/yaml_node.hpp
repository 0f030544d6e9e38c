// A piece of a YAML file with its place: what the loader hands to the reader, so that only the loader
// knows the YAML library. Maps keep every entry in the order of the file, repeated keys too. An owner
// of its children; any thread may read it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tarn::config {

struct YamlNode {
  enum class Kind { Null, Scalar, List, Map };

  Kind kind = Kind::Null;
  int line = 1;  // of its first character, both from 1
  int column = 1;
  std::string scalar{};
  std::vector<std::pair<YamlNode, YamlNode>> entries{};  // of a map: key, value
};

}  // namespace tarn::config
