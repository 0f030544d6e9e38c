#include "tests/process/data_path.hpp"

#include <array>
#include <utility>

#include "tests/support/watchdog.hpp"

namespace tarn::test {

DataPath::DataPath(const NodeOptions& options)
    : node_(Node::open(options).value()),
      small_{node_.publisher<Small>("small").value(), node_.subscriber<Small>("small").value()},
      large_{node_.publisher<Large>("large").value(), node_.subscriber<Large>("large").value()},
      slices_(node_.publisher<Slice<Small>>("slices", {.max_elements = 30}).value()),
      bytes_(node_.untyped_subscriber("slices").value()) {}

// A publisher that nobody keeps up with: the ring comes round, chunks are retired and reclaimed.
template <typename M>
void DataPath::send(Topic<M>& topic) {
  note(topic.publisher.send(numbered<M>(1, ++topic.sent)).has_value());
}

template <typename M>
void DataPath::loan_and_publish(Topic<M>& topic) {
  auto loan = topic.publisher.loan();
  note(loan.has_value());
  fill(**loan, 1, ++topic.sent);
  note(topic.publisher.publish(std::move(*loan)).has_value());
}

template <typename M>
void DataPath::drop_loan(Topic<M>& topic) {
  note(topic.publisher.loan().has_value());
}

template <typename M>
void DataPath::fail_to_loan(Topic<M>& topic) {
  const auto first = topic.publisher.loan();
  const auto second = topic.publisher.loan();
  const auto third = topic.publisher.loan();
  note(first && second && !third && third.error().code() == Errc::TooManyLoans);
}

template <typename M>
void DataPath::send_and_take(Topic<M>& topic) {
  send(topic);
  for (bool found = false; !found;) {
    const auto sample = topic.subscriber.try_take();
    if (!sample) return note(false);
    note(is_intact(*sample));
    found = sample->number == topic.sent;
  }
}

template <typename M>
void DataPath::send_and_wait(Topic<M>& topic) {
  send(topic);
  for (bool found = false; !found;) {
    const auto sample = topic.subscriber.wait_take(kWatchdog);
    if (!sample) return note(false);
    found = sample->number == topic.sent;
  }
}

template <typename M>
void DataPath::copy_sample(Topic<M>& topic) {
  send(topic);
  auto sample = topic.subscriber.read_latest();
  Sample<M> copy = sample;
  sample.release();
  const Sample<M> other = copy;
  copy.release();
  note(other && other->number == topic.sent);
}

template <typename M>
void DataPath::read_latest(Topic<M>& topic) {
  send(topic);
  const auto sample = topic.subscriber.read_latest();
  note(sample && sample->number == topic.sent);
}

template <typename M>
void DataPath::find_nothing(Topic<M>& topic) {
  while (topic.subscriber.try_take()) {
  }
  note(topic.subscriber.try_take().outcome() == TakeOutcome::Empty);
}

template <typename M>
void DataPath::look_at_counts(Topic<M>& topic) {
  note(topic.publisher.counts().published == topic.sent);
  note(topic.publisher.subscriber_count() >= 1);
  note(topic.subscriber.publisher_count() == 1);
  note(topic.subscriber.counts().safety_wakeups == 0);
}

void DataPath::pass_slice() {
  auto loan = slices_.loan(30);
  note(loan.has_value());
  for (Small& small : *loan) fill(small, 1, 1);
  note(loan->try_shrink(20));
  note(slices_.publish(std::move(*loan)).has_value());
  const auto sample = bytes_.try_take();
  note(sample && sample.bytes().size() == 20 * sizeof(Small));
}

std::span<const DataPath::Step> DataPath::steps() {
  static constexpr std::array kSteps{
      Step{"send, small", &DataPath::on_small<&DataPath::send<Small>>},
      Step{"send, large", &DataPath::on_large<&DataPath::send<Large>>},
      Step{"loan and publish, small", &DataPath::on_small<&DataPath::loan_and_publish<Small>>},
      Step{"loan and publish, large", &DataPath::on_large<&DataPath::loan_and_publish<Large>>},
      Step{"drop a loan, small", &DataPath::on_small<&DataPath::drop_loan<Small>>},
      Step{"drop a loan, large", &DataPath::on_large<&DataPath::drop_loan<Large>>},
      Step{"a loan too many, small", &DataPath::on_small<&DataPath::fail_to_loan<Small>>},
      Step{"a loan too many, large", &DataPath::on_large<&DataPath::fail_to_loan<Large>>},
      Step{"take, small", &DataPath::on_small<&DataPath::send_and_take<Small>>},
      Step{"take, large", &DataPath::on_large<&DataPath::send_and_take<Large>>},
      Step{"wait for what is there, small", &DataPath::on_small<&DataPath::send_and_wait<Small>>},
      Step{"wait for what is there, large", &DataPath::on_large<&DataPath::send_and_wait<Large>>},
      Step{"copy a sample, small", &DataPath::on_small<&DataPath::copy_sample<Small>>},
      Step{"copy a sample, large", &DataPath::on_large<&DataPath::copy_sample<Large>>},
      Step{"pass a slice", &DataPath::pass_slice},
      Step{"read the latest, small", &DataPath::on_small<&DataPath::read_latest<Small>>},
      Step{"read the latest, large", &DataPath::on_large<&DataPath::read_latest<Large>>},
      Step{"find nothing, small", &DataPath::on_small<&DataPath::find_nothing<Small>>},
      Step{"find nothing, large", &DataPath::on_large<&DataPath::find_nothing<Large>>},
      Step{"counts, small", &DataPath::on_small<&DataPath::look_at_counts<Small>>},
      Step{"counts, large", &DataPath::on_large<&DataPath::look_at_counts<Large>>},
  };
  return kSteps;
}

}  // namespace tarn::test
