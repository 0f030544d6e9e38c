#include <tarn/publisher.hpp>

#include "middleware/api/publisher_core.hpp"

namespace tarn::detail {

namespace {

Error forked_error() {
  return Error::make(Errc::Forked, 0,
                     "this publisher belongs to the parent process: open a node of your own after "
                     "fork");
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
    const directory::RingFacts& facts = port_->facts();
    const auto& area = *session_->mapping()->view().record<directory::RingRecordLayout>(
        session_->mapping()->view().geometry().rings, facts.index);
    session_->mapping()->revoke(area.area_offset, area.area_bytes);
    // Without a broker the ring becomes an orphan when this process ends or the broker is back.
    (void)session_->close_publisher(
        {.ring = facts.index, .ring_generation = facts.ring_generation});
  }
  delete this;
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

Result<LoanedBytes> PublisherHandle::loan() noexcept {
  if (core_->forked()) return Failure(forked_error());
  const auto memory = core_->port().loan();
  if (!memory) return Failure(memory.error());
  return LoanedBytes{.data = memory->data, .core = core_, .index = memory->index};
}

Result<Published> PublisherHandle::publish(LoanedBytes& loan, std::uint32_t length_bytes) noexcept {
  if (core_->forked()) return Failure(forked_error());
  if (loan.core != core_) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               loan.core == nullptr
                                   ? "this loan was published already or moved from"
                                   : "this loan was taken from another publisher"));
  }
  loan.core = nullptr;
  loan.data = nullptr;
  return core_->port().publish(loan.index, length_bytes);
}

Result<Published> PublisherHandle::send(const void* payload, std::uint32_t length_bytes) noexcept {
  if (core_->forked()) return Failure(forked_error());
  return core_->port().send(payload, length_bytes);
}

PublisherCounts PublisherHandle::counts() const noexcept { return core_->port().counts(); }

std::uint32_t PublisherHandle::subscriber_count() noexcept {
  return core_->forked() ? 0 : core_->port().subscriber_count();
}

}  // namespace tarn::detail
