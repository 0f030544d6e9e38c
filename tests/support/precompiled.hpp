// What nearly every test includes, for the compiler to read once. Tests include what they need all the
// same, and build without this where ccache is at work.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <tarn/result.hpp>

#include "tests/support/catch.hpp"
