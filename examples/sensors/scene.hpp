// What the camera sees, and what can be seen in it. The camera looks along the body's x axis over a
// flat world to the horizon; sky and ground carry a moving pattern, and the number of the frame
// stands in a corner. Bit 7 of a pixel is set in the sky and clear on the ground; patterns use the
// bits below. Knows nothing of messages beyond the image. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "examples/sensors/geometry.hpp"
#include "examples/sensors/messages.hpp"

namespace sensors {

// Writes every pixel, as seen from a body with this attitude.
void draw_scene(Image& image, const Rotation& attitude, std::uint32_t frame_number);

// The direction of "up" in the body, from the line of the horizon; nothing when too little of it is
// in the picture.
[[nodiscard]] std::optional<Vector> find_up(const Image& image);

}  // namespace sensors
