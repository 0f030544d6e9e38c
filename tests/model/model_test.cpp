// The models of the protocol: each holds as the protocol is written, and each weakening of it is found.
// Prints the table of docs/models.md, with the number of executions that were run; with TARN_TRACES in the
// environment also the execution that breaks each claim.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/model/model.hpp"
#include "tests/support/catch.hpp"

using tarn::model::Findings;
using tarn::test::Model;
using tarn::test::Mutation;

namespace {

std::string row(const Model& model, const Mutation& mutation, const Findings& findings) {
  return "| " + model.name + " | " + mutation.what + " | " +
         (findings.violated ? findings.why : "nothing") + " |";
}

void print(const std::string& text, const Findings& findings) {
  std::printf("%s  %llu executions\n", text.c_str(),
              static_cast<unsigned long long>(findings.executions));
  if (std::getenv("TARN_TRACES") != nullptr) std::printf("%s", findings.trace.c_str());
}

std::string table_in_docs() {
  std::ifstream file(TARN_MODELS_TABLE);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// As the protocol is, every execution keeps the claim; weakened, one breaks it.
void require_sound_and_needed(const Model& model) {
  const Mutation as_it_is{.what = "-", .weakenings = {}};
  const Findings sound = explore(model, as_it_is);
  print(row(model, as_it_is, sound), sound);
  INFO(model.name << ": " << sound.why << "\n" << sound.trace);
  REQUIRE_FALSE(sound.violated);
  REQUIRE(sound.complete);
  const std::string docs = table_in_docs();
  for (const Mutation& mutation : model.mutations) {
    const Findings weak = explore(model, mutation);
    const std::string line = row(model, mutation, weak);
    print(line, weak);
    CAPTURE(line);
    CHECK(weak.violated);
    // docs/models.md shows what is found; this line of it is missing or has changed.
    CHECK(docs.find(line) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a chunk is not written while a taken sample holds it", "[model]") {
  require_sound_and_needed(tarn::test::pin_model());
}

TEST_CASE("nor while one of two subscribers holds it", "[model]") {
  require_sound_and_needed(tarn::test::two_pins_model());
}

TEST_CASE("a pin that another thread released hides none of its reads", "[model]") {
  require_sound_and_needed(tarn::test::released_elsewhere_model());
}

TEST_CASE("a copy that validates is of one message", "[model]") {
  require_sound_and_needed(tarn::test::inline_copy_model());
}

TEST_CASE("nobody sleeps while a message of one of two publishers waits", "[model]") {
  require_sound_and_needed(tarn::test::wake_model());
}

TEST_CASE("nor while the second message of one publisher waits", "[model]") {
  require_sound_and_needed(tarn::test::wake_again_model());
}

TEST_CASE("nor while it changes where it is rung", "[model]") {
  require_sound_and_needed(tarn::test::changing_bed_model());
}

TEST_CASE("all who lie on the bell of a ring are woken", "[model]") {
  require_sound_and_needed(tarn::test::shared_bell_model());
}

TEST_CASE("a kick by the broker finds the bed", "[model]") {
  require_sound_and_needed(tarn::test::kick_model());
}

TEST_CASE("a reliable reader that joins while messages are published is not overrun", "[model]") {
  require_sound_and_needed(tarn::test::gate_model());
}

TEST_CASE("a publisher does not sleep beside a slot that its reliable reader has freed",
          "[model]") {
  require_sound_and_needed(tarn::test::room_model());
}

TEST_CASE("the memory of a retired ring is not used again while somebody reads it", "[model]") {
  require_sound_and_needed(tarn::test::retire_model());
}

TEST_CASE("a scan sees every member that can hold a pin", "[model]") {
  require_sound_and_needed(tarn::test::member_model());
}

TEST_CASE("a chunk in two rings is free only when both have dropped it", "[model]") {
  require_sound_and_needed(tarn::test::private_ring_model());
}

TEST_CASE("a member goes from everybody's ring to its own without missing or repeating",
          "[model]") {
  require_sound_and_needed(tarn::test::private_begin_model());
}
