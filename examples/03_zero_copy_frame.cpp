// A camera frame of 1 MiB goes from publisher to subscriber without being copied once. The publisher
// borrows memory in the pool, draws into it and publishes it; the subscriber reads the same bytes at
// the same place. Both are in one process here so that the addresses can be compared; between
// processes it is the same memory, seen through two mappings.
#include <array>
#include <chrono>
#include <iostream>

#include <tarn/tarn.hpp>

#include "examples/checksum.hpp"

namespace {

constexpr std::size_t kFrameBytes = 1024 * 1024;

struct Frame {
  std::array<std::uint8_t, kFrameBytes> pixels;
  std::uint32_t number;
  std::uint32_t checksum;
};
TARN_MESSAGE(Frame, pixels, number, checksum)

void draw(Frame& frame, std::uint32_t number) {
  frame.number = number;
  for (std::size_t i = 0; i < kFrameBytes; ++i) {
    frame.pixels[i] = static_cast<std::uint8_t>(i + number);
  }
  examples::seal(frame);
}

// True when every frame arrived whole, at the address at which it was drawn.
bool pass_frames(std::uint32_t count) {
  auto node = tarn::Node::open({.name = "zero_copy_frame"}).value();
  auto publisher = node.publisher<Frame>("camera/raw").value();
  auto subscriber = node.subscriber<Frame>("camera/raw").value();

  std::uint32_t good = 0;
  for (std::uint32_t number = 1; number <= count; ++number) {
    auto loan = publisher.loan().value();  // uninitialised memory in the pool
    draw(*loan, number);
    const void* drawn_at = &*loan;
    publisher.publish(std::move(loan)).value();  // hands it over; the loan is empty now

    // While the sample lives nobody overwrites it, however many frames follow.
    const auto sample = subscriber.wait_take(std::chrono::seconds(1));
    if (!sample) break;
    const bool same_place = &*sample == drawn_at;
    const bool whole = examples::is_whole(*sample) && sample->number == number;
    std::cout << "frame " << sample->number << ": " << sizeof(Frame) << " bytes, "
              << (same_place ? "same place, " : "ANOTHER PLACE, ") << (whole ? "whole" : "DAMAGED")
              << '\n';
    if (same_place && whole) ++good;
  }
  return good == count;
}

}  // namespace

int main() {
  try {
    return pass_frames(20) ? 0 : 1;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "03_zero_copy_frame: " << failure.error().message() << '\n';
    return 1;
  }
}
