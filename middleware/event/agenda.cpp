#include "middleware/event/agenda.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace tarn::event {

namespace {

constexpr std::size_t kReasonsAtOnce = 3;  // a source: a message, a deadline, a status

}  // namespace

struct Agenda::Attachment {
  AttachmentId id{};
  int priority = 0;
  std::uint64_t turn = 0;  // when it went first last
  Callback callback{};
  Source source{};                        // without functions for intervals and events
  std::shared_ptr<EventCounter> event{};  // none for the others
  Timer timer{};                          // of an interval, or a source's deadline
  std::uint64_t arrivals_seen = 0;
  std::uint64_t status_seen = 0;
  bool reports_status = false;
  bool paused = false;

  [[nodiscard]] bool is_source() const noexcept { return source.functions != nullptr; }
  [[nodiscard]] std::uint64_t status() const noexcept {
    return source.functions->status_changes(source.object);
  }
};

Agenda::Agenda() = default;
Agenda::~Agenda() { clear(); }

Agenda::Attachment& Agenda::add(Callback&& callback, int priority) {
  auto made = std::make_unique<Attachment>();
  made->id = AttachmentId{++last_id_};
  made->priority = priority;
  made->callback = std::move(callback);
  // Of all of them, and of the one that urgent_before() looks at once more.
  const std::size_t most_found = kReasonsAtOnce * (attachments_.size() + 2);
  if (found_.capacity() < most_found) {
    found_.reserve(2 * most_found);
    ready_.reserve(2 * most_found);
  }
  const auto behind =
      std::upper_bound(attachments_.begin(), attachments_.end(), priority,
                       [](int wanted, const auto& present) { return wanted > present->priority; });
  return **attachments_.insert(behind, std::move(made));
}

AttachmentId Agenda::add_source(const Source& source, AttachOptions&& options, Time now) {
  Attachment& added = add(std::move(options.callback), options.priority);
  added.source = source;
  hinted_[source.waiter % ring::kHintBits].push_back(&added);
  added.reports_status = options.status;
  if (options.status) added.status_seen = added.status();
  if (options.deadline > std::chrono::nanoseconds::zero()) {
    added.timer = Timer(options.deadline, now);
    clocked_.push_back(&added);
    added.arrivals_seen = source.functions->arrivals(source.object);
  }
  return added.id;
}

AttachmentId Agenda::add_interval(std::chrono::nanoseconds period, Callback&& callback,
                                  int priority, Time now) {
  Attachment& added = add(std::move(callback), priority);
  added.timer = Timer(period, now);
  clocked_.push_back(&added);
  return added.id;
}

AttachmentId Agenda::add_event(std::shared_ptr<EventCounter> event, Callback&& callback,
                               int priority) {
  Attachment& added = add(std::move(callback), priority);
  added.event = std::move(event);
  clocked_.push_back(&added);
  return added.id;
}

void Agenda::forget(Attachment& attachment) noexcept {
  for (Found& found : found_) {
    if (found.attachment == &attachment) found.attachment = nullptr;
  }
  std::erase(clocked_, &attachment);
  if (!attachment.is_source()) return;
  std::erase(hinted_[attachment.source.waiter % ring::kHintBits], &attachment);
  attachment.source.functions->detached(attachment.source.object);
}

bool Agenda::remove(AttachmentId id) noexcept {
  const auto place = std::find_if(attachments_.begin(), attachments_.end(),
                                  [&](const auto& attachment) { return attachment->id == id; });
  if (place == attachments_.end()) return false;
  forget(**place);
  // A callback that removes itself is still being called.
  if (place->get() == calling_) removed_while_called_ = std::move(*place);
  attachments_.erase(place);
  return true;
}

