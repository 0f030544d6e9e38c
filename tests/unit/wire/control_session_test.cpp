#include "middleware/wire/control_session.hpp"

#include <array>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/wire/control_samples.hpp"

using tarn::Errc;
using tarn::test::must;
using namespace tarn::wire;
using Phase = tarn::wire::ControlPhase;

namespace {

Hello client() {
  Hello hello = test::kHello;
  hello.observer = false;
  return hello;
}

bool refused(Phase phase, const Request& request) {
  const auto next = next_phase(phase, request);
  return !next && next.error().code() == Errc::ProtocolError;
}

}  // namespace

TEST_CASE("a client says hello, then that it is ready, then what it wants, then goodbye",
          "[wire]") {
  CHECK(must(next_phase(Phase::Connected, client())) == Phase::Welcomed);
  CHECK(must(next_phase(Phase::Welcomed, Ready{})) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, test::kCreatePublisher)) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, test::kCreateSubscriber)) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, test::kClosePublisher)) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, test::kCloseSubscriber)) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, CreateWaiter{})) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, test::kCloseWaiter)) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, test::kOpenDoorbell)) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, Reload{})) == Phase::Open);
  CHECK(must(next_phase(Phase::Open, Goodbye{})) == Phase::Ended);
}

TEST_CASE("an observer says hello and goodbye, asks for a reload, and nothing else", "[wire]") {
  CHECK(must(next_phase(Phase::Connected, test::kHello)) == Phase::Observing);
  CHECK(must(next_phase(Phase::Observing, Reload{})) == Phase::Observing);
  CHECK(must(next_phase(Phase::Observing, Goodbye{})) == Phase::Ended);
  CHECK(refused(Phase::Observing, test::kHello));
  CHECK(refused(Phase::Observing, Ready{}));
  CHECK(refused(Phase::Observing, test::kCreatePublisher));
  CHECK(refused(Phase::Observing, test::kCreateSubscriber));
  CHECK(refused(Phase::Observing, test::kClosePublisher));
  CHECK(refused(Phase::Observing, test::kCloseSubscriber));
}

TEST_CASE("requests out of order are protocol errors", "[wire]") {
  const std::array<Request, 12> after_hello{Ready{},
                                            test::kCreatePublisher,
                                            test::kCreateSubscriber,
                                            test::kClosePublisher,
                                            test::kCloseSubscriber,
                                            CreateWaiter{},
                                            test::kCloseWaiter,
                                            test::kOpenDoorbell,
                                            test::kCreatePattern,
                                            test::kClosePattern,
                                            Reload{},
                                            Goodbye{}};
  SECTION("before the hello") {
    for (const Request& request : after_hello) CHECK(refused(Phase::Connected, request));
  }
  SECTION("before the client is ready") {
    for (std::size_t i = 1; i < after_hello.size(); ++i) {
      CHECK(refused(Phase::Welcomed, after_hello[i]));
    }
  }
  SECTION("a second hello or ready") {
    CHECK(refused(Phase::Welcomed, client()));
    CHECK(refused(Phase::Open, client()));
    CHECK(refused(Phase::Open, Ready{}));
  }
  SECTION("after goodbye") {
    CHECK(refused(Phase::Ended, client()));
    for (const Request& request : after_hello) CHECK(refused(Phase::Ended, request));
  }
}

TEST_CASE("an error about the order names the request and the phase", "[wire]") {
  const auto next = next_phase(Phase::Connected, Goodbye{});
  REQUIRE_FALSE(next);
  CHECK(std::string(next.error().message()) == "a Goodbye request may not come before Hello");
}
