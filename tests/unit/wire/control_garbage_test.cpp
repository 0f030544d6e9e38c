#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "middleware/wire/control_messages.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/wire/control_samples.hpp"

using tarn::Errc;
using tarn::test::must;
using namespace tarn::wire;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::span<const std::byte> packet) { return {packet.begin(), packet.end()}; }

std::vector<Bytes> all_requests() {
  const std::array<Request, 12> requests{
      test::kHello,          Ready{},        test::kCreatePublisher, test::kCreateSubscriber,
      test::kClosePublisher, Goodbye{},      test::kCloseSubscriber, test::kCloseWaiter,
      test::kOpenDoorbell,   CreateWaiter{}, test::kCreatePattern,   test::kClosePattern};
  std::array<std::byte, kMaxControlBytes> buffer;
  std::vector<Bytes> packets;
  for (const Request& request : requests) {
    packets.push_back(bytes_of(must(encode_request(request, 9, buffer))));
  }
  return packets;
}

std::vector<Bytes> all_replies() {
  const std::array<Reply, 7> replies{test::kWelcome,          Done{},
                                     test::kPublisherCreated, test::kSubscriberCreated,
                                     test::kRefused,          test::kWaiterCreated,
                                     test::kPatternCreated};
  std::array<std::byte, kMaxControlBytes> buffer;
  std::vector<Bytes> packets;
  for (const Reply& reply : replies) {
    packets.push_back(bytes_of(must(encode_reply(reply, 9, buffer))));
  }
  return packets;
}

template <typename Decoded>
void require_protocol_error(const Decoded& decoded) {
  REQUIRE_FALSE(decoded);
  REQUIRE(decoded.error().code() == Errc::ProtocolError);
}

Bytes without_end(const Bytes& packet, std::size_t bytes) {
  return {packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(bytes)};
}

// A decoded request is worth nothing unless sending it again gives the same bytes.
void require_same_when_sent_again(const Bytes& packet) {
  const auto decoded = decode_request(packet);
  if (!decoded) {
    REQUIRE(decoded.error().code() == Errc::ProtocolError);
    return;
  }
  const Hello* hello = std::get_if<Hello>(&decoded->request);
  if (hello != nullptr && !agree_version(*hello)) return;  // not read beyond its versions
  std::array<std::byte, kMaxControlBytes> buffer;
  REQUIRE(bytes_of(must(encode_request(decoded->request, decoded->sequence, buffer))) == packet);
}

std::string error_of(const Bytes& packet) {
  const auto decoded = decode_request(packet);
  require_protocol_error(decoded);
  return decoded.error().message();
}

}  // namespace

TEST_CASE("a packet cut short anywhere is a protocol error", "[wire]") {
  for (const Bytes& packet : all_requests()) {
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes) {
      require_protocol_error(decode_request(without_end(packet, bytes)));
    }
  }
  for (const Bytes& packet : all_replies()) {
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes) {
      require_protocol_error(decode_reply(without_end(packet, bytes)));
    }
  }
}

TEST_CASE("a packet with a byte too many is a protocol error", "[wire]") {
  for (Bytes packet : all_requests()) {
    packet.push_back(std::byte{0});
    require_protocol_error(decode_request(packet));
  }
  for (Bytes packet : all_replies()) {
    packet.push_back(std::byte{0});
    require_protocol_error(decode_reply(packet));
  }
}

TEST_CASE("requests are no replies and replies no requests", "[wire]") {
  for (const Bytes& packet : all_requests()) require_protocol_error(decode_reply(packet));
  for (const Bytes& packet : all_replies()) require_protocol_error(decode_request(packet));
}

TEST_CASE("values this version does not know are protocol errors that say where", "[wire]") {
  const std::vector<Bytes> requests = all_requests();
  SECTION("another magic number") {
    Bytes packet = requests[1];
    packet[0] = std::byte{'X'};
    CHECK(error_of(packet) == "a packet starts with 0x4e524158, not with tarn's 0x4e524154");
  }
  SECTION("an unknown kind") {
    Bytes packet = requests[1];
    packet[4] = std::byte{99};
    CHECK(error_of(packet) == "a packet of kind 99 is no request");
  }
  SECTION("an unknown flag") {
    Bytes packet = requests[0];
    packet[20] = std::byte{3};
    CHECK(error_of(packet) ==
          "a Hello packet of 56 bytes is malformed at byte 20: flags this "
          "version does not know");
  }
  SECTION("an unknown choice") {
    Bytes packet = requests[3];
    packet[packet.size() - 4] = std::byte{3};
    CHECK(error_of(packet).find("a choice this version does not know") != std::string::npos);
  }
  SECTION("versions in the wrong order") {
    Bytes packet = requests[0];
    packet[12] = std::byte{5};
    CHECK(error_of(packet).find("versions in the wrong order") != std::string::npos);
  }
  SECTION("a control character in a name") {
    Bytes packet = requests[0];
    packet[26] = std::byte{'\n'};
    CHECK(error_of(packet) == "a Hello packet of 56 bytes is malformed at byte 24: node name");
  }
  SECTION("an error code that is none") {
    Bytes packet = all_replies()[4];
    packet[12] = std::byte{0};
    require_protocol_error(decode_reply(packet));
  }
}

TEST_CASE("random bytes never decode to something else than they say", "[wire]") {
  std::mt19937 random(tarn::test::seed());
  const auto below = [&](std::size_t count) { return random() % count; };
  const std::vector<Bytes> requests = all_requests();
  for (int round = 0; round < 20000; ++round) {
    Bytes packet(below(200));
    for (std::byte& byte : packet) byte = static_cast<std::byte>(random());
    // Half of them get past the header.
    if (round % 2 == 0) {
      const Bytes& model = requests[below(requests.size())];
      packet.resize(std::max(packet.size(), kControlHeaderBytes));
      std::copy_n(model.begin(), kControlHeaderBytes, packet.begin());
    }
    require_same_when_sent_again(packet);
  }
}

TEST_CASE("damaged packets never decode to something else than they say", "[wire]") {
  std::mt19937 random(tarn::test::seed());
  const auto below = [&](std::size_t count) { return random() % count; };
  const std::vector<Bytes> requests = all_requests();
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes packet = requests[below(requests.size())];
    for (std::size_t damage = 1 + below(3); damage > 0; --damage) {
      const std::size_t place = below(packet.size());
      if (below(8) == 0) {
        packet.erase(packet.begin() + static_cast<std::ptrdiff_t>(place));
      } else {
        packet[place] = static_cast<std::byte>(random());
      }
    }
    require_same_when_sent_again(packet);
    accepted += decode_request(packet) ? 1 : 0;
  }
  CHECK(accepted > 0);  // numbers may be anything, so some of them must have passed
}
