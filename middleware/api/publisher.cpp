#include <tarn/publisher.hpp>

#include "middleware/api/publisher_core.hpp"
#include "middleware/directory/record_state.hpp"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::detail {

using vocabulary::Printable;

namespace {

Error forked_error() {
  return Error::make(Errc::Forked, 0,
                     "this publisher belongs to the parent process: open a node of your own after "
                     "fork");
}

Error not_ours(const LoanedBytes& loan) {
  return Error::make(Errc::InvalidArgument, 0,
                     loan.core == nullptr ? "this loan was published already or moved from"
                                          : "this loan was taken from another publisher");
}

port::Provenance provenance(const PublishOptions& options) noexcept {
  return {.stamp_ns = options.stamp_ns, .lost_before = options.lost_before};
}

}  // namespace

void PublisherCore::drop_handle() noexcept {
  handle_gone_ = true;
  close_if_unused();
}

void PublisherCore::drop_loan(std::uint32_t index) noexcept {
  port_->give_back(index);
  close_if_unused();
}

void PublisherCore::close_if_unused() noexcept {
  if (!handle_gone_ || port_->loans_out() != 0) return;
  if (!forked()) {
    port_->close();
    // As they were granted: once a broker has seen the ring closed, its record may be another's.
    const directory::RingFacts& facts = port_->facts();
    session_->mapping()->revoke(facts.area_offset, facts.area_bytes);
    // Without a broker the ring becomes an orphan when this process ends or the broker is back.
    (void)session_->close_publisher(
        {.ring = facts.index, .ring_generation = facts.ring_generation});
  }
  delete this;
}

const directory::TopicRecordLayout& PublisherCore::topic() const noexcept {
  // The port was made only because there is one.
  const pool::PoolView& pool = session_->mapping()->view();
  return *pool.record<directory::TopicRecordLayout>(pool.geometry().topics, port_->facts().topic);
}

Error PublisherCore::too_many(std::size_t count) const noexcept {
  const auto name = directory::text_in(topic().name);
  return Error::make(
      Errc::TooLarge, 0,
      "topic '%s': a message of %zu elements of %u bytes; this publisher may send at "
      "most %u elements (%u bytes): ask for more with max_elements, or raise `size` of "
      "the topic",
      Printable(name).c_str(), count, element_bytes_, max_elements_,
      max_elements_ * element_bytes_);
}

Result<std::size_t> PublisherCore::count_of(std::size_t bytes) const noexcept {
  if (bytes == element_bytes_) return std::size_t{1};
  if (slice_ && bytes % element_bytes_ == 0) return bytes / element_bytes_;
  const auto name = directory::text_in(topic().name);
  return Failure(Error::make(
      bytes > element_bytes_ && !slice_ ? Errc::TooLarge : Errc::InvalidArgument, 0,
      "topic '%s': a message of %zu bytes; a message of type %s has %s%u", Printable(name).c_str(),
      bytes, Printable(directory::text_in(topic().type_name)).c_str(),
      slice_ ? "a multiple of " : "", element_bytes_));
}

void give_back(LoanedBytes& loan) noexcept {
  PublisherCore* core = loan.core;
  const std::uint32_t index = loan.index;
  loan = {};
  core->drop_loan(index);
}

PublisherHandle::~PublisherHandle() {
  if (core_ != nullptr) core_->drop_handle();
}

namespace {

// Whether the loan may be published now; waits for room where there is none.
inline Result<void> ready_for(PublisherCore& core, const LoanedBytes& loan,
                              const std::optional<std::chrono::nanoseconds>& timeout) noexcept {
  if (core.forked()) return Failure(forked_error());
  if (core.domain_reset()) return Failure(PublisherCore::reset_error());
  if (loan.core != &core) return Failure(not_ours(loan));
  if (core.port().has_room()) return {};
  return core.make_room(timeout);
}

}  // namespace

Result<LoanedBytes> PublisherHandle::loan(std::size_t count) noexcept {
  if (core_->forked()) return Failure(forked_error());
  if (core_->domain_reset()) return Failure(PublisherCore::reset_error());
  const auto bytes = core_->bytes_of(count);
  if (!bytes) return Failure(bytes.error());
  const auto memory = core_->port().loan();
  if (!memory) return Failure(memory.error());
  return LoanedBytes{
      .data = memory->data, .core = core_, .index = memory->index, .length_bytes = *bytes};
}

Result<Published> PublisherHandle::publish(LoanedBytes& loan) noexcept {
  if (auto ready = ready_for(*core_, loan, {}); !ready) return Failure(ready.error());
  loan.core = nullptr;
  loan.data = nullptr;
  return core_->port().publish(loan.index, loan.length_bytes);
}

Result<Published> PublisherHandle::publish(LoanedBytes& loan,
                                           const PublishOptions& options) noexcept {
  if (auto ready = ready_for(*core_, loan, options.timeout); !ready) return Failure(ready.error());
  loan.core = nullptr;
  loan.data = nullptr;
  return core_->port().publish(loan.index, loan.length_bytes, provenance(options));
}

Result<Published> PublisherHandle::publish_and_wait(LoanedBytes& loan,
                                                    std::chrono::nanoseconds timeout) noexcept {
  if (auto reliable = core_->check_reliable(); !reliable) return Failure(reliable.error());
  const auto deadline = platform::deadline_after(timeout);
  auto published = publish(loan, {.timeout = timeout});
  if (!published) return published;
  if (auto taken = core_->wait_taken(published->sequence, deadline); !taken) {
    return Failure(taken.error());
  }
  return published;
}

Result<Published> PublisherHandle::send(const void* elements, std::size_t count) noexcept {
  return send(elements, count, PublishOptions{});
}

Result<Published> PublisherHandle::send(const void* elements, std::size_t count,
                                        const PublishOptions& options) noexcept {
  if (core_->forked()) return Failure(forked_error());
  if (core_->domain_reset()) return Failure(PublisherCore::reset_error());
  const auto bytes = core_->bytes_of(count);
  if (!bytes) return Failure(bytes.error());
  if (!core_->port().has_room()) {
    if (auto room = core_->make_room(options.timeout); !room) return Failure(room.error());
  }
  return core_->port().send(elements, *bytes, provenance(options));
}

Result<std::size_t> PublisherHandle::count_of(std::size_t bytes) const noexcept {
  if (core_->forked()) return Failure(forked_error());
  return core_->count_of(bytes);
}

std::size_t PublisherHandle::max_elements() const noexcept { return core_->max_elements(); }

PublisherCounts PublisherHandle::counts() const noexcept { return core_->port().counts(); }

std::uint32_t PublisherHandle::subscriber_count() noexcept {
  return core_->forked() ? 0 : core_->port().subscriber_count();
}

}  // namespace tarn::detail
