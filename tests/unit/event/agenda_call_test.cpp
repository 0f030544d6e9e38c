// What is called back, and what callbacks may do meanwhile.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "middleware/event/agenda.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/event/fake_source.hpp"

namespace tarn::test {

namespace {

using event::Agenda;
using event::EventCounter;

// Calls until nothing is ready, as a wait set does.
void call_all(Agenda& agenda) {
  while (agenda.find(kStart)) {
    while (agenda.call_next(kStart)) {
    }
  }
}

}  // namespace

TEST_CASE("callbacks are called with what is ready, until nothing is", "[event]") {
  FakeSource source;
  Agenda agenda;
  std::vector<Ready> calls;
  const auto id = agenda.add_source(source.source(),
                                    {.callback =
                                         [&](const Ready& ready) {
                                           calls.push_back(ready);
                                           --source.waiting;
                                         }},
                                    kStart);
  source.bring(3);
  call_all(agenda);
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].id == id);
  CHECK(calls[0].reason == WaitReason::Message);
}

TEST_CASE("equals take turns although each has more", "[event]") {
  std::array<FakeSource, 2> sources;
  Agenda agenda;
  std::string order;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    agenda.add_source(sources[i].source(),
                      {.callback =
                           [&, i] {
                             order += static_cast<char>('a' + i);
                             --sources[i].waiting;
                           }},
                      kStart);
    sources[i].bring(3);
  }
  call_all(agenda);
  CHECK(order == "ababab");
}

TEST_CASE("what is more urgent and comes meanwhile goes first", "[event]") {
  FakeSource urgent;
  std::array<FakeSource, 3> patient;
  Agenda agenda;
  std::string order;
  for (FakeSource& source : patient) {
    agenda.add_source(source.source(),
                      {.callback =
                           [&] {
                             order += 'p';
                             --source.waiting;
                             if (order.size() == 2) urgent.bring(2);
                           }},
                      kStart);
    source.bring();
  }
  agenda.add_source(urgent.source(),
                    {.callback =
                         [&] {
                           order += 'U';
                           --urgent.waiting;
                         },
                     .priority = 1},
                    kStart);
  call_all(agenda);
  CHECK(order == "ppUUp");
}

TEST_CASE("only what is more urgent is looked at between two callbacks", "[event]") {
  std::array<FakeSource, 8> sources;
  Agenda agenda;
  for (FakeSource& source : sources) {
    agenda.add_source(source.source(), {.callback = [&] { --source.waiting; }}, kStart);
    source.bring();
  }
  REQUIRE(agenda.find(kStart));
  while (agenda.call_next(kStart)) {
  }
  // Once to find it, once to see that it still is.
  for (const FakeSource& source : sources) CHECK(source.looks == 2);
}

TEST_CASE("what another callback took is not called for", "[event]") {
  std::array<FakeSource, 2> sources;
  Agenda agenda;
  int calls = 0;
  for (FakeSource& source : sources) {
    agenda.add_source(source.source(),
                      {.callback =
                           [&] {
                             ++calls;
                             for (FakeSource& any : sources) any.waiting = 0;
                           }},
                      kStart);
    source.bring();
  }
  call_all(agenda);
  CHECK(calls == 1);
}

TEST_CASE("a callback may remove itself, and its state lasts until it returns", "[event]") {
  FakeSource source;
  Agenda agenda;
  AttachmentId id{};
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = token;
  bool alive_behind = false;
  id = agenda.add_source(source.source(),
                         {.callback =
                              [&, token = std::move(token)] {
                                CHECK(agenda.remove(id));
                                alive_behind = !watch.expired();
                              }},
                         kStart);
  source.bring();
  call_all(agenda);
  CHECK(alive_behind);
  CHECK(watch.expired());
  CHECK(agenda.empty());
  CHECK(source.detached == 1);
}

TEST_CASE("a callback may remove others that are ready, too", "[event]") {
  std::array<FakeSource, 3> sources;
  std::array<AttachmentId, 3> added{};
  Agenda agenda;
  int calls = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    added[i] = agenda.add_source(sources[i].source(),
                                 {.callback =
                                      [&, i] {
                                        ++calls;
                                        for (std::size_t j = 0; j < added.size(); ++j) {
                                          if (j != i) agenda.remove(added[j]);
                                        }
                                        sources[i].waiting = 0;
                                      }},
                                 kStart);
    sources[i].bring();
  }
  call_all(agenda);
  CHECK(calls == 1);
}

TEST_CASE("a callback may add, and what it adds is called", "[event]") {
  std::array<FakeSource, 40> sources;
  Agenda agenda;
  std::size_t next = 0;
  std::string order;
  Callback callback = [&](const Ready&) {
    --sources[next].waiting;
    order += '.';
    if (++next == sources.size()) return;
    sources[next].bring();
    agenda.add_source(sources[next].source(), {.callback = [&] { --sources[next].waiting; }},
                      kStart);
  };
  agenda.add_source(sources[0].source(), {.callback = callback}, kStart);
  sources[0].bring();
  call_all(agenda);
  CHECK(order == ".");
  CHECK(sources[1].waiting == 0);
}

TEST_CASE("triggers that come while their event is called back are called for again", "[event]") {
  Agenda agenda;
  auto counter = std::make_shared<EventCounter>();
  std::vector<std::uint64_t> counts;
  agenda.add_event(
      counter,
      [&](const Ready& ready) {
        counts.push_back(ready.count);
        if (counts.size() < 3) counter->add();
      },
      0);
  counter->add();
  counter->add();
  call_all(agenda);
  CHECK(counts == std::vector<std::uint64_t>{2, 1, 1});
}

TEST_CASE("an attachment without a callback is found", "[event]") {
  FakeSource source;
  Agenda agenda;
  agenda.add_source(source.source(), {.callback = [] {}}, kStart);
  CHECK_FALSE(agenda.without_callback());
  const auto id = agenda.add_source(source.source(), {}, kStart);
  CHECK(agenda.without_callback() == id);
}

}  // namespace tarn::test
