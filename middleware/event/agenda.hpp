// What a wait set waits for, and which of it is ready, most urgent first. It neither sleeps nor rings
// nor reads a clock: the wait set does, and hands in the time. It owns callbacks and timers, not the
// sources. The wait set's thread; callbacks may add and remove. Adding allocates, nothing else does.
//
// Urgent is what has the higher priority; among equals, what went first last goes last next time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <tarn/limits.hpp>
#include <tarn/wait_set.hpp>

#include "middleware/event/event_counter.hpp"
#include "middleware/event/source.hpp"
#include "middleware/event/timer.hpp"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::event {

class Agenda {
 public:
  Agenda();
  ~Agenda();
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  // Requires for all three: not full(), and deadline or period positive where there is one.
  AttachmentId add_source(const Source& source, AttachOptions&& options, Time now);
  AttachmentId add_interval(std::chrono::nanoseconds period, Callback&& callback, int priority,
                            Time now);
  AttachmentId add_event(std::shared_ptr<EventCounter> event, Callback&& callback, int priority);
  // Tells a source that it was detached. False where there is no such id.
  bool remove(AttachmentId id) noexcept;
  // Whether it is looked at. False where there is no such id.
  bool pause(AttachmentId id, bool paused) noexcept;
  void clear() noexcept;

  [[nodiscard]] bool empty() const noexcept { return attachments_.empty(); }
  [[nodiscard]] bool full() const noexcept { return attachments_.size() >= kMaxAttachments; }
  // The first attachment that run() could not call.
  [[nodiscard]] std::optional<AttachmentId> without_callback() const noexcept;

  // Whom publishers had something for, as far as that was said: bit `waiter % ring::kHintBits` of each source.
  using Hints = std::span<const std::uint64_t, ring::kHintWords>;
  // Looks at these, at what had something the last time, and at all that is no source. What find() would
  // answer besides is for the next find().
  [[nodiscard]] bool find_hinted(Hints hints, Time now) noexcept;
  // Looks at everything. True if something is ready, for report() or call_next().
  [[nodiscard]] bool find(Time now) noexcept;
  // What find() found and is still so, all of it at once. Good until the next call of anything here.
  [[nodiscard]] std::span<const Ready> report(Time now) noexcept;
  // Calls back the most urgent of what find() found and is still so. False, and calls nothing, once
  // there is no more of it, or something more urgent became ready: find again.
  [[nodiscard]] bool call_next(Time now);
  [[nodiscard]] bool calling() const noexcept { return calling_ != nullptr; }

  // The steps of going to sleep: mark before the fence, the last look after it.
  void mark() noexcept;
  [[nodiscard]] bool stirs() const noexcept;
  // When a timer is due next; Time::max() for never.
  [[nodiscard]] Time next_time() const noexcept;

 private:
  struct Attachment;
  struct Found {
    Attachment* attachment;  // null once it was removed
    WaitReason reason;
  };

  Attachment& add(Callback&& callback, int priority);
  void sort_found() noexcept;
  void look_at(Attachment& attachment, Time now) noexcept;
  void look_at_source(Attachment& attachment, Time now) noexcept;
  void take_turns() noexcept;
  [[nodiscard]] static std::uint64_t take(Attachment& attachment, WaitReason reason,
                                          Time now) noexcept;
  [[nodiscard]] bool urgent_before(const Attachment& attachment, Time now) noexcept;
  void forget(Attachment& attachment) noexcept;

  std::vector<std::unique_ptr<Attachment>> attachments_;  // by falling priority, then age
  std::vector<Attachment*> clocked_;                      // of them, those with a timer, and events
  // Sources by the hint for them.
  std::array<std::vector<Attachment*>, ring::kHintBits> hinted_;
  std::array<std::uint64_t, ring::kHintWords> waiting_{};  // hints for what was found last
  std::vector<Found> found_;                               // has room for all there can be
  std::vector<Ready> ready_;                               // likewise
  std::size_t next_found_ = 0;
  Attachment* calling_ = nullptr;
  std::unique_ptr<Attachment> removed_while_called_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_turn_ = 0;
};

}  // namespace tarn::event
