// Subscribes to the inertial sensor and the camera, estimates the attitude from both, and publishes
// it as sensor/attitude. It looks for the horizon right in the pool, where the camera drew it. A
// thread for each subscription; the filter between them has a lock.
#include <algorithm>
#include <mutex>
#include <numbers>

#include <fmt/format.h>
#include <tarn/tarn.hpp>

#include "examples/sensors/attitude_filter.hpp"
#include "examples/sensors/endpoints.hpp"
#include "examples/sensors/messages.hpp"
#include "examples/sensors/program.hpp"
#include "examples/sensors/report.hpp"
#include "examples/sensors/scene.hpp"

namespace sensors {

namespace {

// How far the estimated "up" is from the true one.
class TiltError {
 public:
  void add(double error_rad) {
    ++count_;
    squares_ += error_rad * error_rad;
    max_ = std::max(max_, error_rad);
  }
  void report(const Program& program) const {
    constexpr double kDegrees = 180 / std::numbers::pi;
    const double rms = count_ == 0 ? 0 : std::sqrt(squares_ / static_cast<double>(count_));
    print_report(ReportKind::Result, program.name(),
                 fmt::format("tilt_error_rms_deg={:.3f} tilt_error_max_deg={:.3f}", rms * kDegrees,
                             max_ * kDegrees));
  }

 private:
  std::uint64_t count_ = 0;
  double squares_ = 0;
  double max_ = 0;
};

class Fusion {
 public:
  explicit Fusion(Program& program)
      : program_(program),
        node_(open_node(program)),
        attitudes_(node_.publisher<Attitude>(kAttitudeTopic).value()),
        attitude_meter_(program, kAttitudeTopic),
        imu_(node_, program, kImuTopic),
        camera_(node_, program, kCameraTopic) {}

  void run() {
    report_ready(program_);
    program_.run_together(
        {[this] { imu_.read_all([this](const Imu& imu) { use_imu(imu); }); },
         [this] { camera_.read_all([this](const CameraFrame& frame) { use_frame(frame); }); }});
    attitude_meter_.report_summary();
    tilt_error_.report(program_);
  }

 private:
  void use_imu(const Imu& imu) {
    constexpr std::uint32_t kImuPerAttitude = 10;
    const Vector true_up = up_in_body(from_message(imu.true_attitude));
    Attitude estimate{};
    bool has_seen_horizon = false;
    {
      const std::scoped_lock lock(filter_mutex_);
      filter_.predict(imu.captured_ns, from_message(imu.angular_rate),
                      from_message(imu.specific_force));
      estimate.captured_ns = imu.captured_ns;
      estimate.attitude = to_message(filter_.attitude());
      estimate.gyroscope_bias = to_message(filter_.gyroscope_bias());
      estimate.tilt_error =
          static_cast<float>(angle_between(up_in_body(filter_.attitude()), true_up));
      has_seen_horizon = filter_.has_seen_horizon();
    }
    // Before the first horizon there is only the accelerometer, which cannot know.
    if (has_seen_horizon) tilt_error_.add(static_cast<double>(estimate.tilt_error));
    if (imu.number % kImuPerAttitude != 0) return;
    estimate.number = ++attitude_number_;
    examples::seal(estimate);
    attitude_meter_.count(attitudes_.send(estimate).value());
  }

  void use_frame(const CameraFrame& frame) {
    const auto up = find_up(frame.pixels);
    if (!up) return;
    const std::scoped_lock lock(filter_mutex_);
    filter_.correct(frame.captured_ns, *up);
  }

  Program& program_;
  tarn::Node node_;
  tarn::Publisher<Attitude> attitudes_;  // the thread of imu_ uses it, and what follows to imu_
  PublisherMeter attitude_meter_;
  TiltError tilt_error_;
  std::uint32_t attitude_number_ = 0;
  Subscription<Imu> imu_;
  Subscription<CameraFrame> camera_;
  std::mutex filter_mutex_;
  AttitudeFilter filter_;  // under filter_mutex_
};

}  // namespace

}  // namespace sensors

int main(int argc, char** argv) {
  return sensors::run_program(argc, argv,
                              {.name = "fusion",
                               .purpose = "estimates the attitude from sensor/imu and camera/front",
                               .arguments = ""},
                              [](sensors::Program& program) { sensors::Fusion(program).run(); });
}
