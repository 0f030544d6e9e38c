#include "tests/survive/step/world.hpp"

#include <sys/mman.h>

#include <chrono>
#include <cinttypes>
#include <cstring>
#include <utility>

#include "middleware/broker/liveness.hpp"
#include "middleware/broker/reload.hpp"
#include "middleware/directory/record_checks.hpp"
#include "middleware/ring/protocol.h"
#include "platform/file_lock.hpp"
#include "platform/process_handle.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/must.hpp"

namespace tarn::test::step {

namespace {

// No kernel gives such a pid away.
constexpr std::int32_t kNobody = 0x3fffffff;

std::uint64_t word_of(std::uint32_t generation, std::uint64_t sequence, std::uint64_t index) {
  return (std::uint64_t{generation} << 32 | sequence) * 0x9E3779B97F4A7C15 +
         index * 0xBF58476D1CE4E5B9 + 1;
}

plan::TopicRule rule_for(const Shape& shape, std::uint32_t payload_bytes) {
  plan::TopicRule rule;
  rule.name = kTopic;
  rule.payload_bytes = payload_bytes;
  rule.depth = shape.depth;
  rule.history = 0;
  rule.publishers = kPublishers;
  rule.subscribers = kReaders;
  rule.orphans = 1;
  rule.held = kHeld;
  rule.loans = kLoans;
  rule.overflow = shape.overflow;
  if (shape.evicts) rule.evict_after = std::chrono::nanoseconds(1);
  return rule;
}

broker::BrokerOptions options_for(const plan::TopicRule& rule, const std::string& directory) {
  broker::BrokerOptions options;
  options.runtime_directory = directory;
  options.pool_bytes = 0;  // as much as it needs
  options.unplanned_bytes = 4096;
  options.limits = {.clients = 4,
                    .topics = 2,
                    .publishers = 4,
                    .memberships = 48,
                    .waiters = 12,
                    .observers = 1,
                    .patterns = 2,
                    .type_text_bytes = 256};
  options.rules.rules = {rule};
  options.spin = false;
  return options;
}

}  // namespace

World::World(const Shape& shape)
    : shape_(shape),
      rule_(rule_for(shape, payload_bytes())),
      options_(options_for(rule_, directory_.path())),
      alive_(must(platform::open_or_create_file(directory_.file("alive"), 0600))),
      poller_(must(platform::Poller::create())),
      bells_(directory_.file("bells"), std::nullopt),
      started_(must(broker::start_pool(options_, must(pool::domain_paths(directory_.path())),
                                       alive_, journal_))),
      mapping_(must(pool::PoolMapping::attach(started_.file.file(), true))) {
  must(mapping_->grant(0, pool().geometry().pool_bytes));
  auto areas = must(broker::adopt_areas(pool(), started_.configuration.areas, journal_));
  registry_ = std::make_unique<broker::Registry>(
      pool(), std::move(areas), options_,
      broker::Clients::Surroundings{
          .journal = journal_, .poller = poller_, .alive = alive_, .bells = bells_});
  registry_->topics.promise();
  (void)registry_->books.lay_out_members(started_.configuration.members);
  const Verdict verdict;
  survivor = enter(*registry_, "survivor", false, verdict);
  victim = enter(*registry_, "victim", shape.victim_dies, verdict);
  open_reader(*registry_, survivor, verdict);
  open_reader(*registry_, victim, verdict);
  open_writer(*registry_, victim, verdict);
  if (!shape.alone) open_writer(*registry_, survivor, verdict);
}

void World::share_with_children() const {
  ::madvise(pool().base(), pool().geometry().pool_bytes, MADV_DOFORK);
}

// Nobody writes to the file meanwhile, so private pages hold it as it is.
void World::take_a_copy() const {
  void* const at = ::mmap(pool().base(), pool().geometry().pool_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_FIXED, started_.file.fd(), 0);
  if (at == MAP_FAILED) std::abort();
}

// ---- who is there ----

Party World::enter(broker::Registry& registry, const std::string& name, bool dies,
                   const Verdict& verdict) {
  const std::int32_t self = platform::own_pid();
  const auto started = verdict.need(platform::process_start_time(self), "when it was started");
  Party party;
  party.name = name;
  party.client = verdict.need(
      registry.clients.add({.pid = dies ? kNobody : self, .start_time = started, .node = name}, {}),
      "a new client");
  const std::uint64_t byte = broker::alive_byte(party.client);
  party.life =
      verdict.need(platform::open_or_create_file(directory_.file("alive"), 0600), "its life");
  verdict.expect(verdict.need(platform::try_lock_byte(party.life, byte), "its liveness byte"),
                 "the liveness byte of a new client is somebody else's");
  const auto activated = registry.clients.activate(party.client);
  verdict.expect(activated.has_value(), "a new client does not become active");
  if (dies) party.life.reset();
  return party;
}

MessageType World::type() const {
  const bool slices = shape_.payload == Payload::Slice;
  return {.name = slices ? "Words[]" : "Words",
          .size_bytes = slices ? 8 : payload_bytes(),
          .alignment = 8,
          .hash = 77,
          .fields = "word:u64@0"};
}

std::uint32_t World::payload_bytes() const { return shape_.payload == Payload::Inline ? 40 : 320; }

std::uint32_t World::length_of(std::uint64_t sequence) const {
  if (shape_.payload != Payload::Slice) return payload_bytes();
  return 8 * static_cast<std::uint32_t>(1 + sequence * 7 % (payload_bytes() / 8));
}

wire::CreatePublisher World::publisher_request() const {
  return {.topic = kTopic, .type = type(), .publisher = "p"};
}

wire::CreateSubscriber World::subscriber_request() const {
  return {.topic = kTopic, .type = type()};
}

void World::open_writer(broker::Registry& registry, Party& party, const Verdict& verdict) {
  Writer writer;
  writer.ring =
      verdict.need(registry.publishers.create({.client = party.client, .request = ++party.requests},
                                              publisher_request()),
                   "a ring");
  writer.port = verdict.need(port::PublisherPort::attach(pool(), writer.ring.ring), "its port");
  party.writers.push_back(std::move(writer));
}

void World::open_reader(broker::Registry& registry, Party& party, const Verdict& verdict) {
  Reader reader;
  reader.record =
      verdict.need(registry.subscribers.create(
                       {.client = party.client, .request = ++party.requests}, subscriber_request()),
                   "a subscription");
  reader.port =
      verdict.need(port::SubscriberPort::attach(mapping_, reader.record.subscriber), "its port");
  party.readers.push_back(std::move(reader));
}

// ---- what they do ----

void World::write_payload(std::byte* data, std::uint32_t generation, std::uint64_t sequence) const {
  for (std::uint32_t at = 0; at < length_of(sequence); at += 8) {
    const std::uint64_t word = word_of(generation, sequence, at);
    std::memcpy(data + at, &word, sizeof word);
  }
}

bool World::is_intact(const Held& sample) const {
  if (sample.length_bytes != length_of(sample.sequence)) return false;
  for (std::uint32_t at = 0; at < sample.length_bytes; at += 8) {
    const std::uint64_t word = word_of(sample.generation, sample.sequence, at);
    if (std::memcmp(sample.data + at, &word, sizeof word) != 0) return false;
  }
  return true;
}

bool World::publish(Writer& writer, const Verdict& verdict) const {
  if (!writer.port->has_room()) return false;
  const auto loan = verdict.need(writer.port->loan(), "a loan");
  const std::uint64_t sequence = writer.published + 1;
  write_payload(loan.data, writer.ring.ring_generation, sequence);
  const Published done = writer.port->publish(loan.index, length_of(sequence));
  verdict.expect(done.sequence == sequence, "message %" PRIu64 " went out as %" PRIu64, sequence,
                 done.sequence);
  writer.published = sequence;
  return true;
}

void World::send(Writer& writer, const Verdict& verdict) const {
  std::byte payload[320];
  const std::uint64_t sequence = writer.published + 1;
  write_payload(payload, writer.ring.ring_generation, sequence);
  (void)verdict.need(writer.port->send(payload, length_of(sequence)), "a copy");
  writer.published = sequence;
}

bool World::take(Reader& reader, const Verdict& verdict) const {
  alignas(8) std::byte copy[320];
  tarn::detail::TakenSample taken;
  reader.port->try_take(taken, copy);
  if (taken.outcome == TakeOutcome::Empty) return false;
  verdict.expect(taken.outcome == TakeOutcome::Taken, "a take ends with outcome %d",
                 static_cast<int>(taken.outcome));
  const Held sample{.data = static_cast<const std::byte*>(taken.data),
                    .length_bytes = taken.length_bytes,
                    .pin = taken.pin,
                    .claim = taken.pin == nullptr ? 0 : tarn_pin_read(taken.pin),
                    .generation = taken.publisher.generation,
                    .sequence = taken.sequence};
  verdict.expect(is_intact(sample), "message %" PRIu64 " of ring generation %u is torn",
                 taken.sequence, sample.generation);
  const auto known = reader.last.find(sample.generation);
  if (known != reader.last.end() || reader.from_first) {
    const std::uint64_t last = known == reader.last.end() ? 0 : known->second;
    verdict.expect(taken.sequence == last + 1 + taken.lost_before,
                   "message %" PRIu64 " comes after %" PRIu64 " and says that %" PRIu64
                   " were lost",
                   taken.sequence, last, taken.lost_before);
  }
  reader.last[sample.generation] = taken.sequence;
  if (sample.pin != nullptr) reader.held.push_back(sample);
  return true;
}

void World::check_held(const Reader& reader, const Verdict& verdict) const {
  for (const Held& sample : reader.held) {
    if (tarn_pin_read(sample.pin) != sample.claim) continue;
    verdict.expect(is_intact(sample), "message %" PRIu64 " of generation %u changes while held",
                   sample.sequence, sample.generation);
  }
}

void World::release(Reader& reader, const Verdict& verdict) const {
  check_held(reader, verdict);
  for (const Held& sample : reader.held) tarn_pin_release(sample.pin);
  reader.held.clear();
}

void World::leave(broker::Registry& registry, Party& party, const Verdict& verdict) const {
  for (Reader& reader : party.readers) {
    release(reader, verdict);
    if (reader.port) reader.port->leave();
  }
  for (Writer& writer : party.writers) {
    if (writer.port) writer.port->close();
  }
  registry.clients.goodbye(party.client);
}

void World::close_writer(broker::Registry& registry, std::size_t index, const Verdict& verdict) {
  Writer& writer = survivor.writers.at(index);
  writer.port->close();
  former += writer.published;
  (void)verdict.need(registry.publishers
                         .close(survivor.client, {.ring = writer.ring.ring,
                                                  .ring_generation = writer.ring.ring_generation})
                         .map([] { return 0; }),
                     "closing a ring");
  survivor.writers.erase(survivor.writers.begin() + static_cast<std::ptrdiff_t>(index));
}

void World::put_survivor_to_sleep() const {
  const auto& geometry = pool().geometry();
  const Reader& reader = survivor.readers.front();
  const std::uint32_t ring = victim.writers.front().ring.ring;
  const auto* const record =
      pool().record<directory::WaiterRecordLayout>(geometry.waiters, reader.record.waiter);
  auto* const bed = pool().line<ring::WaiterLayout>(record->line);
  if (shape_.alone) tarn_bed_change(&bed->bed, ring::bed_word({ring::BedKind::RingBell, ring}));
  tarn_sleep_announce(&bed->sleep, bed->sleep | 1);
  for (std::uint32_t i = 0; i < geometry.summaries.count; ++i) {
    // All of them: a bit too many costs a publisher one look.
    tarn_summary_set(&pool().record<ring::SummaryLayout>(geometry.summaries, i)->bits[0],
                     (std::uint64_t{1} << kReaders) - 1);
  }
  for (const Writer& writer : survivor.writers) {
    auto* const sleep = &writer.port->facts().view.header->publisher_sleep;
    tarn_sleep_announce(sleep, *sleep | 1);
  }
}

std::uint64_t World::committed(const Writer& writer) const {
  const auto& record = registry_->books.directory.at<directory::RingRecordLayout>(writer.ring.ring);
  const auto state = directory::record_state(directory::load_state(&record.state));
  if (!broker::is_in_use(state) || record.ring_generation != writer.ring.ring_generation) {
    return writer.published;
  }
  return ring::newest_committed(directory::view_of(record, pool()));
}

// ---- the next broker ----

std::unique_ptr<Successor> World::take_over(const Verdict& verdict) const {
  auto stored = verdict.need(broker::load_configuration(pool(), options_), "the configuration");
  auto areas = verdict.need(broker::adopt_areas(pool(), stored.areas, journal_), "the areas");
  std::unique_ptr<Successor> next(
      new Successor{.options = std::move(stored.options),
                    .poller = verdict.need(platform::Poller::create(), "a poller"),
                    .registry = nullptr});
  next->registry = std::make_unique<broker::Registry>(
      pool(), std::move(areas), next->options,
      broker::Clients::Surroundings{
          .journal = journal_, .poller = next->poller, .alive = alive_, .bells = bells_});
  const auto adopted = broker::adopt(*next->registry, stored.members, alive_);
  verdict.expect(adopted.has_value(), "%s", adopted ? "" : adopted.error().message());
  next->registry->announce_broker();
  return next;
}

void World::reload(const plan::TopicRules& rules) {
  struct Source {
    const broker::BrokerOptions& had;
    const plan::TopicRules& rules;
  } source{.had = options_, .rules = rules};
  options_.reader.context = &source;
  options_.reader.read = [](void* context) {
    const Source& from = *static_cast<Source*>(context);
    broker::Reread read{.options = from.had};
    read.options->rules = from.rules;
    return read;
  };
  const broker::ReloadOutcome outcome = broker::Reload(options_, *registry_, journal_).run();
  Verdict().expect(outcome.applied, "%s", outcome.findings.c_str());
}

}  // namespace tarn::test::step
