#include "tests/survive/step/before.hpp"

#include <cinttypes>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::test::step {

namespace {

using directory::ClientRecordLayout;
using directory::PatternRecordLayout;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;
using directory::WaiterRecordLayout;

// Of the survivor: where its reader sleeps, and where its publisher would.
Rung rung(const World& world) {
  const auto& geometry = world.pool().geometry();
  const auto* const own = world.pool().record<ring::BellLayout>(
      geometry.bells, world.survivor.readers.front().record.waiter);
  const auto of_ring = [&](const Writer& writer) {
    return world.pool().record<ring::RingBellLayout>(geometry.ring_bells, writer.ring.ring);
  };
  Rung now{.reader = world.shape().alone ? of_ring(world.victim.writers.front())->bell : own->bell};
  if (!world.survivor.writers.empty()) {
    now.publisher = of_ring(world.survivor.writers.front())->publisher_bell;
  }
  return now;
}

bool is_active(const World& world, const Writer& writer) {
  const auto* const record =
      world.pool().record<RingRecordLayout>(world.pool().geometry().rings, writer.ring.ring);
  return directory::record_state(directory::load_state(&record->state)) == RecordState::Active &&
         record->ring_generation == writer.ring.ring_generation;
}

bool reads_actively(const World& world, const Reader& reader) {
  const auto* const record = world.pool().record<SubscriberRecordLayout>(
      world.pool().geometry().subscribers, reader.record.subscriber);
  return directory::record_state(directory::load_state(&record->state)) == RecordState::Active &&
         record->client == world.victim.client;
}

template <typename Record>
void add_generations(const broker::Books& books, std::vector<std::uint64_t>& to) {
  for (std::uint32_t i = 0; i < books.directory.count<Record>(); ++i) {
    to.push_back(books.directory.generation<Record>(i));
  }
}

std::vector<std::uint64_t> generations(const broker::Books& books) {
  std::vector<std::uint64_t> all;
  add_generations<ClientRecordLayout>(books, all);
  add_generations<TopicRecordLayout>(books, all);
  add_generations<RingRecordLayout>(books, all);
  add_generations<SubscriberRecordLayout>(books, all);
  add_generations<WaiterRecordLayout>(books, all);
  add_generations<PatternRecordLayout>(books, all);
  all.push_back(books.header().ring_generation);
  return all;
}

}  // namespace

void check_generations(World& world, const Before& before, const Verdict& verdict) {
  const auto now = generations(world.registry().books);
  for (std::size_t i = 0; i < now.size(); ++i) {
    verdict.expect(now[i] >= before.generations[i],
                   "generation %" PRIu64 " of record %zu goes back to %" PRIu64,
                   before.generations[i], i, now[i]);
  }
}

Before before_of(World& world) {
  Before before;
  before.bells = rung(world);
  before.generations = generations(world.registry().books);
  for (const Writer& writer : world.victim.writers) {
    before.wrote = before.wrote || is_active(world, writer);
  }
  for (const Reader& reader : world.victim.readers) {
    before.read = before.read || reads_actively(world, reader);
  }
  const auto& waiters = world.pool().geometry().waiters;
  for (std::uint32_t i = 0; i < waiters.count; ++i) {
    const auto* const record = world.pool().record<WaiterRecordLayout>(waiters, i);
    const auto state = directory::record_state(directory::load_state(&record->state));
    if (!broker::is_in_use(state) || record->client != world.victim.client) continue;
    const auto* const line = world.pool().line<ring::WaiterLayout>(record->line);
    before.beds.push_back({.line = line, .sleep = tarn_sleep_look(&line->sleep)});
  }
  return before;
}

void check_beds(const Before& before, const Verdict& verdict) {
  for (const Bed& bed : before.beds) {
    const std::uint64_t now = tarn_sleep_look(&bed.line->sleep);
    verdict.expect(now % 2 == 0 && now >= bed.sleep,
                   "a dead waiter's sleep was %" PRIu64 " and is %" PRIu64, bed.sleep, now);
  }
}

void check_woken(const World& world, const Before& before, const Verdict& verdict) {
  const Rung now = rung(world);
  verdict.expect(!before.wrote || now.reader != before.bells.reader,
                 "the survivor sleeps on beside a dead publisher");
  verdict.expect(
      !before.read || world.survivor.writers.empty() || now.publisher != before.bells.publisher,
      "the survivor waits on for a dead reader");
}

}  // namespace tarn::test::step