bool Agenda::pause(AttachmentId id, bool paused) noexcept {
  for (const auto& attachment : attachments_) {
    if (attachment->id != id) continue;
    attachment->paused = paused;
    // What rang meanwhile was not looked at.
    if (attachment->is_source()) {
      const std::uint32_t bit = attachment->source.waiter % ring::kHintBits;
      waiting_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
    return true;
  }
  return false;
}

void Agenda::clear() noexcept {
  while (!attachments_.empty()) remove(attachments_.back()->id);
}

std::optional<AttachmentId> Agenda::without_callback() const noexcept {
  for (const auto& attachment : attachments_) {
    if (!attachment->callback) return attachment->id;
  }
  return std::nullopt;
}

void Agenda::look_at_source(Attachment& attachment, Time now) noexcept {
  const Source& source = attachment.source;
  // Even when nobody waits for the answer: it follows what changed.
  if (source.functions->ready(source.object)) {
    found_.push_back({&attachment, WaitReason::Message});
    const std::uint32_t bit = source.waiter % ring::kHintBits;
    waiting_[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
  if (attachment.timer.runs()) {
    const std::uint64_t arrivals = source.functions->arrivals(source.object);
    if (std::exchange(attachment.arrivals_seen, arrivals) != arrivals) {
      attachment.timer.restart(now);
    } else if (attachment.timer.due(now)) {
      found_.push_back({&attachment, WaitReason::DeadlineMissed});
    }
  }
  if (attachment.reports_status && attachment.status() != attachment.status_seen) {
    found_.push_back({&attachment, WaitReason::Status});
  }
}

void Agenda::look_at(Attachment& attachment, Time now) noexcept {
  if (attachment.paused) return;
  if (attachment.is_source()) {
    look_at_source(attachment, now);
  } else if (attachment.event != nullptr) {
    if (attachment.event->pending()) found_.push_back({&attachment, WaitReason::Event});
  } else if (attachment.timer.due(now)) {
    found_.push_back({&attachment, WaitReason::Interval});
  }
}

bool Agenda::find(Time now) noexcept {
  found_.clear();
  waiting_ = {};
  for (const auto& attachment : attachments_) look_at(*attachment, now);
  sort_found();
  return !found_.empty();
}

bool Agenda::find_hinted(Hints hints, Time now) noexcept {
  found_.clear();
  for (Attachment* attachment : clocked_) {
    // A source whose time is over may be among those hinted at as well: simpler to look at all.
    if (attachment->is_source() && attachment->timer.due(now)) return find(now);
    if (!attachment->is_source()) look_at(*attachment, now);
  }
  auto wanted = std::exchange(waiting_, {});
  for (std::size_t word = 0; word < wanted.size(); ++word) {
    for (std::uint64_t bits = wanted[word] | hints[word]; bits != 0; bits &= bits - 1) {
      const auto bit = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      for (Attachment* attachment : hinted_[bit]) look_at(*attachment, now);
    }
  }
  sort_found();
  return !found_.empty();
}

void Agenda::sort_found() noexcept {
  next_found_ = 0;
  std::sort(found_.begin(), found_.end(), [](const Found& left, const Found& right) {
    const auto rank = [](const Found& found) {
      const Attachment& attachment = *found.attachment;
      return std::tuple(-std::int64_t{attachment.priority}, attachment.turn, attachment.id,
                        found.reason);
    };
    return rank(left) < rank(right);
  });
}

// What was found may be there no more by now: taken by another callback. 0 then.
std::uint64_t Agenda::take(Attachment& attachment, WaitReason reason, Time now) noexcept {
  if (attachment.paused) return 0;  // since it was found
  switch (reason) {
    case WaitReason::Message:
      return attachment.source.functions->ready(attachment.source.object) ? 1 : 0;
    case WaitReason::Event:
      return attachment.event->take();
    case WaitReason::Interval:
    case WaitReason::DeadlineMissed:
      return attachment.timer.take(now);
    case WaitReason::Status: {
      const std::uint64_t status = attachment.status();
      return std::exchange(attachment.status_seen, status) != status ? 1 : 0;
    }
  }
  return 0;
}

// In a report everybody is heard, but who reads only its beginning shall not hear the same one always.
void Agenda::take_turns() noexcept {
  const Attachment* before = nullptr;
  for (const Found& found : found_) {
    if (before == nullptr || before->priority != found.attachment->priority) {
      found.attachment->turn = ++last_turn_;
    }
    before = found.attachment;
  }
}

std::span<const Ready> Agenda::report(Time now) noexcept {
  ready_.clear();
  take_turns();
  for (const Found& found : found_) {
    const std::uint64_t count = take(*found.attachment, found.reason, now);
    if (count != 0) ready_.push_back({found.attachment->id, found.reason, count});
  }
  found_.clear();
  return ready_;
}

// Whether something more urgent than this attachment is ready. They come first in the list.
bool Agenda::urgent_before(const Attachment& attachment, Time now) noexcept {
  const std::size_t known = found_.size();
  for (const auto& other : attachments_) {
    if (other->priority <= attachment.priority) break;
    look_at(*other, now);
    if (found_.size() != known) return true;
  }
  return false;
}

bool Agenda::call_next(Time now) {
  while (next_found_ < found_.size()) {
    const Found found = found_[next_found_];
    if (found.attachment == nullptr) {
      ++next_found_;
      continue;
    }
    if (urgent_before(*found.attachment, now)) return false;
    ++next_found_;
    const std::uint64_t count = take(*found.attachment, found.reason, now);
    if (count == 0) continue;
    found.attachment->turn = ++last_turn_;
    calling_ = found.attachment;
    calling_->callback({found.attachment->id, found.reason, count});
    calling_ = nullptr;
    removed_while_called_.reset();
    return true;
  }
  return false;
}

void Agenda::mark() noexcept {
  for (const auto& attachment : attachments_) {
    if (attachment->paused || !attachment->is_source()) continue;
    attachment->source.functions->mark(attachment->source.object);
  }
}

bool Agenda::stirs() const noexcept {
  return std::any_of(attachments_.begin(), attachments_.end(), [](const auto& attachment) {
    if (attachment->paused) return false;
    if (attachment->is_source()) {
      return attachment->source.functions->stirs(attachment->source.object);
    }
    return attachment->event != nullptr && attachment->event->pending();
  });
}

Time Agenda::next_time() const noexcept {
  Time next = Time::max();
  for (const Attachment* attachment : clocked_) {
    if (!attachment->paused) next = std::min(next, attachment->timer.next());
  }
  return next;
}

}  // namespace tarn::event
