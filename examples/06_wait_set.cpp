// One thread waits for all that it has to do: readings, and that they stop coming; alarms, which go first;
// a tick now and then; a button that another thread presses. It sleeps in between.
#include <chrono>
#include <iostream>
#include <thread>

#include <tarn/tarn.hpp>

#include "examples/reading.hpp"

namespace {

using namespace std::chrono_literals;

constexpr const char* kAlarmTopic = "room/alarm";

examples::Reading reading(std::uint32_t number) {
  examples::Reading made{.number = number, .celsius = 20.0F, .checksum = 0};
  examples::seal(made);
  return made;
}

// What the other programs of a real system would do.
void play_the_world(tarn::Node& node, tarn::UserEvent button) {
  auto sensor = node.publisher<examples::Reading>(examples::kReadingTopic).value();
  auto alarm = node.publisher<examples::Reading>(kAlarmTopic).value();
  for (std::uint32_t number = 1; number <= 10; ++number) {
    sensor.send(reading(number)).value();
    if (number == 5) alarm.send(reading(number)).value();
    std::this_thread::sleep_for(2ms);
  }
  button.trigger();
}

bool watch_the_room() {
  auto node = tarn::Node::open({.name = "wait_set"}).value();
  auto readings = node.subscriber<examples::Reading>(examples::kReadingTopic).value();
  auto alarms = node.subscriber<examples::Reading>(kAlarmTopic).value();
  auto set = node.wait_set().value();
  int taken = 0;
  int alarmed = 0;
  std::uint64_t presses = 0;
  std::uint64_t ticks = 0;

  const auto on_reading = [&](const tarn::Ready& ready) {
    if (ready.reason == tarn::WaitReason::Message) {
      if (const auto sample = readings.try_take(); examples::is_whole(*sample)) ++taken;
    } else if (taken == 10 && presses == 1) {
      std::cout << "no reading for 20 ms\n";
      set.stop();
    }
  };
  const auto on_alarm = [&] {
    if (const auto sample = alarms.try_take(); examples::is_whole(*sample)) ++alarmed;
  };
  set.attach(readings, {.callback = on_reading, .deadline = 20ms}).value();
  set.attach(alarms, {.callback = on_alarm, .priority = 1}).value();
  set.add_interval(1ms, [&](const tarn::Ready& ready) { ticks += ready.count; }).value();
  auto button = set.add_event([&](const tarn::Ready& ready) { presses += ready.count; }).value();

  std::thread world([&] { play_the_world(node, button); });
  const bool stopped = set.run().has_value();
  world.join();
  std::cout << "readings " << taken << ", alarms " << alarmed << ", presses " << presses << ", "
            << (ticks >= 20 ? "ticks went on" : "ticks are missing") << '\n';
  return stopped && taken == 10 && alarmed == 1 && presses == 1 && ticks >= 20;
}

}  // namespace

int main() {
  try {
    return watch_the_room() ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "06_wait_set: " << failure.error().message() << '\n';
    return 1;
  }
}
