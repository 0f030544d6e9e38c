#include <tarn/list.hpp>

#include <array>
#include <cstring>
#include <numeric>
#include <type_traits>
#include <vector>

#include "tests/support/catch.hpp"

using tarn::List;

namespace {

struct Point {
  float x, y;
  friend bool operator==(const Point&, const Point&) = default;
};
TARN_MESSAGE(Point, x, y)

struct Path {
  List<Point, 3> points;
  List<std::array<std::uint8_t, 3>, 2> colours;
};
TARN_MESSAGE(Path, points, colours)

constexpr bool works_at_compile_time() {
  List<int, 3> list = {{1, 2}};
  return list.push_back(3) && !list.push_back(4) && list[2] == 3 && list.full();
}
static_assert(works_at_compile_time());

// As a process that wrote nonsense would have left it.
template <typename L>
L with_size(std::uint32_t size, L list) {
  std::memcpy(static_cast<void*>(&list), &size, sizeof size);
  return list;
}

// No byte of these belongs to nobody.
template <typename T>
constexpr bool kNoPadding = std::has_unique_object_representations_v<List<T, 3>>;
static_assert(kNoPadding<std::uint8_t> && kNoPadding<std::uint16_t> && kNoPadding<std::uint32_t> &&
              kNoPadding<std::uint64_t> && kNoPadding<std::array<std::uint8_t, 3>>);

}  // namespace

TEST_CASE("a list can be a message and a member of one", "[list]") {
  STATIC_REQUIRE(tarn::Message<Path>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<List<Point, 3>>);
  STATIC_REQUIRE(std::is_standard_layout_v<List<double, 3>>);
}

TEST_CASE("a list takes items until it is full", "[list]") {
  List<int, 3> list;
  CHECK(list.empty());
  CHECK(list.capacity() == 3);
  for (int i = 1; i <= 3; ++i) CHECK(list.push_back(i));
  CHECK(list.full());
  CHECK_FALSE(list.push_back(4));
  CHECK(std::vector<int>(list.begin(), list.end()) == std::vector<int>{1, 2, 3});
  CHECK(list[2] == 3);
  list.pop_back();
  CHECK(list.size() == 2);
  list[0] = 7;
  CHECK(std::accumulate(list.begin(), list.end(), 0) == 9);
  list.clear();
  CHECK(list.empty());
}

TEST_CASE("a list takes all of what is tried or nothing", "[list]") {
  List<int, 3> list = {{1}};
  CHECK_FALSE(list.try_assign(std::array{1, 2, 3, 4}));
  CHECK(list == List<int, 3>{{1}});
  CHECK(list.try_assign(std::array{4, 5, 6}));
  CHECK(list == List<int, 3>{{4, 5, 6}});
  CHECK_FALSE(list.try_resize(4));
  CHECK(list.try_resize(1));
  CHECK(list == List<int, 3>{{4}});
  SECTION("and what it grows by is new") {
    CHECK(list.try_resize(3));
    CHECK(list == List<int, 3>{{4, 0, 0}});
  }
}

TEST_CASE("lists compare item by item", "[list]") {
  CHECK(List<Point, 2>{{{1, 2}}} == List<Point, 2>{{{1, 2}}});
  CHECK(List<Point, 2>{{{1, 2}}} != List<Point, 2>{{{1, 3}}});
  CHECK(List<Point, 2>{{{1, 2}}} != List<Point, 2>{});
}

TEST_CASE("a list with a size beyond its items ends with them", "[list]") {
  auto list = with_size(0xFFFFFFFF, List<int, 3>{{1, 2, 3}});
  CHECK(list.size() == 3);
  CHECK(list.end() - list.begin() == 3);
  CHECK_FALSE(list.push_back(4));
  list.pop_back();
  CHECK(list == List<int, 3>{{1, 2}});
}

TEST_CASE("lists that were built alike have the same bytes", "[list]") {
  alignas(Path) unsigned char one[sizeof(Path)];
  alignas(Path) unsigned char two[sizeof(Path)];
  std::memset(one, 0x5a, sizeof one);
  std::memset(two, 0xa5, sizeof two);
  for (auto* memory : {one, two}) {
    auto& path = *reinterpret_cast<Path*>(memory);
    path = Path{};
    REQUIRE(path.points.push_back({1, 2}));
    REQUIRE(path.colours.push_back({3, 4, 5}));
  }
  CHECK(std::memcmp(one, two, sizeof(Path)) == 0);
}

TEST_CASE("a list describes itself by size and items", "[list]") {
  CHECK(tarn::message_type<Path>().fields ==
        "points:tarn.List(28,4){size:u32@0;items:Point(8,4){x:f32@0;y:f32@4}[3]@4}@0;"
        "colours:tarn.List(16,4){size:u32@0;items:u8[2][3]@4}@28");
}
