#include "middleware/directory/record_state.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <thread>

#include "tests/support/catch.hpp"

using namespace tarn::directory;

namespace {

// A record whose every word says the same; larger than any, so that it often changes hands while
// somebody copies it.
constexpr std::size_t kWords = 1024;
using Words = std::array<std::uint64_t, kWords>;

}  // namespace

TEST_CASE("a text is cut so that it ends in its field", "[directory]") {
  char field[8];
  put_text(field, "imu");
  CHECK(text_in(field) == "imu");
  put_text(field, "a long name");
  CHECK(text_in(field) == "a long ");
  std::memset(field, 'x', sizeof field);
  CHECK(text_in(field) == "xxxxxxxx");
}

TEST_CASE("a copy of a record that changes hands is of one user or is refused", "[directory]") {
  Words record{};
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> shown = 0;
  std::thread writer([&] {
    for (std::uint64_t user = 1; user <= 3'000; ++user) {
      Words fields;
      fields.fill(user);
      fill_record(record.data(), fields.data(), kWords);
      store_state(record.data(), RecordState::Active);
      // relaxed: only that the reader moves on, so that it meets every user.
      const std::uint64_t seen = shown.load(std::memory_order_relaxed);
      while (shown.load(std::memory_order_relaxed) == seen) std::this_thread::yield();
      free_state(record.data());
    }
    done.store(true, std::memory_order_release);
  });
  std::uint64_t mixed = 0;
  std::uint64_t copies = 0;
  while (!done.load(std::memory_order_acquire)) {
    shown.fetch_add(1, std::memory_order_relaxed);
    Words copy{};
    if (!copy_record(record.data(), copy.data(), kWords)) continue;
    if (record_state(copy[0]) != RecordState::Active) continue;
    ++copies;
    for (std::size_t i = 2; i < kWords; ++i) mixed += copy[i] != copy[1] ? 1 : 0;
    // The first user's generation is 0.
    mixed += record_generation(copy[0]) + 1 != copy[1] ? 1 : 0;
  }
  writer.join();
  CHECK(copies > 0);
  CHECK(mixed == 0);
}
