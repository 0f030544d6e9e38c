// Moving a reader by hand.
#include <algorithm>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_reader.hpp"

namespace tarn::ring {

SequenceRange RingReader::kept() const noexcept {
  const std::uint64_t last = newest();
  return {.oldest = last >= keep_last_ ? last - keep_last_ + 1 : 1, .newest = last};
}

bool RingReader::seek(std::uint64_t sequence) noexcept {
  const SequenceRange range = kept();
  if (sequence < range.oldest || sequence > range.newest + 1) return false;
  sequence > cursor_ ? skip_to(sequence) : place_at(sequence);
  // What is read again is nobody's to wait for: the cursor that others see never goes back.
  tarn_cursor_publish(shown_cursor_, std::max(counted_, start_));
  return true;
}

}  // namespace tarn::ring
