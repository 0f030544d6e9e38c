// Publishers and readers killed after every store and read-modify-write of shared words that they come to,
// the first, second, fifth and seventeenth time, with the others asleep and not. Each time: nobody runs in
// circles, nobody misses what comes next, no chunk, record or line is lost, and no wake-up.
#include <csignal>
#include <cstdint>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/survive/points/publisher_lives.hpp"
#include "tests/survive/points/reader_lives.hpp"
#include "tests/survive/points/stage.hpp"

namespace tarn::test {

namespace {

using plan::Overflow;

template <typename M>
void kill_publishers(Matrix& matrix, const std::string& role, const plan::TopicRule& settings,
                     const VictimBody& body, Waiting waiting = Waiting::OnTheTopic) {
  Stage<M> stage(matrix, settings, waiting);
  matrix.play(role, [&](Pace pace) { stage.let_publish(pace, body); });
  stage.finish();
}

template <typename M>
void kill_readers(Matrix& matrix, const std::string& role, const plan::TopicRule& settings,
                  const VictimBody& body) {
  Stage<M> stage(matrix, settings);
  matrix.play(role, [&](Pace pace) { stage.let_read(pace, body); });
  stage.finish();
}

// The publisher comes round while the reader pins.
void kill_lapped_readers(Matrix& matrix) {
  Stage<Large> stage(matrix, {.depth = 4});
  SharedWord asked;
  SharedWord done;
  lap_asked = &asked;
  lap_done = &done;
  stage.lap_on(asked, done);
  matrix.play("reader, lapped", [&](Pace pace) {
    done.store(asked.load());
    stage.let_read(pace, take_lapped<Large>);
  });
  stage.finish();
}

void kill_all_publishers(Matrix& matrix) {
  kill_publishers<Small>(matrix, "publisher, inline", {.depth = 4}, publish_steadily<Small>);
  kill_publishers<Large>(matrix, "publisher, chunks", {.depth = 4}, publish_steadily<Large>,
                         Waiting::OnAWaitSet);
  kill_publishers<Small>(matrix, "publisher, block", {.depth = 2, .overflow = Overflow::Block},
                         publish_steadily<Small>);
  kill_publishers<Large>(matrix, "publisher, block, chunks",
                         {.depth = 2, .overflow = Overflow::Block}, publish_steadily<Large>);
  kill_publishers<Small>(matrix, "publisher, reject", {.depth = 4, .overflow = Overflow::Reject},
                         publish_to_itself<Small>);
  kill_publishers<Small>(matrix, "publisher, drop newest",
                         {.depth = 4, .overflow = Overflow::DropNewest}, publish_to_itself<Small>);
  kill_publishers<Large>(matrix, "publisher, drop newest, chunks",
                         {.depth = 4, .overflow = Overflow::DropNewest}, publish_to_itself<Large>);
  kill_publishers<Small>(
      matrix, "publisher, evicting",
      {.depth = 4, .overflow = Overflow::Block, .evict_after = std::chrono::milliseconds(2)},
      publish_past_the_slow<Small>);
}

void kill_all_readers(Matrix& matrix) {
  kill_readers<Small>(matrix, "reader, inline", {.depth = 4}, take_steadily<Small>);
  kill_readers<Large>(matrix, "reader, chunks", {.depth = 4}, take_steadily<Large>);
  kill_readers<Large>(matrix, "reader, reliable", {.depth = 4, .overflow = Overflow::Block},
                      take_steadily<Large>);
  kill_readers<Small>(matrix, "reader, drop newest", {.depth = 4, .overflow = Overflow::DropNewest},
                      take_steadily<Small>);
  kill_readers<Large>(matrix, "reader, drop newest, chunks",
                      {.depth = 4, .overflow = Overflow::DropNewest}, take_steadily<Large>);
  kill_readers<Small>(matrix, "reader, here and there", {.depth = 8}, take_here_and_there<Small>);
  kill_readers<Small>(matrix, "reader, sets", {.depth = 4}, wait_for_sets<Small>);
  kill_readers<Small>(matrix, "reader, pattern", {.depth = 4}, take_by_pattern<Small>);
  kill_lapped_readers(matrix);
}

}  // namespace

TEST_CASE("clients killed after any store to shared words cost nobody else anything", "[survive]") {
  Matrix matrix;
  kill_all_publishers(matrix);
  kill_all_readers(matrix);
  matrix.check_covered(
      {"api/", "node/", "port/", "ring/"},
      {{"ring/sleeper.cpp: count_safety_wakeup", "no wake-up is by the time-out"},
       {"port/waiter_port.cpp: tarn_hint_give", "who rings itself there sleeps with nobody else"}});
}

}  // namespace tarn::test
