#include "tests/survive/step/aftermath.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/directory/record_checks.hpp"
#include "middleware/ring/protocol.h"
#include "tests/survive/step/before.hpp"

namespace tarn::test::step {

namespace {

using broker::Registry;
using directory::ClientRecordLayout;
using directory::MemberEntryLayout;
using directory::PatternRecordLayout;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;
using directory::WaiterRecordLayout;

bool gates(const World& world) {
  return world.shape().overflow == plan::Overflow::Block ||
         world.shape().overflow == plan::Overflow::Reject;
}

template <typename Record>
std::uint32_t in_use(Registry& registry) {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < registry.books.directory.count<Record>(); ++i) {
    count += registry.books.directory.state<Record>(i) != RecordState::Free ? 1 : 0;
  }
  return count;
}

template <typename Record>
std::uint32_t of_client(Registry& registry, std::uint32_t client) {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < registry.books.directory.count<Record>(); ++i) {
    if (registry.books.directory.state<Record>(i) == RecordState::Free) continue;
    count += registry.books.directory.at<Record>(i).client == client ? 1 : 0;
  }
  return count;
}

// ---- readers ----

// All there is; what it held before it still holds.
void take_all(const World& world, Reader& reader, const Verdict& verdict) {
  const std::size_t held = reader.held.size();
  while (world.take(reader, verdict)) {
    if (reader.held.size() == held) continue;
    tarn_pin_release(reader.held.back().pin);
    reader.held.pop_back();
  }
}

// Every message of these parties was received, or is said to be lost; but for as many as are `under_way`.
void check_account(const World& world, const Reader& reader, std::uint64_t published,
                   std::uint64_t under_way, const Verdict& verdict) {
  const SubscriberCounts counts = reader.port->counts();
  const std::uint64_t accounted = counts.received + counts.lost() + counts.skipped;
  verdict.expect(accounted <= published && accounted + under_way >= published,
                 "%" PRIu64 " received and %" PRIu64 " lost of %" PRIu64 " committed",
                 counts.received, counts.lost(), published);
  verdict.expect(counts.lost_corrupt == 0, "%" PRIu64 " corrupt", counts.lost_corrupt);
  const std::uint64_t excused = counts.lost_publisher_gone + counts.lost_evicted;
  verdict.expect(!gates(world) || counts.lost() == excused, "%" PRIu64 " lost by a reliable reader",
                 counts.lost());
  verdict.expect(world.shape().evicts || counts.lost_evicted == 0,
                 "%" PRIu64 " lost by an eviction that nobody asked for", counts.lost_evicted);
  verdict.expect(world.crowded || counts.lost_publisher_gone == 0,
                 "%" PRIu64 " lost in an orphan that need not go", counts.lost_publisher_gone);
}

std::uint64_t all_committed(const World& world) {
  std::uint64_t sum = world.former;
  for (const Party* party : {&world.survivor, &world.victim}) {
    for (const Writer& writer : party->writers) sum += world.committed(writer);
  }
  return sum;
}

// ---- the dead ----

void check_nothing_of(Registry& registry, const Party& dead, const Verdict& verdict) {
  const std::uint32_t client = dead.client;
  verdict.expect(registry.clients.state(client) == RecordState::Free, "its client record stays");
  verdict.expect(of_client<SubscriberRecordLayout>(registry, client) == 0, "a subscription stays");
  verdict.expect(of_client<WaiterRecordLayout>(registry, client) == 0, "a waiter stays");
  verdict.expect(of_client<PatternRecordLayout>(registry, client) == 0, "a pattern stays");
  for (std::uint32_t block = 0; block < registry.books.lines.block_count(); ++block) {
    verdict.expect(registry.books.lines.owner(block) != client, "block %u stays", block);
  }
  for (const Reader& reader : dead.readers) {
    if (!reader.port) continue;
    const std::uint32_t* const first = reader.port->first_pin();
    for (std::uint32_t pin = 0; pin < kHeld; ++pin) {
      verdict.expect(tarn_pin_read(first + pin) == 0, "pin %u of it stays", pin);
    }
  }
}

