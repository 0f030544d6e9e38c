#include "middleware/node/control_channel.hpp"

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <variant>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/watchdog.hpp"

using tarn::Errc;
using tarn::Error;
using tarn::test::kWatchdog;
using tarn::test::must;
using tarn::test::TemporaryDirectory;
using namespace tarn::node;
using namespace std::chrono_literals;
namespace platform = tarn::platform;
namespace wire = tarn::wire;

namespace {

// A broker's end of one connection, in a thread that answers one request as a test wants it. It
// asserts nothing: what it does wrong shows at the channel's end.
class Peer {
 public:
  using Script = std::function<void(platform::SeqPacketSocket&, std::uint32_t sequence)>;

  Peer(const std::string& path, Script script)
      : listener_(must(platform::SeqPacketListener::listen(path, 0600))),
        thread_([this, script = std::move(script)] { serve(script); }) {}
  ~Peer() { thread_.join(); }

 private:
  void serve(const Script& script) {
    platform::SeqPacketSocket socket;
    (void)tarn::test::wait_until([&] {
      auto accepted = listener_.try_accept();
      if (accepted && *accepted) socket = std::move(**accepted);
      return socket.valid();
    });
    std::array<std::byte, wire::kMaxControlBytes> buffer;
    const auto packet = socket.receive(buffer, platform::deadline_after(kWatchdog));
    if (!packet) return;
    const auto request = wire::decode_request(std::span(buffer).first(packet->bytes));
    if (request) script(socket, request->sequence);
  }

  platform::SeqPacketListener listener_;
  std::thread thread_;
};

void answer(platform::SeqPacketSocket& socket, std::uint32_t sequence, const wire::Reply& reply) {
  std::array<std::byte, wire::kMaxControlBytes> buffer;
  const auto packet = wire::encode_reply(reply, sequence, buffer);
  if (packet) (void)socket.send(*packet, platform::deadline_after(kWatchdog));
}

platform::MonotonicTime soon() { return platform::deadline_after(kWatchdog); }

struct Home {
  TemporaryDirectory directory;
  std::string path = directory.file("broker.sock");
};

Error failed(const tarn::Result<void>& result) {
  REQUIRE_FALSE(result);
  return result.error();
}

}  // namespace

TEST_CASE("a channel brings the reply to a request", "[node]") {
  const Home home;
  const Peer peer(home.path, [](auto& socket, std::uint32_t sequence) {
    answer(socket, sequence, wire::SubscriberCreated{.subscriber = 7});
  });
  auto channel = must(ControlChannel::connect(home.path, soon()));
  ControlAnswer reply;
  must(channel.exchange(wire::CreateSubscriber{.topic = "imu"}, reply, soon()));
  CHECK(std::get<wire::SubscriberCreated>(reply.reply).subscriber == 7);
  CHECK(reply.descriptor_count == 0);
}

TEST_CASE("a channel passes over replies to requests that were given up", "[node]") {
  const Home home;
  const Peer peer(home.path, [](auto& socket, std::uint32_t sequence) {
    answer(socket, sequence - 1, wire::SubscriberCreated{.subscriber = 6});
    answer(socket, sequence, wire::SubscriberCreated{.subscriber = 7});
  });
  auto channel = must(ControlChannel::connect(home.path, soon()));
  ControlAnswer reply;
  must(channel.exchange(wire::CreateSubscriber{.topic = "imu"}, reply, soon()));
  CHECK(std::get<wire::SubscriberCreated>(reply.reply).subscriber == 7);
}

TEST_CASE("a refusal comes back as the broker's error", "[node]") {
  const Home home;
  const Peer peer(home.path, [](auto& socket, std::uint32_t sequence) {
    const Error error = Error::make(Errc::TooManyClients, 0, "limits.clients is 64");
    answer(socket, sequence, wire::refusal(error));
  });
  auto channel = must(ControlChannel::connect(home.path, soon()));
  ControlAnswer reply;
  const Error error = failed(channel.exchange(wire::Hello{.node = "imu"}, reply, soon()));
  CHECK(error.code() == Errc::TooManyClients);
  CHECK(std::string(error.message()) == "limits.clients is 64");
}

TEST_CASE("a broker that does not answer is no broker, and its socket is named", "[node]") {
  const Home home;
  ControlAnswer reply;
  SECTION("when nobody listens") {
    const auto channel = ControlChannel::connect(home.path, soon());
    REQUIRE_FALSE(channel);
    CHECK(channel.error().code() == Errc::NoBroker);
    CHECK(std::string(channel.error().message()).find(home.path) != std::string::npos);
  }
  SECTION("when it hangs up") {
    const Peer peer(home.path, [](auto& socket, std::uint32_t) { socket.reset(); });
    auto channel = must(ControlChannel::connect(home.path, soon()));
    const Error error = failed(channel.exchange(wire::Goodbye{}, reply, soon()));
    CHECK(error.code() == Errc::NoBroker);
    CHECK(std::string(error.message()).find(home.path + " hung up") != std::string::npos);
  }
  SECTION("when the deadline passes first") {
    auto listener = must(platform::SeqPacketListener::listen(home.path, 0600));
    auto channel = must(ControlChannel::connect(home.path, soon()));
    const Error error =
        failed(channel.exchange(wire::Goodbye{}, reply, platform::deadline_after(1ms)));
    CHECK(error.code() == Errc::NoBroker);
    CHECK(std::string(error.message()).find("did not answer in time") != std::string::npos);
  }
}

TEST_CASE("an answer that is none is a protocol error", "[node]") {
  const Home home;
  const Peer peer(home.path, [](auto& socket, std::uint32_t) {
    const std::array<std::byte, 3> nonsense{};
    (void)socket.send(nonsense, platform::deadline_after(kWatchdog));
  });
  auto channel = must(ControlChannel::connect(home.path, soon()));
  ControlAnswer reply;
  CHECK(failed(channel.exchange(wire::Goodbye{}, reply, soon())).code() == Errc::ProtocolError);
}
