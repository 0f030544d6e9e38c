// TestedPublisher and TestedLoan of slices: as tested_publisher.hpp has them, with the calls that slices have.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "tests/contract/tested_publisher.hpp"

namespace tarn::test {

namespace detail {

// The most bytes of elements that are passed on.
inline constexpr std::size_t kCarriedBytes = 16 * 1024;

template <typename T>
struct RemoteSlice {
  Remote loan;
  std::vector<T> elements;
  bool out = true;  // not published yet
};

// Elements on their way to another process.
template <typename T>
struct CarriedElements {
  std::size_t count = 0;
  std::array<std::byte, kCarriedBytes> bytes;

  static CarriedElements of(std::span<const T> elements) {
    CarriedElements carried;
    carried.count = elements.size();
    if (elements.size_bytes() > kCarriedBytes) throw std::length_error("more than tests carry");
    if (!elements.empty()) {
      std::memcpy(carried.bytes.data(), elements.data(), elements.size_bytes());
    }
    return carried;
  }
  [[nodiscard]] std::vector<T> elements() const {
    std::vector<T> copies(count);
    if (count != 0) std::memcpy(copies.data(), bytes.data(), count * sizeof(T));
    return copies;
  }
};

}  // namespace detail

template <typename T>
class TestedLoan<Slice<T>> {
 public:
  explicit TestedLoan(Loan<Slice<T>> loan) : loan_(std::move(loan)) {}
  TestedLoan(detail::Remote loan, std::size_t count)
      : loan_(std::make_unique<detail::RemoteSlice<T>>(
            detail::RemoteSlice<T>{.loan = std::move(loan), .elements = std::vector<T>(count)})) {}

  explicit operator bool() const {
    if (const auto* here = std::get_if<0>(&loan_)) return static_cast<bool>(*here);
    return std::get<1>(loan_) != nullptr && std::get<1>(loan_)->out;
  }
  [[nodiscard]] std::span<T> span() const {
    if (const auto* here = std::get_if<0>(&loan_)) return here->span();
    return std::get<1>(loan_)->elements;
  }
  std::span<T> operator*() const { return span(); }
  T& operator[](std::size_t index) const { return span()[index]; }
  [[nodiscard]] auto begin() const { return span().begin(); }
  [[nodiscard]] auto end() const { return span().end(); }
  [[nodiscard]] std::size_t size() const { return span().size(); }
  [[nodiscard]] bool try_shrink(std::size_t count) {
    if (auto* here = std::get_if<0>(&loan_)) return here->try_shrink(count);
    auto& elements = std::get<1>(loan_)->elements;
    if (count > elements.size()) return false;
    elements.resize(count);
    return true;
  }

 private:
  template <typename>
  friend class TestedPublisher;
  std::variant<Loan<Slice<T>>, std::unique_ptr<detail::RemoteSlice<T>>> loan_;
};

template <typename T>
class TestedPublisher<Slice<T>> {
 public:
  explicit TestedPublisher(Publisher<Slice<T>> publisher) : publisher_(std::move(publisher)) {}
  explicit TestedPublisher(detail::Remote publisher) : publisher_(std::move(publisher)) {}

  [[nodiscard]] Result<TestedLoan<Slice<T>>> loan(std::size_t count) {
    if (auto* here = std::get_if<0>(&publisher_)) {
      return here->loan(count).map(
          [](Loan<Slice<T>>&& loan) { return TestedLoan<Slice<T>>(std::move(loan)); });
    }
    struct Request {
      std::uint64_t number;
      std::size_t count;
    };
    const auto made = call(
        +[](Objects& objects, const Request& asked) {
          auto loan = objects.get<Publisher<Slice<T>>>(asked.number).loan(asked.count);
          const std::uint64_t kept = loan ? objects.keep(std::move(*loan)) : 0;
          return detail::Carried<std::uint64_t>::of(loan, kept);
        },
        Request{there().number(), count});
    return made.result().map([&](std::uint64_t number) {
      return TestedLoan<Slice<T>>(detail::Remote(there().process(), number), count);
    });
  }

  [[nodiscard]] Result<Published> publish(TestedLoan<Slice<T>>&& loan) {
    if (auto* here = std::get_if<0>(&publisher_)) {
      return here->publish(std::move(std::get<0>(loan.loan_)));
    }
    return publish_there(*std::get<1>(loan.loan_));
  }

  [[nodiscard]] Result<Published> send(std::span<const T> elements) {
    if (auto* here = std::get_if<0>(&publisher_)) return here->send(elements);
    struct Request {
      std::uint64_t number;
      detail::CarriedElements<T> carried;
    };
    return call(
               +[](Objects& objects, const Request& asked) {
                 auto& publisher = objects.get<Publisher<Slice<T>>>(asked.number);
                 const auto sent = publisher.send(asked.carried.elements());
                 return detail::Carried<Published>::of(sent, sent.value_or(Published{}));
               },
               Request{there().number(), detail::CarriedElements<T>::of(elements)})
        .result();
  }

  [[nodiscard]] std::size_t max_elements() {
    if (auto* here = std::get_if<0>(&publisher_)) return here->max_elements();
    return call(
        +[](Objects& objects, const std::uint64_t& number) {
          return objects.get<Publisher<Slice<T>>>(number).max_elements();
        },
        there().number());
  }
  [[nodiscard]] PublisherCounts counts() {
    if (auto* here = std::get_if<0>(&publisher_)) return here->counts();
    return call(
        +[](Objects& objects, const std::uint64_t& number) {
          return objects.get<Publisher<Slice<T>>>(number).counts();
        },
        there().number());
  }
  [[nodiscard]] std::uint32_t subscriber_count() {
    if (auto* here = std::get_if<0>(&publisher_)) return here->subscriber_count();
    return call(
        +[](Objects& objects, const std::uint64_t& number) {
          return objects.get<Publisher<Slice<T>>>(number).subscriber_count();
        },
        there().number());
  }

 private:
  [[nodiscard]] detail::Remote& there() { return std::get<1>(publisher_); }
  template <typename Reply, typename Request>
  Reply call(Reply (*run)(Objects&, const Request&), const Request& request) {
    return there().process()->call(run, request);
  }

  Result<Published> publish_there(detail::RemoteSlice<T>& loan) {
    struct Request {
      std::uint64_t publisher;
      std::uint64_t loan;
      detail::CarriedElements<T> carried;
    };
    struct Reply {
      detail::Carried<Published> published;
      bool loan_is_out;
    };
    const Reply reply = call(
        +[](Objects& objects, const Request& asked) {
          auto& borrowed = objects.get<Loan<Slice<T>>>(asked.loan);
          if (borrowed && borrowed.try_shrink(asked.carried.count)) {
            std::ranges::copy(asked.carried.elements(), borrowed.begin());
          }
          auto& publisher = objects.get<Publisher<Slice<T>>>(asked.publisher);
          const auto published = publisher.publish(std::move(borrowed));
          return Reply{detail::Carried<Published>::of(published, published.value_or(Published{})),
                       static_cast<bool>(borrowed)};
        },
        Request{there().number(), loan.loan.number(),
                detail::CarriedElements<T>::of(loan.elements)});
    loan.out = reply.loan_is_out;
    return reply.published.result();
  }

  std::variant<Publisher<Slice<T>>, detail::Remote> publisher_;
};

}  // namespace tarn::test
