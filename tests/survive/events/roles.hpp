// What a process does that something happens to in the middle of it, and what its partner does meanwhile on the
// same topic: every way to publish, to take and to wait, with beginnings and ends. Each checks what it gets to
// the message, and so tells afterwards whether it cost anything that the topic's policy does not say. Each
// part runs in a child of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tarn/tarn.hpp>

#include "tests/process/shared_word.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

// What the two have in common, and the test with them.
struct Pairing {
  SharedWord published;  // by whoever publishes
  SharedWord beats;      // what the partner did: messages, waits that ended, refusals
  SharedWord stop;       // the partner's work is done
};

struct Part {
  Parent& parent;
  const TestDomain& domain;
  std::string topic;
  Pairing& pairing;
};

struct Role {
  std::string_view name;
  std::string_view topics;  // what the names of its topics begin with
  void (*leading)(Part part);
  void (*partner)(Part part);  // reports "ready" when the other may begin
};

[[nodiscard]] std::span<const Role> roles();

// Two that nobody stops, on a topic of their own.
class Bystanders {
 public:
  explicit Bystanders(const TestDomain& domain);
  // False: one of them does nothing any more.
  [[nodiscard]] bool go_on();
  // False: one of them found something wrong.
  [[nodiscard]] bool finish();

 private:
  static Part part(Parent& parent, const TestDomain& domain, Pairing& pairing);

  Pairing reads_;
  Pairing writes_;
  ChildProcess reader_;
  ChildProcess writer_;
};
// A domain whose topics these roles can play on.
[[nodiscard]] DomainOptions roles_domain();

}  // namespace tarn::test
