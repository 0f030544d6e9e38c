// The publishing side as the contract suite sees it: a node, its publishers and their loans, in this process
// or in another, with the calls of tarn's own. Over here a TestedPublisher<M> is a Publisher<M>; one that
// stands for a publisher elsewhere passes every call on, and its loans are filled here and copied there.
// Threads as Publisher<M>.
#pragma once

#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <tarn/tarn.hpp>

#include "tests/contract/publishing_process.hpp"

namespace tarn::test {

namespace detail {

// A Result on its way between processes.
template <typename T>
struct Carried {
  bool good = false;
  T value{};
  Errc code{};
  int system_errno = 0;
  std::array<char, Error::kTextBytes> text{};

  template <typename R>
  static Carried of(const Result<R>& result, T value) {
    Carried carried{.good = result.has_value(), .value = value};
    if (result) return carried;
    carried.code = result.error().code();
    carried.system_errno = result.error().system_errno();
    std::strncpy(carried.text.data(), result.error().message(), carried.text.size() - 1);
    return carried;
  }
  [[nodiscard]] Result<T> result() const {
    if (good) return value;
    return Failure(Error::restore(code, system_errno, text.data()));
  }
};

// A thing in another process; goes there when this goes here.
class Remote {
 public:
  Remote(std::shared_ptr<PublishingProcess> process, std::uint64_t number)
      : process_(std::move(process)), number_(number) {}
  ~Remote() {
    if (process_) process_->drop(number_);
  }
  Remote(Remote&& other) noexcept = default;
  Remote& operator=(Remote&& other) noexcept {
    std::swap(process_, other.process_);
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] const std::shared_ptr<PublishingProcess>& process() const { return process_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  std::shared_ptr<PublishingProcess> process_;
  std::uint64_t number_;
};

template <typename M>
struct RemoteLoan {
  Remote loan;
  M message;
  bool out = true;  // not published yet
};

}  // namespace detail

template <typename M>
class TestedLoan {
 public:
  explicit TestedLoan(Loan<M> loan) : loan_(std::move(loan)) {}
  explicit TestedLoan(detail::Remote loan)
      : loan_(std::make_unique<detail::RemoteLoan<M>>(
            detail::RemoteLoan<M>{.loan = std::move(loan), .message{}})) {}

  explicit operator bool() const {
    if (const auto* here = std::get_if<0>(&loan_)) return static_cast<bool>(*here);
    return std::get<1>(loan_) != nullptr && std::get<1>(loan_)->out;
  }
  M& operator*() const {
    if (const auto* here = std::get_if<0>(&loan_)) return **here;
    return std::get<1>(loan_)->message;
  }
  M* operator->() const { return &**this; }

 private:
  template <typename>
  friend class TestedPublisher;
  std::variant<Loan<M>, std::unique_ptr<detail::RemoteLoan<M>>> loan_;
};

template <typename M>
class TestedPublisher {
 public:
  explicit TestedPublisher(Publisher<M> publisher) : publisher_(std::move(publisher)) {}
  explicit TestedPublisher(detail::Remote publisher) : publisher_(std::move(publisher)) {}

  [[nodiscard]] Result<TestedLoan<M>> loan() {
    if (auto* here = std::get_if<0>(&publisher_)) {
      return here->loan().map([](Loan<M>&& loan) { return TestedLoan<M>(std::move(loan)); });
    }
    const auto made = call(
        +[](Objects& objects, const std::uint64_t& number) {
          auto loan = objects.get<Publisher<M>>(number).loan();
          const std::uint64_t kept = loan ? objects.keep(std::move(*loan)) : 0;
          return detail::Carried<std::uint64_t>::of(loan, kept);
        },
        there().number());
    return made.result().map([this](std::uint64_t number) {
      return TestedLoan<M>(detail::Remote(there().process(), number));
    });
  }

  [[nodiscard]] Result<Published> publish(TestedLoan<M>&& loan,
                                          const PublishOptions& options = {}) {
    if (auto* here = std::get_if<0>(&publisher_)) {
      return here->publish(std::move(std::get<0>(loan.loan_)), options);
    }
    return publish_there(*std::get<1>(loan.loan_), {.options = options});
  }
  [[nodiscard]] Result<Published> publish_and_wait(TestedLoan<M>&& loan,
                                                   std::chrono::nanoseconds timeout) {
    if (auto* here = std::get_if<0>(&publisher_)) {
      return here->publish_and_wait(std::move(std::get<0>(loan.loan_)), timeout);
    }
    return publish_there(*std::get<1>(loan.loan_), {.rendezvous = timeout});
  }

