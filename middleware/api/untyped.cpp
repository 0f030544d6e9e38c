#include <tarn/untyped.hpp>

#include <tarn/node.hpp>

namespace tarn {

RuntimeMessageType RuntimeMessageType::describe(std::string name, std::uint32_t size_bytes,
                                                std::uint32_t alignment, std::string fields) {
  const std::string text = name + "(" + std::to_string(size_bytes) + "," +
                           std::to_string(alignment) + "){" + fields + "}";
  return {.name = std::move(name),
          .size_bytes = size_bytes,
          .alignment = alignment,
          .hash = detail::hash_text(text),
          .fields = std::move(fields)};
}

RuntimeMessageType RuntimeMessageType::bytes(const std::string& name) {
  return describe(name + "[]", 1, 1, {});
}

RuntimeMessageType RuntimeMessageType::copy_of(const MessageType& type) {
  return {.name = std::string(type.name),
          .size_bytes = type.size_bytes,
          .alignment = type.alignment,
          .hash = type.hash,
          .fields = std::string(type.fields)};
}

MessageType RuntimeMessageType::view() const noexcept {
  return {.name = name,
          .size_bytes = size_bytes,
          .alignment = alignment,
          .hash = hash,
          .fields = fields};
}

bool UntypedLoan::try_shrink(std::size_t size_bytes) noexcept {
  if (size_bytes > bytes_.length_bytes) return false;
  bytes_.length_bytes = static_cast<std::uint32_t>(size_bytes);
  return true;
}

Result<UntypedLoan> UntypedPublisher::loan(std::size_t size_bytes) noexcept {
  const auto count = handle_.count_of(size_bytes);
  if (!count) return Failure(count.error());
  const auto bytes = handle_.loan(*count);
  if (!bytes) return Failure(bytes.error());
  return UntypedLoan(*bytes);
}

// A loan that is none any more is refused later, in words of its own.
Result<void> UntypedPublisher::check_size(const UntypedLoan& loan) const noexcept {
  if (!loan) return {};
  if (const auto count = handle_.count_of(loan.bytes().size()); !count) {
    return Failure(count.error());
  }
  return {};
}

Result<Published> UntypedPublisher::publish(UntypedLoan&& loan,
                                            const PublishOptions& options) noexcept {
  if (auto sized = check_size(loan); !sized) return Failure(sized.error());
  return handle_.publish(loan.bytes_, options);
}

Result<Published> UntypedPublisher::publish_and_wait(UntypedLoan&& loan,
                                                     std::chrono::nanoseconds timeout) noexcept {
  if (auto sized = check_size(loan); !sized) return Failure(sized.error());
  return handle_.publish_and_wait(loan.bytes_, timeout);
}

Result<Published> UntypedPublisher::send(std::span<const std::byte> message,
                                         const PublishOptions& options) noexcept {
  const auto count = handle_.count_of(message.size());
  if (!count) return Failure(count.error());
  return handle_.send(message.data(), *count, options);
}

UntypedSample UntypedSubscriber::try_take() noexcept {
  UntypedSample sample;
  handle_.try_take(sample.taken_, sample.copy_.span());
  return sample;
}

UntypedSample UntypedSubscriber::wait_take(std::chrono::nanoseconds timeout) noexcept {
  return wait_take_until(detail::deadline_after(timeout));
}

UntypedSample UntypedSubscriber::wait_take_until(
    std::chrono::steady_clock::time_point deadline) noexcept {
  UntypedSample sample;
  handle_.wait_take(sample.taken_, sample.copy_.span(), deadline);
  return sample;
}

UntypedSample UntypedSubscriber::read_latest() noexcept {
  UntypedSample sample;
  handle_.read_latest(sample.taken_, sample.copy_.span());
  return sample;
}

}  // namespace tarn
