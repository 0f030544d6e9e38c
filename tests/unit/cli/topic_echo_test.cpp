#include "middleware/cli/topic_echo.hpp"

#include <array>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/cli/described.hpp"

using namespace tarn::cli;
using tarn::ObservedMessage;
using tarn::test::bytes_of;
using tarn::test::described;
using tarn::test::must;

namespace {

struct Reading {
  std::uint32_t sensor;
  std::array<float, 2> values;
};
TARN_MESSAGE(Reading, sensor, values)

constexpr Reading kReading{.sensor = 3, .values = {1.5F, 2}};

ObservedMessage message() {
  return {.payload = bytes_of(kReading),
          .sequence = 42,
          .stamp_ns = 12'000'000'034,
          .lost_before = 2,
          .publisher = {},
          .publisher_name = "imu driver"};
}

std::string printed(const TopicEchoOptions& options) {
  return must(MessagePrinter::create(described<Reading>(), options)).text_of(message());
}

}  // namespace

TEST_CASE("a message is printed as a YAML document below what it came with", "[cli]") {
  CHECK(printed({}) ==
        "# 42 of \"imu driver\", stamp 12.000000034\n"
        "sensor: 3\n"
        "values: [1.5, 2.0]\n"
        "---\n");
}

TEST_CASE("a message is printed as JSON with what it came with", "[cli]") {
  CHECK(printed({.form = EchoForm::Json}) ==
        "{\"publisher\":\"imu driver\",\"sequence\":42,\"stamp_ns\":12000000034,\"lost_before\":2,"
        "\"message\":{\"sensor\":3,\"values\":[1.5,2.0]}}\n");
}

TEST_CASE("a message is printed as a row or as bytes", "[cli]") {
  CHECK(printed({.form = EchoForm::Csv}) == "3,1.5,2.0\n");
  CHECK(printed({.form = EchoForm::Hex}) ==
        "# 42 of \"imu driver\", stamp 12.000000034\n"
        "00000000  03 00 00 00 00 00 c0 3f 00 00 00 40\n"
        "---\n");
}

TEST_CASE("one field is printed alone", "[cli]") {
  CHECK(printed({.field = "values.0", .form = EchoForm::Csv}) == "1.5\n");
  const auto wrong = MessagePrinter::create(described<Reading>(), {.field = "value"});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code() == tarn::Errc::InvalidArgument);
}

TEST_CASE("arrays are printed in short when that is asked for", "[cli]") {
  CHECK(printed({.no_arrays = true}).find("values: \"<array of 2>\"\n") != std::string::npos);
  using Samples = std::array<std::uint8_t, 200>;
  const Samples samples{};
  const ObservedMessage many{.payload = bytes_of(samples), .publisher = {}, .publisher_name = {}};
  const auto length = [&](const TopicEchoOptions& options) {
    return must(MessagePrinter::create(described<Samples>(), options)).text_of(many).size();
  };
  CHECK(length({}) < length({.full_length = true}));
  CHECK(length({.form = EchoForm::Csv}) == 400);
}

TEST_CASE("bytes are printed of a type that is not described in a known way", "[cli]") {
  tarn::TopicType type = described<Reading>();
  type.fields = "something of tomorrow";
  CHECK_FALSE(MessagePrinter::create(type, {}));
  CHECK(MessagePrinter::create(type, {.form = EchoForm::Hex}));
}
