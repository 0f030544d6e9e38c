#include "platform/user_group.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using tarn::platform::find_group;
using tarn::test::must;

TEST_CASE("a group is found by its name", "[platform]") {
  CHECK(must(find_group("root")) == 0u);
  CHECK_FALSE(must(find_group("no-such-group-here")));
  CHECK_FALSE(must(find_group("")));
}
