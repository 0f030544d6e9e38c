// The matrix of kills: role, point, occurrence, pacing. The points of a role are found by a life in which
// nobody is killed; then it lives again for each of them, up to there. It knows neither roles nor what is
// checked. Main thread of the test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/survive/points/points.hpp"

namespace tarn::test {

// How the one who is killed goes about it: each step when the others sleep, or as fast as it can.
enum class Pace { AsTheySleep, Unpaced };

class Matrix {
 public:
  Matrix();

  [[nodiscard]] Points& points() { return points_; }

  // One life of the role, and the checks after its end. Aimed at nothing it must end in order.
  using Life = std::function<void(Pace)>;
  // Each point at the first, second, fifth and seventeenth time; in a soak every time.
  void play(const std::string& role, const Life& life);
  // In one pace only.
  enum class Times { Chosen, Every };
  void play_at(const std::string& role, Pace pace, Times times, const Life& life);

  // Prints what was done, and fails for each point in the files below `folders` that no kill hit.
  // `excused` are points that nobody can come to, by how their names begin, each with a reason.
  struct Excuse {
    std::string_view name;
    std::string_view reason;
  };
  void check_covered(std::initializer_list<std::string_view> folders,
                     std::initializer_list<Excuse> excused);

 private:
  Points points_;
  std::vector<std::uint32_t> hits_;  // by site
  std::uint32_t cases_ = 0;
  std::uint32_t kills_ = 0;
};

}  // namespace tarn::test
