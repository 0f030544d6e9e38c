// What a model is to the tests and the table: a claim about the protocol, a small program that could
// break it, and the ways to weaken the protocol that have to be found. Values.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/model/explorer/explorer.hpp"

namespace tarn::test {

// What a program does other than it should; each model has its own, None is as it should be.
using Fault = std::uint32_t;
inline constexpr Fault kNoFault = 0;

struct Mutation {
  std::string what;
  std::vector<model::Weakening> weakenings;
  Fault fault = kNoFault;
};

struct Model {
  std::string name;
  std::string claim;
  std::function<std::unique_ptr<model::Program>(Fault)> make;
  std::vector<Mutation> mutations;
};

Model pin_model();
Model two_pins_model();
Model released_elsewhere_model();
Model inline_copy_model();
Model wake_model();
Model wake_again_model();
Model changing_bed_model();
Model shared_bell_model();
Model kick_model();

Model gate_model();
Model room_model();
Model retire_model();
Model member_model();
Model private_ring_model();
Model private_begin_model();

// Explores the model's program weakened like this.
[[nodiscard]] inline model::Findings explore(const Model& model, const Mutation& mutation) {
  const auto program = model.make(mutation.fault);
  return model::Explorer(*program, {.weakenings = mutation.weakenings}).run();
}

}  // namespace tarn::test
