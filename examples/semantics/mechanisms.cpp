// The classic ways for processes to talk to each other, each with what tarn has in its place. The text is
// docs/semantics.md, which quotes these lines; both ends are in one process here to be short.
//
//   TARN_CONFIG=examples/semantics/tarn.yaml mechanisms
#include <array>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tarn/tarn.hpp>

#include "examples/semantics/say.hpp"

using namespace std::chrono_literals;
using examples::say;

namespace {

struct Frame {
  std::uint32_t number;
  std::array<std::uint8_t, 4096> pixels;
};
TARN_MESSAGE(Frame, number, pixels)

struct Job {
  std::uint32_t number;
};
TARN_MESSAGE(Job, number)

struct Weather {
  float celsius;
  float hectopascal;
};
TARN_MESSAGE(Weather, celsius, hectopascal)

struct Permit {
  std::uint32_t reserved;
};
TARN_MESSAGE(Permit, reserved)

void shared_memory(tarn::Node& node) {
  auto publisher = node.publisher<Frame>("camera").value();
  auto subscriber = node.subscriber<Frame>("camera").value();

  auto loan = publisher.loan().value();  // 4100 bytes of the pool, as they are
  loan->number = 1;
  loan->pixels.fill(200);
  const std::uint8_t* written = loan->pixels.data();
  publisher.publish(std::move(loan)).value();

  const auto frame = subscriber.wait_take(1s);  // the same bytes, where they were written
  say(frame && frame->pixels.data() == written, "nothing was copied");

  const auto late = node.subscriber<Frame>("camera", {.history = 1}).value().read_latest();
  say(late && late->number == 1, "the value is there for who comes later");
}

void message_queue(tarn::Node& node) {
  auto publisher = node.publisher<Job>("jobs").value();
  auto subscriber = node.subscriber<Job>("jobs").value();

  publisher.send({.number = 1}).value();  // sleeps while the queue of two is full
  publisher.send({.number = 2}).value();
  const auto job = subscriber.wait_take(1s);  // sleeps while it is empty
  say(job && job->number == 1, "the first job comes first");
}

void pipe(tarn::Node& node) {
  using Bytes = tarn::Slice<std::uint8_t>;
  std::optional writer = node.publisher<Bytes>("bytes").value();
  auto reader = node.subscriber<Bytes>("bytes").value();
  constexpr std::array<std::uint8_t, 5> kHello{'h', 'e', 'l', 'l', 'o'};

  writer->send(kHello).value();
  writer.reset();  // close

  std::string text;
  while (reader.publisher_count() > 0) {  // 0: the end of the stream
    const auto part = reader.wait_take(1s);
    text.append(part.begin(), part.end());
  }
  say(text == "hello", "what was written before the close is read before the end");
}

void datagrams(tarn::Node& node) {
  auto station = node.publisher<Weather>("weather").value();
  auto display = node.subscriber<Weather>("weather").value();
  auto logger = node.subscriber<Weather>("weather").value();

  station.send({.celsius = 21.5F, .hectopascal = 1013}).value();  // to everybody, waits for nobody
  say(display.wait_take(1s) && logger.wait_take(1s), "every subscriber gets every message");
}

void semaphore(tarn::Node& node) {
  auto post = node.publisher<Permit>("permits").value();
  auto wait = node.subscriber<Permit>("permits").value();

  post.send({}).value();  // post
  post.send({}).value();
  say(wait.wait_take(1s) && wait.wait_take(1s), "as many waits end as there were posts");  // wait
  say(!wait.try_take(), "and no more");  // trywait
}

void signals(tarn::Node& node) {
  auto set = node.wait_set().value();
  auto event = set.add_event().value();

  event.trigger();  // from any thread or signal handler; interrupts nobody
  event.trigger();
  const auto ready = set.wait(1s).value();
  say(ready.size() == 1 && ready.front().count == 2, "two signals are one that counts two");
}

void select(tarn::Node& node) {
  auto station = node.publisher<Weather>("weather").value();
  auto weather = node.subscriber<Weather>("weather").value();
  auto jobs = node.subscriber<Job>("jobs").value();

  auto set = node.wait_set().value();
  const auto on_weather = set.attach(weather).value();
  set.attach(jobs, {.deadline = 10s}).value();
  station.send({.celsius = 21.5F, .hectopascal = 1013}).value();
  const auto ready = set.wait(1s).value();  // sleeps until one of them has something
  say(ready.size() == 1 && ready.front().id == on_weather, "the ready one is named");
}

void naming(tarn::Node& node) {
  auto rooms = node.wildcard_subscriber<Weather>("room/*").value();  // none of them is there yet
  auto set = node.wait_set().value();
  set.attach(rooms).value();
  auto kitchen = node.publisher<Weather>("room/kitchen").value();
  kitchen.send({.celsius = 19.0F, .hectopascal = 1013}).value();
  say(set.wait(1s).value().size() == 1, "a topic that came later is heard");
  say(rooms.try_take().topic() == "room/kitchen", "and named by each of its samples");
}

}  // namespace

int main() {
  try {
    auto node = tarn::Node::open({.name = "mechanisms"}).value();
    shared_memory(node);
    message_queue(node);
    pipe(node);
    datagrams(node);
    semaphore(node);
    signals(node);
    select(node);
    naming(node);
    return 0;
  } catch (const tl::bad_expected_access<tarn::Error>& failure) {
    std::cerr << "mechanisms: " << failure.error().message() << '\n';
    return 1;
  }
}
