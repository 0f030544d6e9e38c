// The seed of this run, for random tests. Printed at the start of every run; --rng-seed N repeats it.
#pragma once

#include <cstdint>

namespace tarn::test {

[[nodiscard]] std::uint32_t seed();

}  // namespace tarn::test
