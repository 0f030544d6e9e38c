#include "middleware/broker/books.hpp"

#include <algorithm>
#include <utility>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::broker {

namespace {

// A publisher that has not read its members again may still look at a line that is free: what it
// sees are whole words, and none of them says more than that nobody holds anything.
void reset_line(const pool::PoolView& view, LineKind kind, std::uint32_t line) noexcept {
  auto* const words = view.line<std::uint64_t>(line);
  if (kind == LineKind::Waiter) {
    auto* const waiter = view.line<ring::WaiterLayout>(line);
    // relaxed: as below. The sleep word goes on from where its former owner left it.
    tarn_store_relaxed_u64(&waiter->bed, ring::bed_word({}));
    return;
  }
  for (std::size_t i = 0; i < ring::kLineBytes / sizeof *words; ++i) {
    // relaxed: the record or member entry that names the line publishes it.
    tarn_store_relaxed_u64(words + i, 0);
  }
  if (kind != LineKind::Join) return;
  // relaxed: likewise.
  tarn_store_relaxed_u64(&view.line<ring::JoinLayout>(line)->cursor, ring::kJoining);
}

// A process may have written where it was granted no line yet: what nobody has says that nobody holds
// anything. Costs looks alone where it did not.
void wipe_pins(const pool::PoolView& view, std::uint32_t block) noexcept {
  const pool::BlockFormat& format = view.geometry().block;
  const std::uint32_t first =
      block * format.lines + format.waiters + kCountersLines * format.subscriptions;
  for (std::uint32_t i = 0; i < format.pin_lines; ++i) {
    for (std::uint32_t& pin : view.line<ring::PinLineLayout>(first + i)->pin) {
      if (tarn_pin_read(&pin) != 0) tarn_pin_release(&pin);
    }
  }
}

}  // namespace

Books::Books(const pool::PoolView& view)
    : directory(view),
      members(view.geometry().members.count),
      type_text(0, view.geometry().type_text.count),
      lines(view.geometry().block, view.geometry().blocks.count),
      view_(view) {}

std::optional<std::uint32_t> Books::grant_lines(std::uint32_t client, LineKind kind,
                                                std::uint32_t count) {
  auto line = lines.take(client, kind, count);
  if (!line && grant_block(client)) line = lines.take(client, kind, count);
  for (std::uint32_t i = 0; line && i < count; ++i) reset_line(view_, kind, *line + i);
  return line;
}

bool Books::grant_block(std::uint32_t client) {
  auto block = lines.find_free_block();
  if (!block) block = find_spare_block(client);
  if (!block) return false;
  if (lines.owner(*block) != kNone) count_blocks(lines.owner(*block), -1);
  set_block_owner(*block, client);
  count_blocks(client, 1);
  return true;
}

// One that its client has no use for now. Its process keeps the page writable until it leaves, so within
// a process blocks stay where they are: another node of it may make the page read-only when it goes.
std::optional<std::uint32_t> Books::find_spare_block(std::uint32_t client) const {
  const std::int32_t pid = directory.at<ClientRecordLayout>(client).pid;
  for (std::uint32_t block = 0; block < lines.block_count(); ++block) {
    const std::uint32_t owner = lines.owner(block);
    if (owner == kNone || directory.at<ClientRecordLayout>(owner).pid == pid) continue;
    if (lines.is_unused(block)) return block;
  }
  return std::nullopt;
}

void Books::count_blocks(std::uint32_t client, int change) noexcept {
  auto& record = directory.at<ClientRecordLayout>(client);
  directory::set_count(record.blocks, record.blocks + static_cast<std::uint32_t>(change));
}

bool Books::lay_out_members(const std::vector<Extent>& places) {
  auto planned = PlannedRanges::lay_out(places, members.capacity());
  if (!planned) return false;
  for (std::uint32_t ring = 0; ring < geometry().rings.count; ++ring) {
    if (!is_in_use(directory.state<RingRecordLayout>(ring))) continue;
    const auto& record = directory.at<RingRecordLayout>(ring);
    const auto topic = directory::text_in(directory.at<TopicRecordLayout>(record.topic).name);
    if (!planned->take_exact(topic, record.members_first, record.members_capacity)) return false;
  }
  members = std::move(*planned);
  return true;
}

std::vector<WantedPlaces> member_places(const std::vector<plan::TopicPlan>& topics) {
  std::vector<WantedPlaces> wanted;
  wanted.reserve(topics.size());
  for (const plan::TopicPlan& topic : topics) {
    wanted.push_back({topic.name, topic.settings.subscribers, topic.rings});
  }
  return wanted;
}

void Books::return_blocks(std::uint32_t client) {
  for (std::uint32_t block = 0; block < lines.block_count(); ++block) {
    if (lines.owner(block) != client) continue;
    wipe_pins(view_, block);
    set_block_owner(block, kNone);
  }
}

void Books::set_block_owner(std::uint32_t block, std::uint32_t client) {
  lines.set_owner(block, client);
  auto* const owner = view_.record<std::uint32_t>(geometry().block_owners, block);
  // relaxed: its owner hears of a block by a record or entry that names a line of it.
  tarn_store_relaxed_u32(owner, client == kNone ? 0 : client + 1);
}

bool Books::adopt_blocks() {
  std::vector<std::uint32_t> granted(geometry().clients.count, 0);
  for (std::uint32_t block = 0; block < lines.block_count(); ++block) {
    const std::uint32_t owner = *view_.record<std::uint32_t>(geometry().block_owners, block);
    if (owner == 0) continue;
    if (owner > geometry().clients.count) return false;
    lines.set_owner(block, owner - 1);
    ++granted[owner - 1];
  }
  // The one before may have been ended between giving a block and counting it.
  for (std::uint32_t client = 0; client < granted.size(); ++client) {
    directory::set_count(directory.at<ClientRecordLayout>(client).blocks, granted[client]);
  }
  return true;
}

void add_to(std::uint64_t& counter, std::uint64_t amount) noexcept {
  directory::set_count(counter, counter + amount);
}

}  // namespace tarn::broker
