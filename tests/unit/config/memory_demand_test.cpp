#include "config/memory_demand.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using namespace tarn::config;
using tarn::test::must;

TEST_CASE("the plan is told what the file says about memory", "[config]") {
  DomainConfig config;
  config.pool = {.size_bytes = 1 << 20, .unplanned_bytes = 4096};
  config.limits = {.clients = 1,
                   .topics = 2,
                   .publishers = 3,
                   .memberships = 4,
                   .waiters = 5,
                   .observers = 6,
                   .patterns = 8,
                   .type_text_bytes = 7};
  const auto demand = memory_demand(config, 16384);
  CHECK(demand.pool_bytes == 1 << 20);
  CHECK(demand.unplanned_bytes == 4096);
  CHECK(demand.page_bytes == 16384);
  CHECK(demand.limits == tarn::plan::WrittenLimits{1, 2, 3, 4, 5, 6, 8, 7});
}

TEST_CASE("a pool of automatic size is as large as its sum", "[config]") {
  DomainConfig config;
  config.pool.size_bytes = std::nullopt;
  const auto plan = must(tarn::plan::plan_memory(config.rules, memory_demand(config, 4096)));
  CHECK(plan.pool_bytes == plan.needed_bytes);
}
