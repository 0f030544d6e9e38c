// Stands in for the driver of a camera: publishes thirty pictures a second as camera/front. Each is
// drawn straight into memory borrowed from the pool, so nobody ever copies it.
#include <tarn/tarn.hpp>

#include "examples/sensors/endpoints.hpp"
#include "examples/sensors/messages.hpp"
#include "examples/sensors/program.hpp"
#include "examples/sensors/scene.hpp"
#include "examples/sensors/trajectory.hpp"

namespace sensors {

namespace {

constexpr int kRateHz = 30;

void take_picture(CameraFrame& frame, std::uint32_t number) {
  frame.captured_ns = tarn::stamp_now();
  frame.number = number;
  const Motion motion = motion_at(1e-9 * static_cast<double>(frame.captured_ns));
  draw_scene(frame.pixels, motion.attitude, number);
  examples::seal(frame);
}

void publish_pictures(Program& program) {
  auto node = open_node(program);
  auto publisher = node.publisher<CameraFrame>(kCameraTopic).value();
  PublisherMeter meter(program, kCameraTopic);
  report_ready(program);

  Pacer pacer(std::chrono::nanoseconds(std::chrono::seconds(1)) / kRateHz);
  for (std::uint32_t number = 1; program.running(); ++number) {
    auto loan = publisher.loan().value();
    take_picture(*loan, number);
    meter.count(publisher.publish(std::move(loan)).value());
    pacer.wait();
  }
  meter.report_summary();
}

}  // namespace

}  // namespace sensors

int main(int argc, char** argv) {
  return sensors::run_program(argc, argv,
                              {.name = "camera_driver",
                               .purpose = "publishes 30 pictures of 640x480 pixels a second",
                               .arguments = ""},
                              sensors::publish_pictures);
}
