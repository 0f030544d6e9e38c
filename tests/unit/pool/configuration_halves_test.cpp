#include "middleware/pool/configuration_halves.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using namespace tarn;
using namespace tarn::pool;
using tarn::test::must;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Memory that has a header and the place for a configuration, and nothing else of a pool.
class Halves {
 public:
  explicit Halves(std::string_view first)
      : memory_((sizeof(PoolHeaderLayout) + table_bytes(first)) / sizeof(std::uint64_t)) {
    PoolGeometry geometry;
    geometry.configuration = {
        .offset = sizeof(PoolHeaderLayout), .count = table_bytes(first), .record_bytes = 1};
    view_ = PoolView(reinterpret_cast<std::byte*>(memory_.data()), geometry);
    put_first_configuration(view_, bytes_of(first));
  }

  [[nodiscard]] const PoolView& view() const { return view_; }
  // As many bytes of what holds as the text has.
  [[nodiscard]] bool hold(std::string_view text) const {
    const auto current = current_configuration(view_).first(text.size());
    return std::string_view(reinterpret_cast<const char*>(current.data()), current.size()) == text;
  }

 private:
  static std::uint32_t table_bytes(std::string_view first) {
    return configuration_table_bytes(static_cast<std::uint32_t>(first.size()));
  }

  std::vector<std::uint64_t> memory_;
  PoolView view_;
};

}  // namespace

TEST_CASE("each half has room for twice the first configuration, and for 4 KiB", "[pool]") {
  CHECK(configuration_table_bytes(10) == 2 * 4096);
  CHECK(configuration_table_bytes(2048) == 2 * 4096);
  CHECK(configuration_table_bytes(2049) == 2 * 4160);
  CHECK(configuration_table_bytes(100'000) == 2 * 200'000);
}

TEST_CASE("the newest configuration holds, and each has a number", "[pool]") {
  const Halves halves("first");
  CHECK(halves.hold("first"));
  CHECK(configuration_number(halves.view()) == 0);
  for (std::uint32_t number = 1; number < 6; ++number) {
    const std::string next = "configuration " + std::to_string(number);
    REQUIRE(replace_configuration(halves.view(), bytes_of(next)));
    CHECK(halves.hold(next));
    CHECK(configuration_number(halves.view()) == number);
  }
}

TEST_CASE("a configuration holds until its successor is there to the last byte", "[pool]") {
  const Halves halves("first");
  REQUIRE(replace_configuration(halves.view(), bytes_of("second")));
  // As a broker that dies before the last word leaves it: the other half is anything.
  const std::uint32_t half = configuration_half_bytes(halves.view().geometry());
  auto* const other = halves.view().base() + halves.view().geometry().configuration.offset;
  std::fill_n(other, half, std::byte{0xee});
  CHECK(halves.hold("second"));
}

TEST_CASE("a configuration that does not fit is refused with both numbers", "[pool]") {
  const Halves halves("first");
  CHECK(replace_configuration(halves.view(), bytes_of(std::string(4096, 'x'))));
  const std::string large(4097, 'y');
  const auto refused = replace_configuration(halves.view(), bytes_of(large));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidConfig);
  CHECK(std::string(refused.error().message()).find("has 4097 bytes") != std::string::npos);
  CHECK(std::string(refused.error().message()).find("room for 4096") != std::string::npos);
  CHECK(configuration_number(halves.view()) == 1);
  CHECK(halves.hold(std::string(4096, 'x')));
}
