// Where in its file each value of a configuration stands, by the path of its key: "pool.size",
// "topics.sensor/imu.depth", "links[0].queue.bytes". A name that holds a dot, or anything else a path is
// made of, is in quotes: topics."imu.raw".depth. What is not in the file has no place. A value.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::config {

// Both from 1.
struct Position {
  int line = 1;
  int column = 1;

  auto operator<=>(const Position&) const = default;
};

struct Origin {
  Position key;  // of a list's entry the entry itself
  Position value;

  bool operator==(const Origin&) const = default;
};

class Origins {
 public:
  void set(const std::string& path, const Origin& origin) { origins_[path] = origin; }

  [[nodiscard]] std::optional<Origin> find(const std::string& path) const {
    const auto found = origins_.find(path);
    if (found == origins_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::map<std::string, Origin> origins_;
};

// `parent` with one key more; `name` as it stands in the file.
[[nodiscard]] std::string join_path(std::string_view parent, std::string_view name);
// With an entry of a list, from 0.
[[nodiscard]] std::string join_path(std::string_view parent, std::size_t index);

}  // namespace tarn::config
