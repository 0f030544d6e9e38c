#include <tarn/message.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

using tarn::Message;
using tarn::message_type;

namespace sensors {

enum class Mode : std::uint8_t { Idle, Run };

struct Vector {
  float x, y, z;
};
TARN_MESSAGE(Vector, x, y, z)

struct Imu {
  std::uint64_t stamp_ns;
  std::array<float, 3> accel, gyro;
};
TARN_MESSAGE(Imu, stamp_ns, accel, gyro)

struct Pose {
  Vector position;
  std::array<Vector, 2> edges;
  double matrix[3][4];
  std::array<std::array<std::int16_t, 2>, 5> grid;
  Mode mode;
  bool valid;
  char frame[16];
};
TARN_MESSAGE(Pose, position, edges, matrix, grid, mode, valid, frame);  // a semicolon is welcome

struct Outer {
  struct Inner {
    std::int32_t number;
  };
  Inner inner;
};
TARN_MESSAGE(Outer::Inner, number)
TARN_MESSAGE(Outer, inner)

}  // namespace sensors

namespace {

struct Ping {};
TARN_MESSAGE(Ping)

struct Renamed {
  static constexpr const char* kMessageName = "vendor.Renamed/2";
  std::int8_t number;
};
TARN_MESSAGE(Renamed, number)

struct Full {
  std::uint8_t a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
  std::uint8_t q, r, s, t, u, v, w, x, y, z, aa, bb, cc, dd, ee, ff;
};
TARN_MESSAGE(Full, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa,
             bb, cc, dd, ee, ff)

// The same bytes as Imu, for what changes the hash.
namespace renamed_field {
struct Imu {
  std::uint64_t stamp;
  std::array<float, 3> accel, gyro;
};
TARN_MESSAGE(Imu, stamp, accel, gyro)
}  // namespace renamed_field

namespace other_type {
struct Imu {
  std::int64_t stamp_ns;
  std::array<float, 3> accel, gyro;
};
TARN_MESSAGE(Imu, stamp_ns, accel, gyro)
}  // namespace other_type

namespace other_order {
struct Imu {
  std::uint64_t stamp_ns;
  std::array<float, 3> gyro, accel;
};
TARN_MESSAGE(Imu, stamp_ns, accel, gyro)
}  // namespace other_order

namespace unnamed_field {
struct Imu {
  std::uint64_t stamp_ns;
  std::array<float, 3> accel, gyro;
};
TARN_MESSAGE(Imu, stamp_ns, accel)
}  // namespace unnamed_field

namespace other_alignment {
struct alignas(16) Imu {
  std::uint64_t stamp_ns;
  std::array<float, 3> accel, gyro;
};
TARN_MESSAGE(Imu, stamp_ns, accel, gyro)
}  // namespace other_alignment

namespace c_arrays {
struct Imu {
  unsigned long long stamp_ns;
  float accel[3];
  const float gyro[3];
};
TARN_MESSAGE(Imu, stamp_ns, accel, gyro)
}  // namespace c_arrays

struct NotDescribed {
  int number;
};
struct DerivedFromVector : sensors::Vector {};
struct WithVirtual {
  virtual ~WithVirtual() = default;
};

std::string mismatch(const tarn::MessageType& carried, const tarn::MessageType& asked) {
  const auto checked = tarn::check_same_type("sensor/imu", carried, asked);
  if (checked) return "";
  CHECK(checked.error().code() == tarn::Errc::TypeMismatch);
  return checked.error().message();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a message type has the name that TARN_MESSAGE was given", "[message]") {
  CHECK(message_type<sensors::Imu>().name == "Imu");
  CHECK(message_type<sensors::Outer::Inner>().name == "Outer::Inner");
  SECTION("unless the type says another one") {
    CHECK(message_type<Renamed>().name == "vendor.Renamed/2");
  }
}

TEST_CASE("a message type knows size and alignment", "[message]") {
  constexpr auto kType = message_type<sensors::Imu>();
  CHECK(kType.size_bytes == 32);
  CHECK(kType.alignment == alignof(sensors::Imu));
}

TEST_CASE("the fields of a message are written with name, type, count and offset", "[message]") {
  CHECK(message_type<sensors::Imu>().fields == "stamp_ns:u64@0;accel:f32[3]@8;gyro:f32[3]@20");
  SECTION("nested messages in braces, with their size and alignment") {
    CHECK(message_type<sensors::Pose>().fields ==
          "position:Vector(12,4){x:f32@0;y:f32@4;z:f32@8}@0;"
          "edges:Vector(12,4){x:f32@0;y:f32@4;z:f32@8}[2]@12;"
          "matrix:f64[3][4]@40;grid:i16[5][2]@136;mode:enum(u8)@156;valid:bool@157;"
          "frame:char[16]@158");
  }
  SECTION("also when there are none, or 32") {
    CHECK(message_type<Ping>().fields.empty());
    CHECK(message_type<Full>().fields.starts_with("a:u8@0;b:u8@1;"));
    CHECK(message_type<Full>().fields.ends_with(";ee:u8@30;ff:u8@31"));
  }
}

TEST_CASE("numbers, enums and arrays are messages without a description", "[message]") {
  CHECK(message_type<std::uint32_t>().name == "u32");
  CHECK(message_type<std::uint32_t>().fields == ":u32@0");
  CHECK(message_type<std::array<sensors::Vector, 2>>().name == "Vector[2]");
  CHECK(message_type<std::array<sensors::Vector, 2>>().fields ==
        ":Vector(12,4){x:f32@0;y:f32@4;z:f32@8}[2]@0");
  CHECK(message_type<sensors::Mode>().fields == ":enum(u8)@0");
  CHECK(message_type<const double>() == message_type<double>());
}

TEST_CASE("what can be a message is known at compile time", "[message]") {
  STATIC_REQUIRE(Message<sensors::Imu>);
  STATIC_REQUIRE(Message<const sensors::Imu>);
  STATIC_REQUIRE(Message<std::byte>);
  STATIC_REQUIRE(Message<char16_t>);
  STATIC_REQUIRE(Message<std::array<sensors::Pose, 3>>);
  STATIC_REQUIRE(Message<long[2][3]>);
  STATIC_REQUIRE_FALSE(Message<NotDescribed>);
  STATIC_REQUIRE_FALSE(Message<std::array<NotDescribed, 2>>);
  STATIC_REQUIRE_FALSE(Message<DerivedFromVector>);
  STATIC_REQUIRE_FALSE(Message<WithVirtual>);
  STATIC_REQUIRE_FALSE(Message<int*>);
  STATIC_REQUIRE_FALSE(Message<int&>);
  STATIC_REQUIRE_FALSE(Message<int Ping::*>);
  STATIC_REQUIRE_FALSE(Message<std::nullptr_t>);
  STATIC_REQUIRE_FALSE(Message<std::array<int*, 2>>);
  STATIC_REQUIRE_FALSE(Message<std::string>);
  STATIC_REQUIRE_FALSE(Message<std::unique_ptr<int>>);
  STATIC_REQUIRE_FALSE(Message<long double>);
  STATIC_REQUIRE_FALSE(Message<wchar_t>);
  STATIC_REQUIRE_FALSE(Message<int[]>);
  STATIC_REQUIRE_FALSE(Message<void>);
  STATIC_REQUIRE_FALSE(Message<int()>);
}

TEST_CASE("the hash of a message is the same on every machine", "[message]") {
  // Written down from 64-bit x86; every build for another machine runs this too.
  CHECK(message_type<sensors::Imu>().hash == 0x5953999bc2ac519f);
  CHECK(message_type<sensors::Pose>().hash == 0xe06f4959dfcc7301);
  CHECK(message_type<c_arrays::Imu>().hash == message_type<sensors::Imu>().hash);
}

TEST_CASE("the hash is FNV-1a over name, size, alignment and fields", "[message]") {
  const auto type = message_type<sensors::Imu>();
  const std::string text = std::string(type.name) + "(32,8){" + std::string(type.fields) + "}";
  CHECK(tarn::detail::hash_text(text) == type.hash);
  // The published test vectors of FNV-1a.
  CHECK(tarn::detail::hash_text("") == 0xcbf29ce484222325);
  CHECK(tarn::detail::hash_text("foobar") == 0x85944171f73967e8);
}

TEST_CASE("every part of a description changes the hash", "[message]") {
  const auto hash = message_type<sensors::Imu>().hash;
  CHECK(message_type<renamed_field::Imu>().hash != hash);
  CHECK(message_type<other_type::Imu>().hash != hash);
  CHECK(message_type<other_order::Imu>().hash != hash);
  CHECK(message_type<unnamed_field::Imu>().hash != hash);
  CHECK(message_type<other_alignment::Imu>().hash != hash);
}

TEST_CASE("types of the same description agree", "[message]") {
  CHECK(tarn::check_same_type("t", message_type<sensors::Imu>(), message_type<c_arrays::Imu>()));
}

TEST_CASE("a mismatch names both types and the first different field", "[message]") {
  const auto imu = message_type<sensors::Imu>();
  const std::string text = mismatch(imu, message_type<other_type::Imu>());
  CHECK(holds(text, "topic 'sensor/imu' carries Imu (32 bytes, alignment 8, hash "));
  CHECK(holds(text, "), asked for is Imu (32 bytes, alignment 8, hash "));
  CHECK(holds(text, "first different field: 'stamp_ns:u64@0' against 'stamp_ns:i64@0'"));
  SECTION("when one side has fewer fields") {
    CHECK(holds(mismatch(imu, message_type<unnamed_field::Imu>()), "'gyro:f32[3]@20' against ''"));
    CHECK(holds(mismatch(message_type<unnamed_field::Imu>(), imu), "'' against 'gyro:f32[3]@20'"));
  }
  SECTION("inside a nested message") {
    auto changed = message_type<sensors::Pose>();
    std::string fields(changed.fields);
    fields.replace(fields.find("y:f32"), 5, "y:i32");
    changed.fields = fields;
    ++changed.hash;
    CHECK(holds(mismatch(message_type<sensors::Pose>(), changed), "'y:f32@4' against 'y:i32@4'"));
  }
  SECTION("when names, sizes, alignments or hashes alone differ") {
    auto changed = imu;
    changed.name = "Inertia";
    CHECK(holds(mismatch(imu, changed), "asked for is Inertia ("));
    changed = imu;
    changed.size_bytes = 40;
    CHECK(holds(mismatch(imu, changed), "asked for is Imu (40 bytes, alignment 8,"));
    changed = imu;
    changed.alignment = 4;
    CHECK(holds(mismatch(imu, changed), "asked for is Imu (32 bytes, alignment 4,"));
    changed = imu;
    ++changed.hash;
    CHECK_FALSE(mismatch(imu, changed).empty());
  }
}

TEST_CASE("a mismatch escapes what another process wrote", "[message]") {
  auto garbage = message_type<sensors::Imu>();
  garbage.name = "\x1b[31m";
  garbage.fields = std::string_view("\x00\xff;{", 4);
  const std::string text = mismatch(garbage, message_type<sensors::Imu>());
  CHECK(holds(text, "carries \\x1b[31m ("));
  CHECK(holds(text, "'\\x00\\xff' against 'stamp_ns:u64@0'"));
}
