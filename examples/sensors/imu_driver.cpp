// Stands in for the driver of an inertial sensor: measures the flight a thousand times a second and
// publishes each measurement as sensor/imu. Small messages are copied into the pool by send().
#include <random>

#include <tarn/tarn.hpp>

#include "examples/sensors/endpoints.hpp"
#include "examples/sensors/imu_model.hpp"
#include "examples/sensors/messages.hpp"
#include "examples/sensors/program.hpp"
#include "examples/sensors/trajectory.hpp"

namespace sensors {

namespace {

constexpr int kRateHz = 1000;

Imu measure(ImuModel& model, std::uint32_t number) {
  const std::uint64_t now_ns = tarn::stamp_now();
  const Motion motion = motion_at(1e-9 * static_cast<double>(now_ns));
  const ImuMeasurement measured = model.measure(motion.angular_rate, motion.specific_force);
  Imu imu{.captured_ns = now_ns,
          .specific_force = to_message(measured.specific_force),
          .angular_rate = to_message(measured.angular_rate),
          .true_attitude = to_message(motion.attitude),
          .number = number,
          .checksum = 0};
  examples::seal(imu);
  return imu;
}

void publish_measurements(Program& program) {
  auto node = open_node(program);
  auto publisher = node.publisher<Imu>(kImuTopic).value();
  PublisherMeter meter(program, kImuTopic);
  ImuModel model(kRateHz, std::random_device{}());
  report_ready(program);

  Pacer pacer(std::chrono::nanoseconds(std::chrono::seconds(1)) / kRateHz);
  for (std::uint32_t number = 1; program.running(); ++number) {
    meter.count(publisher.send(measure(model, number)).value());
    pacer.wait();
  }
  meter.report_summary();
}

}  // namespace

}  // namespace sensors

int main(int argc, char** argv) {
  return sensors::run_program(argc, argv,
                              {.name = "imu_driver",
                               .purpose = "publishes 1000 inertial measurements a second",
                               .arguments = ""},
                              sensors::publish_measurements);
}
