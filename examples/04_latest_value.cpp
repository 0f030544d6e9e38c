// Who only wants to know how things are now asks for the latest value. Older ones are passed over and
// counted as skipped, not as lost, and asking twice gives the same answer.
#include <iostream>

#include <tarn/tarn.hpp>

#include "examples/checksum.hpp"

namespace {

struct Setpoint {
  std::uint32_t number;
  float motor_speed;
  std::uint32_t checksum;
};
TARN_MESSAGE(Setpoint, number, motor_speed, checksum)

void send(tarn::Publisher<Setpoint>& publisher, std::uint32_t number) {
  Setpoint setpoint{
      .number = number, .motor_speed = 10.0F * static_cast<float>(number), .checksum = 0};
  examples::seal(setpoint);
  publisher.send(setpoint).value();
}

// True when the newest setpoint is `number`, and whole.
bool newest_is(tarn::Subscriber<Setpoint>& subscriber, std::uint32_t number) {
  const auto sample = subscriber.read_latest();
  if (!sample) {
    std::cout << "no setpoint yet\n";
    return false;
  }
  std::cout << "setpoint " << sample->number << ": " << sample->motor_speed << " rpm\n";
  return sample->number == number && examples::is_whole(*sample);
}

bool read_setpoints() {
  auto node = tarn::Node::open({.name = "latest_value"}).value();
  auto publisher = node.publisher<Setpoint>("motor/setpoint").value();
  send(publisher, 1);

  // With history a value from before the subscription counts, too.
  auto subscriber = node.subscriber<Setpoint>("motor/setpoint", {.history = 1}).value();
  bool good = newest_is(subscriber, 1);

  for (std::uint32_t number = 2; number <= 1000; ++number) send(publisher, number);
  good = newest_is(subscriber, 1000) && good;
  good = newest_is(subscriber, 1000) && good;

  const tarn::SubscriberCounts counts = subscriber.counts();
  std::cout << "received " << counts.received << ", skipped " << counts.skipped << ", lost "
            << counts.lost() << '\n';
  return good;
}

}  // namespace

int main() {
  try {
    return read_setpoints() ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "04_latest_value: " << failure.error().message() << '\n';
    return 1;
  }
}
