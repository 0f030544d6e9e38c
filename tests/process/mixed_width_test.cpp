// One pool, two word sizes: this 64-bit program and a 32-bit ARM program under an emulator exchange
// messages, in ring slots and in chunks, each sleeping until the other's comes. The layout is what
// both take it to be, or nothing of this works.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/echo.hpp"
#include "tests/process/open_messages.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

constexpr std::uint64_t kCalls = 2000;
constexpr int kNoSuchProgram = 127;

// Where ./dev cross armhf puts them.
const std::string kArmPeer = TARN_ARMHF_PEER;
const std::string kArmSysroot = TARN_ARMHF_SYSROOT;

template <typename M>
void play(Node& node, const std::string& name) {
  auto ends = must(EchoEnds<M>::caller(node, name));
  for (std::uint64_t number = 1; number <= kCalls; ++number) REQUIRE(ends.call(number));
  REQUIRE(ends.call(kLastNumber));
  CHECK(ends.subscriber.counts().received == kCalls + 1);
  CHECK(ends.subscriber.counts().lost() == 0);
  CHECK(ends.subscriber.counts().safety_wakeups == 0);
}

void play_slices(Node& node) {
  auto subscriber = must(node.subscriber<Halves>("mixed/halves"));
  auto publisher = must(node.publisher<Words>("mixed/words", {.max_elements = kMostWords}));
  for (std::size_t round = 0; round < 3; ++round) {
    for (std::size_t count = 1; count <= kMostWords; ++count) {
      REQUIRE(call_with_words(publisher, subscriber, count));
    }
  }
  REQUIRE(call_with_words(publisher, subscriber, 0));
  CHECK(subscriber.counts().lost() == 0);
}

// Plays with the peer that `become_peer` turns a child process into.
void play_with(const std::function<void(const std::string& directory)>& become_peer) {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  auto peer = ChildProcess::start([&](Parent&) {
    become_peer(domain.path());
    ::_exit(kNoSuchProgram);
  });
  {
    auto node = domain.open("caller");
    play<Small>(node, "mixed/small");
    play<Large>(node, "mixed/large");
    play<Labelled>(node, "mixed/labelled");
    play_slices(node);
  }
  CHECK(peer.join() == kCleanExit);
  CHECK(pool.becomes_empty());
}

}  // namespace

TEST_CASE("two programs of one word size exchange messages through one pool", "[process][mixed]") {
  const auto own = std::filesystem::read_symlink("/proc/self/exe");
  const std::string peer = own.parent_path() / "mixed_width_peer";
  play_with([&](const std::string& directory) {
    ::execl(peer.c_str(), peer.c_str(), directory.c_str(), nullptr);
  });
}

TEST_CASE("a 64-bit and a 32-bit program exchange messages through one pool", "[process][mixed]") {
  static_assert(sizeof(void*) == 8, "this side is the 64-bit one");
  if (!std::filesystem::exists(kArmPeer)) {
    return skip("no " + kArmPeer + ": ./dev cross armhf makes it");
  }
  play_with([&](const std::string& directory) {
    for (const char* emulator : {"qemu-arm", "qemu-arm-static"}) {
      ::execlp(emulator, emulator, "-L", kArmSysroot.c_str(), kArmPeer.c_str(), directory.c_str(),
               nullptr);
    }
  });
}

}  // namespace tarn::test
