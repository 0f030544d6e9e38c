#include "examples/sensors/scene.hpp"

#include <string>

namespace sensors {

namespace {

// A pinhole camera that sees 90 degrees from left to right.
constexpr double kFocalLength = kImageWidth / 2.0;  // in pixels
constexpr double kCentreColumn = (kImageWidth - 1) / 2.0;
constexpr double kCentreRow = (kImageHeight - 1) / 2.0;

// Where the light of a pixel comes from, in body axes; not normalised.
Vector ray_through(double column, double row) {
  return {1.0, (kCentreColumn - column) / kFocalLength, (kCentreRow - row) / kFocalLength};
}

constexpr std::uint8_t kSkyBit = 0x80;
constexpr std::uint8_t kDigitBit = 0x40;
constexpr std::uint8_t kGrey = 0x20;
constexpr std::uint8_t kStripe = 0x18;
constexpr std::size_t kStripeShift = 5;  // stripes of 32 pixels
constexpr std::size_t kPixelsPerFrame = 2;

bool is_sky(const Image& image, std::size_t column, std::size_t row) {
  return (image[row * kImageWidth + column] & kSkyBit) != 0;
}

// Digits of three by five dots, a row in three bits.
constexpr std::array<std::array<std::uint8_t, 5>, 10> kDigits{{{7, 5, 5, 5, 7},
                                                               {2, 6, 2, 2, 7},
                                                               {7, 1, 7, 4, 7},
                                                               {7, 1, 7, 1, 7},
                                                               {5, 5, 7, 1, 1},
                                                               {7, 4, 7, 1, 7},
                                                               {7, 4, 7, 5, 7},
                                                               {7, 1, 1, 2, 2},
                                                               {7, 5, 7, 5, 7},
                                                               {7, 5, 7, 1, 7}}};
constexpr std::size_t kDotPixels = 6;

void draw_dot(Image& image, std::size_t left, std::size_t top) {
  for (std::size_t row = top; row < top + kDotPixels; ++row) {
    for (std::size_t column = left; column < left + kDotPixels; ++column) {
      image[row * kImageWidth + column] ^= kDigitBit;
    }
  }
}

void draw_number(Image& image, std::uint32_t number) {
  std::size_t left = kDotPixels;
  for (const char digit : std::to_string(number)) {
    const auto& dots = kDigits[static_cast<std::size_t>(digit - '0')];
    for (std::size_t row = 0; row < dots.size(); ++row) {
      for (std::size_t column = 0; column < 3; ++column) {
        const bool set = ((dots[row] >> (2 - column)) & 1) != 0;
        if (set) draw_dot(image, left + column * kDotPixels, (row + 1) * kDotPixels);
      }
    }
    left += 4 * kDotPixels;
  }
}

// The first row of this column that is ground; nothing when the horizon does not cross it.
std::optional<std::size_t> first_ground_row(const Image& image, std::size_t column) {
  std::size_t sky = 0;
  std::size_t ground = kImageHeight - 1;
  if (!is_sky(image, column, sky) || is_sky(image, column, ground)) return std::nullopt;
  while (ground - sky > 1) {
    const std::size_t middle = sky + (ground - sky) / 2;
    (is_sky(image, column, middle) ? sky : ground) = middle;
  }
  return ground;
}

// A straight line through points, by least squares: row = offset + slope * column.
class LineFit {
 public:
  void add(double column, double row) {
    ++count_;
    columns_ += column;
    rows_ += row;
    squares_ += column * column;
    products_ += column * row;
  }
  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] double row_at(double column) const {
    const double slope =
        (count_ * products_ - columns_ * rows_) / (count_ * squares_ - columns_ * columns_);
    return (rows_ + slope * (count_ * column - columns_)) / count_;
  }

 private:
  int count_ = 0;
  double columns_ = 0;
  double rows_ = 0;
  double squares_ = 0;
  double products_ = 0;
};

}  // namespace

void draw_scene(Image& image, const Rotation& attitude, std::uint32_t frame_number) {
  // A ray points into the sky when it climbs: when its product with "up" is positive. Along a row
  // that changes by the same step from pixel to pixel.
  const Vector up = up_in_body(attitude);
  const auto step = static_cast<float>(dot(up, ray_through(1, 0) - ray_through(0, 0)));
  const std::size_t shift = kPixelsPerFrame * frame_number;
  for (std::size_t row = 0; row < kImageHeight; ++row) {
    const auto start = static_cast<float>(dot(up, ray_through(0, static_cast<double>(row))));
    std::uint8_t* pixels = &image[row * kImageWidth];
    for (std::size_t column = 0; column < kImageWidth; ++column) {
      const bool sky = start + step * static_cast<float>(column) > 0;
      const bool stripe = ((((column + shift) ^ row) >> kStripeShift) & 1) != 0;
      pixels[column] =
          static_cast<std::uint8_t>((sky ? kSkyBit : 0) + kGrey + (stripe ? kStripe : 0));
    }
  }
  draw_number(image, frame_number);
}

std::optional<Vector> find_up(const Image& image) {
  constexpr std::size_t kColumnStep = 10;
  constexpr int kEnough = 16;  // columns; fewer see too short a piece of the horizon
  LineFit horizon;
  for (std::size_t column = 0; column < kImageWidth; column += kColumnStep) {
    // The line lies between the last row of sky and the first of ground.
    if (const auto row = first_ground_row(image, column)) {
      horizon.add(static_cast<double>(column), static_cast<double>(*row) - 0.5);
    }
  }
  if (horizon.count() < kEnough) return std::nullopt;
  // All rays to the horizon are level; "up" stands on any two of them.
  const double right = kImageWidth - 1;
  return normalised(
      cross(ray_through(right, horizon.row_at(right)), ray_through(0, horizon.row_at(0))));
}

}  // namespace sensors