  [[nodiscard]] Result<Published> send(const M& message, const PublishOptions& options = {}) {
    if (auto* here = std::get_if<0>(&publisher_)) return here->send(message, options);
    struct Request {
      std::uint64_t number;
      PublishOptions options;
      M message;
    };
    return call(
               +[](Objects& objects, const Request& request) {
                 const auto sent = objects.get<Publisher<M>>(request.number)
                                       .send(request.message, request.options);
                 return detail::Carried<Published>::of(sent, sent.value_or(Published{}));
               },
               Request{there().number(), options, message})
        .result();
  }

  [[nodiscard]] PublisherCounts counts() {
    if (auto* here = std::get_if<0>(&publisher_)) return here->counts();
    return call(
        +[](Objects& objects, const std::uint64_t& number) {
          return objects.get<Publisher<M>>(number).counts();
        },
        there().number());
  }
  [[nodiscard]] std::uint32_t subscriber_count() {
    if (auto* here = std::get_if<0>(&publisher_)) return here->subscriber_count();
    return call(
        +[](Objects& objects, const std::uint64_t& number) {
          return objects.get<Publisher<M>>(number).subscriber_count();
        },
        there().number());
  }

 private:
  struct HowThere {
    PublishOptions options{};
    std::optional<std::chrono::nanoseconds> rendezvous{};
  };

  [[nodiscard]] detail::Remote& there() { return std::get<1>(publisher_); }
  template <typename Reply, typename Request>
  Reply call(Reply (*run)(Objects&, const Request&), const Request& request) {
    return there().process()->call(run, request);
  }

  Result<Published> publish_there(detail::RemoteLoan<M>& loan, const HowThere& how) {
    struct Request {
      std::uint64_t publisher;
      std::uint64_t loan;
      HowThere how;
      M message;
    };
    struct Reply {
      detail::Carried<Published> published;
      bool loan_is_out;
    };
    const Reply reply = call(
        +[](Objects& objects, const Request& request) {
          auto& publisher = objects.get<Publisher<M>>(request.publisher);
          auto& borrowed = objects.get<Loan<M>>(request.loan);
          if (borrowed) *borrowed = request.message;
          const auto published =
              request.how.rendezvous
                  ? publisher.publish_and_wait(std::move(borrowed), *request.how.rendezvous)
                  : publisher.publish(std::move(borrowed), request.how.options);
          return Reply{detail::Carried<Published>::of(published, published.value_or(Published{})),
                       static_cast<bool>(borrowed)};
        },
        Request{there().number(), loan.loan.number(), how, loan.message});
    loan.out = reply.loan_is_out;
    return reply.published.result();
  }

  std::variant<Publisher<M>, detail::Remote> publisher_;
};

class TestedNode {
 public:
  // In this process, or in one of its own.
  [[nodiscard]] static Result<TestedNode> open_here(const NodeOptions& options) {
    return Node::open(options).map([](Node&& node) { return TestedNode(std::move(node)); });
  }
  [[nodiscard]] static Result<TestedNode> open_elsewhere(const NodeOptions& options);

  template <typename M>
  [[nodiscard]] Result<TestedPublisher<M>> publisher(const std::string& topic,
                                                     const PublisherOptions& options = {}) {
    if (auto* here = std::get_if<0>(&node_)) {
      return here->publisher<M>(topic, options).map([](Publisher<M>&& publisher) {
        return TestedPublisher<M>(std::move(publisher));
      });
    }
    struct Request {
      std::uint64_t node;
      std::uint32_t loans;
      std::uint32_t max_elements;
      std::array<char, 256> topic;
    };
    auto& there = std::get<1>(node_);
    Request request{there.number(), options.loans, options.max_elements, {}};
    topic.copy(request.topic.data(), request.topic.size() - 1);
    return there.process()
        ->call(
            +[](Objects& objects, const Request& asked) {
              Node& node = objects.get<Node>(asked.node);
              auto publisher = node.publisher<M>(
                  asked.topic.data(), {.loans = asked.loans, .max_elements = asked.max_elements});
              const std::uint64_t kept = publisher ? objects.keep(std::move(*publisher)) : 0;
              return detail::Carried<std::uint64_t>::of(publisher, kept);
            },
            request)
        .result()
        .map([&](std::uint64_t number) {
          return TestedPublisher<M>(detail::Remote(there.process(), number));
        });
  }

 private:
  explicit TestedNode(Node node) : node_(std::move(node)) {}
  explicit TestedNode(detail::Remote node) : node_(std::move(node)) {}

  std::variant<Node, detail::Remote> node_;
};

}  // namespace tarn::test
