// The points at which a process may be killed: after each store and each read-modify-write of shared words
// that the observed library knows. Counts how often a child comes past each, and kills it at the one aimed
// at. The counts lie in memory that the test shares with its children, so they outlive a killed child. One
// child at a time; aim before it is started, watch in the child. Loads and fences are no points: after them
// the dead leave what they left before.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/survive/points/observed/observed.hpp"

namespace tarn::test {

class Points {
 public:
  Points();
  ~Points();
  Points(const Points&) = delete;
  Points& operator=(const Points&) = delete;

  [[nodiscard]] static bool is_point(const observed::Site& site);

  // Counts from nothing, and kills nobody.
  void only_count();
  // Counts from nothing, and kills at this occurrence, from 1.
  void aim(const observed::Site& site, std::uint32_t occurrence);
  // While it is on nobody is counted or killed; any process may say so.
  void pause(bool on);
  // From now on, in this process and its children. Those that come past a point in several threads are
  // counted all the same.
  void watch();
  static void look_away();
  // Called before each access, loads and fences too, of a process that watches.
  static void before_each(void (*approach)(const observed::Site& site));

  [[nodiscard]] std::uint32_t count(const observed::Site& site) const;
  // Somebody was killed where it was aimed at.
  [[nodiscard]] bool hit() const;

 private:
  void* shared_;
};

}  // namespace tarn::test