// An orphan with a pinned chunk stays until it is not.
void check_orphans(World& world, Registry& registry, const Verdict& verdict) {
  Reader& reader = world.survivor.readers.front();
  for (const Writer& writer : world.victim.writers) {
    bool pinned = false;
    for (const Held& held : reader.held) {
      pinned = pinned || held.generation == writer.ring.ring_generation;
    }
    if (!pinned) continue;
    const auto& record = registry.books.directory.at<RingRecordLayout>(writer.ring.ring);
    verdict.expect(
        broker::is_in_use(registry.books.directory.state<RingRecordLayout>(writer.ring.ring)) &&
            record.ring_generation == writer.ring.ring_generation,
        "a ring is gone under a sample");
  }
  world.release(reader, verdict);
  registry.settle();
  const auto expected = static_cast<std::uint32_t>(world.survivor.writers.size());
  verdict.expect(in_use<RingRecordLayout>(registry) == expected, "%u rings stay, not %u",
                 in_use<RingRecordLayout>(registry), expected);
}

// What is said of the domain is so.
void check_sums(Registry& registry, const Verdict& verdict) {
  const auto& header = registry.books.header();
  verdict.expect(header.area_bytes_used == registry.areas.used_bytes(),
                 "%" PRIu64 " bytes are said to be used, and %" PRIu64 " are",
                 header.area_bytes_used, registry.areas.used_bytes());
  for (std::uint32_t client = 0; client < registry.books.geometry().clients.count; ++client) {
    if (!broker::is_in_use(registry.clients.state(client))) continue;
    std::uint32_t blocks = 0;
    for (std::uint32_t block = 0; block < registry.books.lines.block_count(); ++block) {
      blocks += registry.books.lines.owner(block) == client ? 1 : 0;
    }
    const auto& record = registry.books.directory.at<ClientRecordLayout>(client);
    verdict.expect(record.blocks == blocks, "client %u is said to have %u blocks, and has %u",
                   client, record.blocks, blocks);
  }
  const auto topic = registry.topics.find(kTopic);
  if (!topic) return;
  const auto& record = registry.books.directory.at<TopicRecordLayout>(*topic);
  std::uint32_t rings[2] = {};
  for (std::uint32_t i = 0; i < registry.books.geometry().rings.count; ++i) {
    const RecordState state = registry.books.directory.state<RingRecordLayout>(i);
    rings[0] += state == RecordState::Active ? 1 : 0;
    rings[1] += state == RecordState::Orphan || state == RecordState::Retiring ? 1 : 0;
  }
  verdict.expect(record.publisher_count == rings[0] && record.orphan_count == rings[1],
                 "%u publishers and %u orphans are said to be there, and %u and %u are",
                 record.publisher_count, record.orphan_count, rings[0], rings[1]);
  verdict.expect(record.subscriber_count == in_use<SubscriberRecordLayout>(registry),
                 "%u subscribers are said to be there, and %u are", record.subscriber_count,
                 in_use<SubscriberRecordLayout>(registry));
}

// ---- the living ----

// So often round its rings that every chunk is used again; everybody who listens takes every message.
void go_round(World& world, Party& party, const std::vector<Party*>& listeners,
              const Verdict& verdict) {
  for (Writer& writer : party.writers) {
    const std::uint64_t before = writer.published;
    const std::uint32_t chunks = writer.port->facts().view.chunk_count;
    for (std::uint32_t i = 0; i < std::max(3 * kDepth, 2 * chunks); ++i) {
      verdict.expect(world.publish(writer, verdict), "%s has no room after %" PRIu64 " messages",
                     party.name.c_str(), writer.published - before);
      for (Party* listener : listeners) {
        for (Reader& reader : listener->readers) take_all(world, reader, verdict);
      }
    }
    for (const Party* listener : listeners) {
      for (const Reader& reader : listener->readers) {
        const auto last = reader.last.find(writer.ring.ring_generation);
        verdict.expect(last != reader.last.end() && last->second == writer.published,
                       "%s does not hear of %s", listener->name.c_str(), party.name.c_str());
      }
    }
  }
}

void loan_all(const Party& party, const Verdict& verdict) {
  for (const Writer& writer : party.writers) {
    std::uint32_t loans[kLoans];
    for (std::uint32_t& loan : loans) loan = verdict.need(writer.port->loan(), "a loan").index;
    for (const std::uint32_t loan : loans) writer.port->give_back(loan);
  }
}

