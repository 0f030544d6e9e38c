#include "middleware/broker/line_map.hpp"

#include <tarn/detail/assert.hpp>

#include "middleware/directory/records_layout.hpp"

namespace tarn::broker {

using directory::kNone;

LineMap::LineMap(const pool::BlockFormat& format, std::uint32_t block_count)
    : format_(format),
      owners_(block_count, kNone),
      taken_(std::size_t{block_count} * format.lines, false) {}

LineMap::Place LineMap::place_of(LineKind kind) const noexcept {
  const std::uint32_t counters = format_.waiters;
  const std::uint32_t pins = counters + format_.subscriptions * kCountersLines;
  const std::uint32_t joins = pins + format_.pin_lines;
  switch (kind) {
    case LineKind::Waiter:
      return {0, format_.waiters, 1};
    case LineKind::Counters:
      return {counters, format_.subscriptions * kCountersLines, kCountersLines};
    case LineKind::Pins:
      return {pins, format_.pin_lines, 1};
    case LineKind::Join:
      break;
  }
  return {joins, format_.joins, 1};
}

bool LineMap::all_free(std::uint32_t line, std::uint32_t count) const noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (taken_[line + i]) return false;
  }
  return true;
}

void LineMap::mark(std::uint32_t line, std::uint32_t count, bool taken) {
  for (std::uint32_t i = 0; i < count; ++i) taken_[line + i] = taken;
}

std::optional<std::uint32_t> LineMap::take(std::uint32_t client, LineKind kind,
                                           std::uint32_t count) {
  const Place place = place_of(kind);
  for (std::uint32_t block = 0; block < owners_.size(); ++block) {
    if (owners_[block] != client) continue;
    for (std::uint32_t at = 0; at + count <= place.lines; at += place.step) {
      const std::uint32_t line = block * format_.lines + place.first + at;
      if (!all_free(line, count)) continue;
      mark(line, count, true);
      return line;
    }
  }
  return std::nullopt;
}

bool LineMap::take_exact(std::uint32_t client, LineKind kind, std::uint32_t line,
                         std::uint32_t count) {
  if (line >= taken_.size() || count == 0) return false;
  const Place place = place_of(kind);
  const std::uint32_t in_block = line % format_.lines;
  if (owners_[line / format_.lines] != client || in_block < place.first) return false;
  const std::uint32_t at = in_block - place.first;
  if (at % place.step != 0 || at >= place.lines || count > place.lines - at) return false;
  if (!all_free(line, count)) return false;
  mark(line, count, true);
  return true;
}

void LineMap::give_back(std::uint32_t line, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) TARN_ASSERT(taken_[line + i]);
  mark(line, count, false);
}

std::optional<std::uint32_t> LineMap::find_free_block() const noexcept {
  for (std::uint32_t block = 0; block < owners_.size(); ++block) {
    if (owners_[block] == kNone) return block;
  }
  return std::nullopt;
}

void LineMap::set_owner(std::uint32_t block, std::uint32_t client) {
  TARN_ASSERT(all_free(block * format_.lines, format_.lines));
  owners_[block] = client;
}

}  // namespace tarn::broker
