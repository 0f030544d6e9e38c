// The bytes of every control message, written out. A difference here is a new protocol version.
#include <array>
#include <string>

#include "middleware/wire/control_messages.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/wire/control_samples.hpp"
#include "tests/unit/wire/hex.hpp"

using tarn::test::must;
using tarn::wire::test::hex;
using namespace tarn::wire;

namespace {

// Spaces and line breaks only serve the reader.
std::string packed(std::string_view spaced) {
  std::string text;
  for (const char c : spaced) {
    if (c != ' ' && c != '\n') text += c;
  }
  return text;
}

std::string request_bytes(const Request& request) {
  std::array<std::byte, kMaxControlBytes> buffer;
  return hex(must(encode_request(request, 0xa1b2c3d4, buffer)));
}

std::string reply_bytes(const Reply& reply) {
  std::array<std::byte, kMaxControlBytes> buffer;
  return hex(must(encode_reply(reply, 0xa1b2c3d4, buffer)));
}

constexpr std::string_view kTopic = "0a00 73656e736f722f696d75";
constexpr std::string_view kType = R"(
  0300 496d75  20000000  08000000  8877665544332211
  2c00 7374616d705f6e733a7536344030 3b 616363656c3a6633325b335d4038 3b 6779726f3a6633325b335d403230)";

std::string with_type(std::string_view head, std::string_view tail) {
  return packed(std::string(head) + std::string(kTopic) + std::string(kType) + std::string(tail));
}

}  // namespace

TEST_CASE("the bytes of the requests are those of protocol version 4", "[wire]") {
  CHECK(request_bytes(test::kHello) == packed(R"(
    5441524e 01000000 d4c3b2a1
    0100 0400  04000000  01000000  0a00 696d755f647269766572
    04000000 05000000 0807060504030201 09000000)"));
  CHECK(request_bytes(Ready{}) == packed("5441524e 02000000 d4c3b2a1"));
  CHECK(request_bytes(test::kCreatePublisher) ==
        with_type("5441524e 03000000 d4c3b2a1",
                  "18000000 06000000 07000000 0400 6c656674 1122334455667788"));
  CHECK(request_bytes(test::kCreateSubscriber) ==
        with_type("5441524e 04000000 d4c3b2a1", "08000000 09000000 0a000000 02000000"));
  CHECK(request_bytes(test::kClosePublisher) ==
        packed("5441524e 05000000 d4c3b2a1 0b000000 0c000000"));
  CHECK(request_bytes(test::kCloseSubscriber) ==
        packed("5441524e 06000000 d4c3b2a1 0d000000 0e000000"));
  CHECK(request_bytes(Goodbye{}) == packed("5441524e 07000000 d4c3b2a1"));
  CHECK(request_bytes(Reload{}) == packed("5441524e 08000000 d4c3b2a1"));
  CHECK(request_bytes(CreateWaiter{}) == packed("5441524e 09000000 d4c3b2a1"));
  CHECK(request_bytes(test::kCloseWaiter) ==
        packed("5441524e 0a000000 d4c3b2a1 18000000 19000000"));
  CHECK(request_bytes(test::kOpenDoorbell) ==
        packed("5441524e 0b000000 d4c3b2a1 1a000000 1b000000"));
  CHECK(request_bytes(test::kCreatePattern) ==
        packed("5441524e 0c000000 d4c3b2a1 0900 73656e736f722f2a2a" + std::string(kType) +
               "1e000000 1f000000 20000000 01000000 21000000 22000000"));
  CHECK(request_bytes(test::kClosePattern) ==
        packed("5441524e 0d000000 d4c3b2a1 23000000 24000000"));
}

TEST_CASE("the bytes of the replies are those of protocol version 4", "[wire]") {
  CHECK(reply_bytes(test::kWelcome) == packed(R"(
    5441524e 65000000 d4c3b2a1
    0100  0f000000 10000000  0807060504030201  0000000100000000  00100000)"));
  CHECK(reply_bytes(Done{}) == packed("5441524e 66000000 d4c3b2a1"));
  CHECK(reply_bytes(test::kPublisherCreated) ==
        packed("5441524e 67000000 d4c3b2a1 11000000 12000000 13000000"));
  CHECK(reply_bytes(test::kSubscriberCreated) ==
        packed("5441524e 68000000 d4c3b2a1 14000000 15000000 16000000 17000000"));
  CHECK(reply_bytes(test::kRefused) == packed(R"(
    5441524e 69000000 d4c3b2a1
    1500  1c000000
    1c00 6e656564732034303936 2062797465732c 203020 61726520 66726565)"));
  CHECK(reply_bytes(test::kReloaded) == packed(R"(
    5441524e 6a000000 d4c3b2a1
    1300 64656661756c7473 0a 746f706963732e696d75
    0a00 746f706963732e696d75
    0900 706f6f6c2e73697a65)"));
  CHECK(reply_bytes(test::kReloadRefused) == packed(R"(
    5441524e 6b000000 d4c3b2a1
    1000  02000000
    1b00 742e79616d6c3a313a323a2061 0a 742e79616d6c3a333a343a2062)"));
  CHECK(reply_bytes(test::kWaiterCreated) ==
        packed("5441524e 6c000000 d4c3b2a1 1c000000 1d000000"));
  CHECK(reply_bytes(test::kPatternCreated) ==
        packed("5441524e 6d000000 d4c3b2a1 25000000 26000000"));
}

TEST_CASE("the error codes have the numbers of protocol version 4", "[wire]") {
  using tarn::Errc;
  CHECK(static_cast<int>(Errc::System) == 1);
  CHECK(static_cast<int>(Errc::NoBroker) == 7);
  CHECK(static_cast<int>(Errc::VersionMismatch) == 11);
  CHECK(static_cast<int>(Errc::InvalidTopic) == 15);
  CHECK(static_cast<int>(Errc::TypeMismatch) == 17);
  CHECK(static_cast<int>(Errc::PoolFull) == 21);
  CHECK(static_cast<int>(Errc::TooManyHeld) == 30);
  CHECK(static_cast<int>(Errc::TimedOut) == 32);
  CHECK(static_cast<int>(Errc::NoTopic) == 33);
  CHECK(static_cast<int>(Errc::TooManyPatterns) == 34);
}