void check_empty(Registry& registry, const Verdict& verdict) {
  verdict.expect(!registry.has_unfinished(), "something is left to be waited for");
  verdict.expect(in_use<ClientRecordLayout>(registry) == 0, "a client stays at the end");
  verdict.expect(in_use<SubscriberRecordLayout>(registry) == 0, "a subscription stays at the end");
  verdict.expect(in_use<RingRecordLayout>(registry) == 0, "a ring stays at the end");
  verdict.expect(in_use<WaiterRecordLayout>(registry) == 0, "a waiter stays at the end");
  verdict.expect(in_use<PatternRecordLayout>(registry) == 0, "a pattern stays at the end");
  verdict.expect(in_use<TopicRecordLayout>(registry) == 0, "a topic stays at the end");
  verdict.expect(registry.areas.used_bytes() == 0, "%" PRIu64 " bytes stay at the end",
                 registry.areas.used_bytes());
  verdict.expect(registry.books.header().orphan_bytes == 0, "bytes of orphans stay at the end");
  for (std::uint32_t i = 0; i < registry.books.geometry().members.count; ++i) {
    verdict.expect(
        !directory::member_active(registry.books.directory.at<MemberEntryLayout>(i).member),
        "member entry %u stays at the end", i);
  }
  for (std::uint32_t block = 0; block < registry.books.lines.block_count(); ++block) {
    verdict.expect(registry.books.lines.is_unused(block), "a line of block %u stays at the end",
                   block);
    verdict.expect(registry.books.lines.owner(block) == broker::kNone,
                   "block %u stays somebody's at the end", block);
  }
}

// As many newcomers' rings and subscriptions as the topic has room for beside the survivor's.
void check_next(World& world, Registry& registry, const Verdict& verdict) {
  Party next = world.enter(registry, "next", false, verdict);
  while (next.readers.size() + world.survivor.readers.size() < kReaders) {
    world.open_reader(registry, next, verdict);
    next.readers.back().from_first = false;
  }
  while (next.writers.size() + world.survivor.writers.size() < kPublishers) {
    world.open_writer(registry, next, verdict);
  }
  for (Reader& reader : next.readers) take_all(world, reader, verdict);
  go_round(world, next, {&world.survivor, &next}, verdict);
  loan_all(next, verdict);
  go_round(world, world.survivor, {&world.survivor, &next}, verdict);
  world.leave(registry, next, verdict);
  for (Reader& reader : world.survivor.readers) take_all(world, reader, verdict);
  registry.settle();
}

// The victim's record is gone, one way or another. `published` is what was committed before anybody cleaned up.
void check_after(World& world, Registry& registry, std::uint64_t published,
                 const Verdict& verdict) {
  check_nothing_of(registry, world.victim, verdict);
  world.check_held(world.survivor.readers.front(), verdict);
  for (Reader& reader : world.survivor.readers) {
    take_all(world, reader, verdict);
    check_account(world, reader, published, 0, verdict);
  }
  registry.settle();
  check_sums(registry, verdict);
  check_orphans(world, registry, verdict);
  check_sums(registry, verdict);
  go_round(world, world.survivor, {&world.survivor}, verdict);
  loan_all(world.survivor, verdict);
  check_next(world, registry, verdict);
  world.leave(registry, world.survivor, verdict);
  registry.settle();
  check_empty(registry, verdict);
}

// Its publisher may have told nobody but its readers.
void check_closed(const World& world, Registry& registry, const Verdict& verdict) {
  for (std::uint32_t i = 0; i < registry.books.geometry().rings.count; ++i) {
    if (registry.books.directory.state<RingRecordLayout>(i) != RecordState::Active) continue;
    const auto& record = registry.books.directory.at<RingRecordLayout>(i);
    verdict.expect(directory::view_of(record, world.pool()).header->closed == 0,
                   "ring %u was closed, and keeps a publisher's place", i);
  }
}

