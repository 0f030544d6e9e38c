// UntypedPublisher and UntypedSubscriber: messages as bytes of a type that the program learns when it
// runs, as bridges, recorders and gateways do. On the topic they are like any other: typed and untyped
// ends meet where name, size, alignment and hash of the type agree. Threads as Publisher<T> and
// Subscriber<T>; taking and publishing allocate nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <tarn/message.hpp>
#include <tarn/publisher.hpp>
#include <tarn/sample.hpp>
#include <tarn/subscriber.hpp>

namespace tarn {

// A MessageType that owns its texts.
struct RuntimeMessageType {
  // As those of MessageType.
  std::string name;
  std::uint32_t size_bytes = 0;
  std::uint32_t alignment = 0;
  std::uint64_t hash = 0;
  std::string fields;

  // The type as TARN_MESSAGE would describe it, with its hash. `fields` may be empty: the tools then
  // show bytes.
  [[nodiscard]] static RuntimeMessageType describe(std::string name, std::uint32_t size_bytes,
                                                   std::uint32_t alignment, std::string fields);
  // Messages of any number of bytes that nobody describes, such as "image/jpeg": name + "[]".
  [[nodiscard]] static RuntimeMessageType bytes(const std::string& name);
  // What this program knows when it is compiled, or a record says.
  [[nodiscard]] static RuntimeMessageType copy_of(const MessageType& type);

  // Good while this lives and does not change.
  [[nodiscard]] MessageType view() const noexcept;
  operator MessageType() const noexcept { return view(); }
};

// Memory for one message, to be filled and published. Uninitialised; aligned as the type asks.
class UntypedLoan : public detail::LoanHandle {
 public:
  // Requires: not published and not moved from.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept {
    return {static_cast<std::byte*>(bytes_.data), bytes_.length_bytes};
  }
  // The first `size_bytes` are published. Answers false and stays as it was when it has fewer.
  [[nodiscard]] bool try_shrink(std::size_t size_bytes) noexcept;

 private:
  friend class UntypedPublisher;
  using LoanHandle::LoanHandle;
};

// As Publisher<T>, for bytes.
class UntypedPublisher {
 public:
  // A slice has a whole number of elements, 0 to max_bytes(); another message its type's size.
  // InvalidArgument or TooLarge name what was asked and what is allowed. Also TooManyLoans, Forked.
  [[nodiscard]] Result<UntypedLoan> loan(std::size_t size_bytes) noexcept;
  // On an error the loan is kept. InvalidArgument as loan(), and for a loan of another publisher or one
  // already published; Forked.
  // What waits does as every Publisher's, with the same errors.
  [[nodiscard]] Result<Published> publish(UntypedLoan&& loan,
                                          const PublishOptions& options = {}) noexcept;
  [[nodiscard]] Result<Published> publish_and_wait(UntypedLoan&& loan,
                                                   std::chrono::nanoseconds timeout) noexcept;
  // Copies and publishes. The errors of loan() and publish().
  [[nodiscard]] Result<Published> send(std::span<const std::byte> message,
                                       const PublishOptions& options = {}) noexcept;

  // Of the messages.
  [[nodiscard]] const RuntimeMessageType& type() const noexcept { return type_; }
  // The size of the largest message.
  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return handle_.max_elements() * type_.size_bytes;
  }
  // What this publisher did so far.
  [[nodiscard]] PublisherCounts counts() const noexcept { return handle_.counts(); }
  // Subscriptions that read this publisher now.
  [[nodiscard]] std::uint32_t subscriber_count() noexcept { return handle_.subscriber_count(); }
  // As every Publisher's.
  [[nodiscard]] Result<void> wait_for_subscribers(std::uint32_t count,
                                                  std::chrono::nanoseconds timeout) noexcept {
    return handle_.wait_for_subscribers(count, timeout);
  }
  // As every Publisher's.
  [[nodiscard]] EndpointStatus status() noexcept { return handle_.status(); }

 private:
  friend class Node;
  [[nodiscard]] Result<void> check_size(const UntypedLoan& loan) const noexcept;
  UntypedPublisher(detail::PublisherHandle handle, RuntimeMessageType type) noexcept
      : handle_(std::move(handle)), type_(std::move(type)) {}

  detail::PublisherHandle handle_;
  RuntimeMessageType type_;
};

// A message as the bytes that were published; aligned as the type asks.
class UntypedSample
    : public detail::SampleHandle<detail::kLargestInlineBytes, kMaxMessageAlignment> {
 public:
  UntypedSample() noexcept = default;  // empty

  // None where the sample is empty.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return {static_cast<const std::byte*>(taken_.data),
            taken_.data == nullptr ? 0 : taken_.length_bytes};
  }

 private:
  friend class UntypedSubscriber;
};

// As Subscriber<T>, for bytes.
class UntypedSubscriber {
 public:
  // These do what those of Subscriber<T> do.
  [[nodiscard]] UntypedSample try_take() noexcept;
  [[nodiscard]] UntypedSample wait_take(std::chrono::nanoseconds timeout) noexcept;
  [[nodiscard]] UntypedSample wait_take_until(
      std::chrono::steady_clock::time_point deadline) noexcept;
  [[nodiscard]] UntypedSample read_latest() noexcept;
  [[nodiscard]] Result<int> fd() { return handle_.fd(); }

  // As every Subscriber's.
  [[nodiscard]] Result<void> seek(std::uint64_t sequence) noexcept {
    return handle_.seek(sequence);
  }
  // As every Subscriber's.
  [[nodiscard]] Result<void> seek(const PublisherIdentity& publisher,
                                  std::uint64_t sequence) noexcept {
    return handle_.seek(publisher, sequence);
  }

  // Of the messages: the one asked for, or the topic's where any would do.
  [[nodiscard]] const RuntimeMessageType& type() const noexcept { return type_; }
  // These do what those of Subscriber<T> do.
  [[nodiscard]] SubscriberCounts counts() const noexcept { return handle_.counts(); }
  [[nodiscard]] std::uint32_t publisher_count() noexcept { return handle_.publisher_count(); }
  // As every Subscriber's.
  [[nodiscard]] Result<void> wait_for_publishers(std::uint32_t count,
                                                 std::chrono::nanoseconds timeout) noexcept {
    return handle_.wait_for_publishers(count, timeout);
  }
  // As every Subscriber's.
  [[nodiscard]] EndpointStatus status() noexcept { return handle_.status(); }

 private:
  friend class Node;
  friend class WaitSet;
  UntypedSubscriber(detail::SubscriberHandle handle, RuntimeMessageType type) noexcept
      : handle_(std::move(handle)), type_(std::move(type)) {}

  detail::SubscriberHandle handle_;
  RuntimeMessageType type_;
};

}  // namespace tarn
