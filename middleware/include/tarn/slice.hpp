// Slice<T>: a message of as many T as its publisher has this time, from none up to a maximum. It names
// a message type and is never an object: a publisher loans room for n elements and publishes those, a
// subscriber gets exactly those. Both only agree on T; the maximum is the publisher's own affair.
//
//   auto publisher = node.publisher<tarn::Slice<Point>>("scan", {.max_elements = 1000}).value();
//   auto loan = publisher.loan(points_seen).value();
//   for (Point& point : *loan) point = next();
//   publisher.publish(std::move(loan)).value();
//
//   if (auto sample = subscriber.try_take()) for (const Point& point : *sample) use(point);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <tarn/message.hpp>
#include <tarn/publisher.hpp>
#include <tarn/sample.hpp>

namespace tarn {

template <typename T>
struct Slice {
  static_assert(require_message<T>());
  Slice() = delete;
};

// Memory for the elements of one message, to be filled and published. Uninitialised.
template <typename T>
class Loan<Slice<T>> : public detail::LoanHandle {
 public:
  // Requires: not published and not moved from.
  [[nodiscard]] std::span<T> span() const noexcept {
    return {static_cast<T*>(bytes_.data), bytes_.length_bytes / sizeof(T)};
  }

  // The elements. Requires: as span(), and index < size().
  std::span<T> operator*() const noexcept { return span(); }
  T& operator[](std::size_t index) const noexcept { return span()[index]; }
  [[nodiscard]] T* data() const noexcept { return span().data(); }
  [[nodiscard]] T* begin() const noexcept { return data(); }
  [[nodiscard]] T* end() const noexcept { return data() + size(); }
  // How many elements there are.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.length_bytes / sizeof(T); }

  // Fewer elements will do: the first `count` are published. Answers false and stays as it was when
  // it has fewer than that.
  [[nodiscard]] bool try_shrink(std::size_t count) noexcept {
    if (count > size()) return false;
    bytes_.length_bytes = static_cast<std::uint32_t>(count * sizeof(T));
    return true;
  }

 private:
  friend class Publisher<Slice<T>>;
  using LoanHandle::LoanHandle;
};

// One publisher of a topic that carries slices. Threads and lifetime as of every Publisher.
template <typename T>
class Publisher<Slice<T>> {
 public:
  // Room for `count` elements, 0 to max_elements(). TooLarge names both; TooManyLoans when every loan
  // of this publisher is out; Forked.
  [[nodiscard]] Result<Loan<Slice<T>>> loan(std::size_t count) noexcept {
    return handle_.loan(count).map(
        [](const detail::LoanedBytes& bytes) { return Loan<Slice<T>>(bytes); });
  }
  // Hands the elements to every subscriber. On an error the loan is kept. Each of these does what that of
  // every Publisher does, with the same errors.
  [[nodiscard]] Result<Published> publish(Loan<Slice<T>>&& loan) noexcept {
    return handle_.publish(loan.bytes_);
  }
  // The same, otherwise than the topic says.
  [[nodiscard]] Result<Published> publish(Loan<Slice<T>>&& loan,
                                          const PublishOptions& options) noexcept {
    return handle_.publish(loan.bytes_, options);
  }
  // Rendezvous.
  [[nodiscard]] Result<Published> publish_and_wait(Loan<Slice<T>>&& loan,
                                                   std::chrono::nanoseconds timeout) noexcept {
    return handle_.publish_and_wait(loan.bytes_, timeout);
  }
  // Copies and publishes. The errors of loan() and publish().
  [[nodiscard]] Result<Published> send(std::span<const T> elements) noexcept {
    return handle_.send(elements.data(), elements.size());
  }
  // The same, otherwise than the topic says.
  [[nodiscard]] Result<Published> send(std::span<const T> elements,
                                       const PublishOptions& options) noexcept {
    return handle_.send(elements.data(), elements.size(), options);
  }

  // The most elements of one message.
  [[nodiscard]] std::size_t max_elements() const noexcept { return handle_.max_elements(); }
  // What this publisher did so far.
  [[nodiscard]] PublisherCounts counts() const noexcept { return handle_.counts(); }
  // Subscriptions that read this publisher now.
  [[nodiscard]] std::uint32_t subscriber_count() noexcept { return handle_.subscriber_count(); }

 private:
  friend class Node;
  explicit Publisher(detail::PublisherHandle handle) noexcept : handle_(std::move(handle)) {}

  detail::PublisherHandle handle_;
};

// A message of the topic as exactly the elements that were published; where the pool has them they are
// read there.
template <typename T>
class Sample<Slice<T>> : public detail::SampleHandle<detail::kLargestInlineBytes, alignof(T)> {
 public:
  Sample() noexcept = default;  // empty

  // No elements where the sample is empty.
  [[nodiscard]] std::span<const T> span() const noexcept {
    return {static_cast<const T*>(this->taken_.data), size()};
  }

  // The elements. Requires: index < size().
  std::span<const T> operator*() const noexcept { return span(); }
  const T& operator[](std::size_t index) const noexcept { return span()[index]; }
  [[nodiscard]] const T* data() const noexcept { return span().data(); }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size(); }
  // How many elements there are.
  [[nodiscard]] std::size_t size() const noexcept {
    return this->taken_.data == nullptr ? 0 : this->taken_.length_bytes / sizeof(T);
  }

 private:
  friend class Subscriber<Slice<T>>;
};

}  // namespace tarn