// Who is not dead comes back, or was leaving anyway.
void end_of(World& world, Registry& registry, const Verdict& verdict) {
  Party& victim = world.victim;
  const RecordState state = registry.clients.state(victim.client);
  if (state == RecordState::Active) {
    registry.publishers.close_unanswered(victim.client, victim.requests);
    registry.subscribers.close_unanswered(victim.client, victim.requests);
    registry.patterns.close_unanswered(victim.client, victim.requests);
    registry.waiters.close_unanswered(victim.client, victim.requests);
    registry.settle();
    world.leave(registry, victim, verdict);
  } else if (state == RecordState::Closing) {
    for (Reader& reader : victim.readers) world.release(reader, verdict);
  }
  registry.settle();
}

}  // namespace

void go_on_beside(World& world, const Verdict& verdict) {
  world.take_a_copy();
  Reader& reader = world.survivor.readers.front();
  take_all(world, reader, verdict);
  // Where each reader has a ring of its own, a message comes into everybody's first.
  const bool own_rings = world.shape().overflow == plan::Overflow::DropNewest;
  check_account(world, reader, all_committed(world), own_rings ? 1 : 0, verdict);
  if (gates(world)) return;
  go_round(world, world.survivor, {&world.survivor}, verdict);
  loan_all(world.survivor, verdict);
  world.release(reader, verdict);
  for (const Reader& of_victim : world.victim.readers) world.check_held(of_victim, verdict);
}

void reap(World& world, const Verdict& verdict) {
  world.take_a_copy();
  const Before before = before_of(world);
  const std::uint64_t published = all_committed(world);
  world.registry().clients.reap(world.victim.client);
  world.registry().settle();
  check_woken(world, before, verdict);
  check_beds(before, verdict);
  check_after(world, world.registry(), published, verdict);
  check_generations(world, before, verdict);
}

void reap_as_successor(World& world, const Verdict& verdict) {
  world.take_a_copy();
  const Before before = before_of(world);
  const std::uint64_t published = all_committed(world);
  const auto next = world.take_over(verdict);
  check_beds(before, verdict);
  check_after(world, *next->registry, published, verdict);
  check_generations(world, before, verdict);
}

void succeed(World& world, const Verdict& verdict) {
  world.take_a_copy();
  const Before before = before_of(world);
  const std::uint64_t published = all_committed(world);
  const auto next = world.take_over(verdict);
  check_closed(world, *next->registry, verdict);
  end_of(world, *next->registry, verdict);
  if (!world.expected.empty()) {
    const std::string found = describe(world, *next->registry);
    verdict.expect(found == world.expected, "the end is %s, not %s", found.c_str(),
                   world.expected.c_str());
  }
  check_after(world, *next->registry, published, verdict);
  check_generations(world, before, verdict);
}

std::string end_without_death(World& world, const std::function<void()>& operation) {
  return judge([&](const Verdict& verdict) {
    world.take_a_copy();
    operation();
    const auto next = world.take_over(verdict);
    end_of(world, *next->registry, verdict);
    verdict.expect(false, "%s", describe(world, *next->registry).c_str());
  });
}

std::string describe(const World& world, Registry& registry) {
  std::string text;
  char line[160];
  std::snprintf(line, sizeof line, "%u clients, %u topics, %u rings, %u subscribers, %u waiters, ",
                in_use<ClientRecordLayout>(registry), in_use<TopicRecordLayout>(registry),
                in_use<RingRecordLayout>(registry), in_use<SubscriberRecordLayout>(registry),
                in_use<WaiterRecordLayout>(registry));
  text += line;
  std::snprintf(line, sizeof line, "%" PRIu64 " bytes, %" PRIu64 " of orphans",
                registry.areas.used_bytes(), registry.books.header().orphan_bytes);
  text += line;
  if (const auto topic = registry.topics.find(kTopic)) {
    const auto totals = directory::read_totals(
        registry.books.directory.at<TopicRecordLayout>(*topic).publisher_totals);
    std::snprintf(line, sizeof line, ", publishers %" PRIu64 "/%" PRIu64 "/%" PRIu64, totals.came,
                  totals.closed, totals.died);
    text += line;
  }
  for (const Writer& writer : world.survivor.writers) {
    const auto totals = directory::read_totals(
        registry.books.directory.at<RingRecordLayout>(writer.ring.ring).subscriber_totals);
    std::snprintf(line, sizeof line, ", readers %" PRIu64 "/%" PRIu64 "/%" PRIu64, totals.came,
                  totals.closed, totals.died);
    text += line;
  }
  return text;
}

}  // namespace tarn::test::step
