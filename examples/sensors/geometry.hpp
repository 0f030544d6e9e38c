// The little geometry of the sensor demo: vectors and unit quaternions in double precision. World
// axes: x east, y north, z up. Body axes: x forward, y left, z up. A Rotation turns body into world.
// Values and pure functions; any thread.
#pragma once

#include <cmath>

namespace sensors {

struct Vector {
  double x = 0;
  double y = 0;
  double z = 0;

  friend Vector operator+(const Vector& a, const Vector& b) {
    return {a.x + b.x, a.y + b.y, a.z + b.z};
  }
  friend Vector operator-(const Vector& a, const Vector& b) {
    return {a.x - b.x, a.y - b.y, a.z - b.z};
  }
  friend Vector operator*(double factor, const Vector& a) {
    return {factor * a.x, factor * a.y, factor * a.z};
  }
};

inline double dot(const Vector& a, const Vector& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vector cross(const Vector& a, const Vector& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double length(const Vector& a) { return std::sqrt(dot(a, a)); }
inline Vector normalised(const Vector& a) { return (1.0 / length(a)) * a; }

// Between two directions, in radians; exact for small angles, where acos is not.
inline double angle_between(const Vector& a, const Vector& b) {
  return std::atan2(length(cross(a, b)), dot(a, b));
}

struct Rotation {
  double w = 1;
  Vector v;

  friend Rotation operator*(const Rotation& a, const Rotation& b) {
    return {a.w * b.w - dot(a.v, b.v), a.w * b.v + b.w * a.v + cross(a.v, b.v)};
  }
};

inline Vector to_world(const Rotation& rotation, const Vector& body) {
  const Vector twice = 2.0 * cross(rotation.v, body);
  return body + rotation.w * twice + cross(rotation.v, twice);
}
inline Vector to_body(const Rotation& rotation, const Vector& world) {
  return to_world({rotation.w, -1.0 * rotation.v}, world);
}

// What "up" is, seen from the body: all that roll and pitch say, without the heading.
inline Vector up_in_body(const Rotation& rotation) { return to_body(rotation, {0, 0, 1}); }

inline Rotation normalised(const Rotation& a) {
  const double factor = 1.0 / std::sqrt(a.w * a.w + dot(a.v, a.v));
  return {factor * a.w, factor * a.v};
}

// The turn about `vector` by its length in radians.
inline Rotation turn_by(const Vector& vector) {
  const double half = length(vector) / 2;
  // sin(x)/x, whose limit is 1.
  const double ratio = half < 1e-9 ? 1.0 : std::sin(half) / half;
  return {std::cos(half), (ratio / 2) * vector};
}

// The shortest turn that takes direction `from` to direction `to`; not for opposite directions.
inline Rotation turn_between(const Vector& from, const Vector& to) {
  const Vector a = normalised(from);
  const Vector b = normalised(to);
  return normalised(Rotation{1 + dot(a, b), cross(a, b)});
}

// The body's axes in the world, orthonormal and right-handed, as a rotation. Shepperd, "Quaternion
// from rotation matrix" (1978): divides by the largest component.
inline Rotation from_axes(const Vector& x, const Vector& y, const Vector& z) {
  const double trace = x.x + y.y + z.z;
  if (trace > 0) {
    const double s = 2 * std::sqrt(1 + trace);
    return {s / 4, {(y.z - z.y) / s, (z.x - x.z) / s, (x.y - y.x) / s}};
  }
  if (x.x > y.y && x.x > z.z) {
    const double s = 2 * std::sqrt(1 + x.x - y.y - z.z);
    return {(y.z - z.y) / s, {s / 4, (y.x + x.y) / s, (z.x + x.z) / s}};
  }
  if (y.y > z.z) {
    const double s = 2 * std::sqrt(1 + y.y - x.x - z.z);
    return {(z.x - x.z) / s, {(y.x + x.y) / s, s / 4, (z.y + y.z) / s}};
  }
  const double s = 2 * std::sqrt(1 + z.z - x.x - y.y);
  return {(x.y - y.x) / s, {(z.x + x.z) / s, (z.y + y.z) / s, s / 4}};
}

}  // namespace sensors
