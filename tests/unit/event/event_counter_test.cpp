#include "middleware/event/event_counter.hpp"

#include "tests/support/catch.hpp"

namespace tarn::test {

TEST_CASE("an event counter hands out what was added once", "[event]") {
  event::EventCounter counter;
  CHECK_FALSE(counter.pending());
  CHECK(counter.take() == 0);
  for (int i = 0; i < 3; ++i) counter.add();
  CHECK(counter.pending());
  CHECK(counter.take() == 3);
  CHECK_FALSE(counter.pending());
  CHECK(counter.take() == 0);
}

}  // namespace tarn::test
