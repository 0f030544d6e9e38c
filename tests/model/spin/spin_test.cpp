// Runs the models that are written in Promela through spin: each holds in every state it can reach, and
// each way to spoil it is found. Skipped, and counted as that, where spin is not installed.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

namespace {

bool has_spin() { return std::system("command -v spin >/dev/null") == 0; }

// What the verifier prints of a model under these definitions. It stops at the first error.
std::string verify(const std::string& model, const std::string& definitions,
                   const std::string& optimise) {
  const std::string place = std::string(TARN_SPIN_RUNS) + "/" + model;
  const std::string script = "rm -rf '" + place + "' && mkdir -p '" + place + "' && cd '" + place +
                             "' && { spin -a " + definitions + " '" TARN_SPIN_MODELS "/" + model +
                             ".pml' && '" TARN_CC "' -w -DSAFETY " + optimise + " -o pan pan.c" +
                             " && ./pan -m100000; } > said 2>&1";
  const bool ended = std::system(script.c_str()) == 0;
  std::ifstream file(place + "/said");
  std::stringstream said;
  said << file.rdbuf();
  return said.str() + (ended ? "" : "it failed\n");
}

bool holds(const std::string& model, const std::string& definitions = "") {
  const std::string said = verify(model, definitions, "-O1");
  UNSCOPED_INFO(model << ' ' << definitions << ":\n" << said);
  return said.find("errors: 0") != std::string::npos &&
         said.find("max search depth too small") == std::string::npos &&
         said.find("Search not completed") == std::string::npos;
}

bool breaks(const std::string& model, const std::string& definition) {
  const std::string said = verify(model, "-D" + definition, "-O0");
  UNSCOPED_INFO(model << ' ' << definition << ":\n" << said);
  return said.find("errors: 1") != std::string::npos;
}

}  // namespace

TEST_CASE("nobody sleeps for ever, although publishers and brokers die", "[model]") {
  if (!has_spin()) return tarn::test::skip("spin is not installed");
  CHECK(holds("wake"));
  CHECK(holds("wake", "-DPUBLISHERS=2 -DMESSAGES=1 -DBROKER_DEATHS=0"));
}

TEST_CASE("somebody would sleep for ever", "[model]") {
  if (!has_spin()) return tarn::test::skip("spin is not installed");
  SECTION("if the broker did not wake whom the dead had to wake") {
    CHECK(breaks("wake", "NO_KICK"));
  }
  SECTION("if it woke only those it finds asleep") { CHECK(breaks("wake", "KICK_IF_ASKED")); }
  SECTION("if the bell were read after the last look") { CHECK(breaks("wake", "BELL_READ_LATE")); }
}

TEST_CASE("a client that lives keeps its pins, and one that is gone leaves nothing", "[model]") {
  if (!has_spin()) return tarn::test::skip("spin is not installed");
  CHECK(holds("reap"));
}

TEST_CASE("a pin would be lost, or left behind", "[model]") {
  if (!has_spin()) return tarn::test::skip("spin is not installed");
  SECTION("with two brokers at once") { CHECK(breaks("reap", "NO_ROLE_LOCK")); }
  SECTION("with a record freed before its pins") { CHECK(breaks("reap", "FREE_FIRST")); }
  SECTION("with a reap that nobody finishes") { CHECK(breaks("reap", "NO_FINISH")); }
  SECTION("with silence taken for death") { CHECK(breaks("reap", "TRUST_SILENCE")); }
}

TEST_CASE("there is one broker at a time, and always another to come", "[model]") {
  if (!has_spin()) return tarn::test::skip("spin is not installed");
  CHECK(holds("role"));
}

TEST_CASE("there would be two brokers, or none, or one that serves half-done records", "[model]") {
  if (!has_spin()) return tarn::test::skip("spin is not installed");
  SECTION("if who has locked the file did not look at its path again") {
    CHECK(breaks("role", "NO_IDENTITY_CHECK"));
  }
  SECTION("if the file were unlinked after the lock is let go") {
    CHECK(breaks("role", "UNLINK_AFTER_RELEASE"));
  }
  SECTION("if a forked child kept the lock") { CHECK(breaks("role", "CHILD_KEEPS_LOCK")); }
  SECTION("if a successor served at once") { CHECK(breaks("role", "NO_ADOPTION")); }
}
