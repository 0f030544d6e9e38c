#include "tests/unit/broker/fixture.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <utility>
#include <variant>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "platform/clock.hpp"
#include "platform/file_lock.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

using directory::MemberEntryLayout;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;

MessageType type(std::string_view name, std::uint32_t size_bytes) {
  return {.name = name,
          .size_bytes = size_bytes,
          .alignment = 8,
          .hash = 1000 + size_bytes,
          .fields = "stamp_ns:u64@0"};
}

// ---- the broker ----

TestBroker::TestBroker(broker::BrokerOptions options) : options_(std::move(options)) {
  options_.runtime_directory = directory_.path();
  options_.log = {.write = write_line, .context = this};
  must(start());
}

void TestBroker::write_line(void* context, std::string_view line) {
  static_cast<TestBroker*>(context)->lines_.emplace_back(line);
}

bool TestBroker::logged(std::string_view part) const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

Result<void> TestBroker::start() {
  broker_.reset();
  auto created = broker::Broker::create(options_);
  if (!created) return Failure(created.error());
  broker_.emplace(std::move(*created));
  socket_path_ = broker_->socket_path();
  return {};
}

void TestBroker::pump() {
  // A packet that was sent is there, so a round that waits for nothing sees it. Eight rounds are more
  // than any one exchange needs: connection, packet, end.
  for (int round = 0; round < 8; ++round) must(broker_->poll_once(platform::monotonic_now()));
}

bool TestBroker::pump_until(const std::function<bool()>& condition) {
  return wait_until([&] {
    must(broker_->poll_once(platform::monotonic_now()));
    return condition();
  });
}

const pool::PoolView& TestBroker::pool() {
  if (mapping_.valid() && broker_ && mapped_id_ == broker_->pool_id()) return view_;
  if (mapping_.valid() && !broker_) return view_;
  const std::string path = directory_.file("pool");
  const auto file = must(platform::open_file(path, platform::FileAccess::ReadWrite));
  const auto bytes = must(platform::file_size(file, path));
  mapping_ = must(platform::FileMapping::map_writable(file, bytes, path.c_str()));
  const auto& header = *reinterpret_cast<const pool::PoolHeaderLayout*>(mapping_.data());
  const auto geometry = must(pool::load_geometry(header, bytes));
  mapped_id_ = geometry.pool_id;
  view_ = pool::PoolView(mapping_.writable_data(), geometry);
  return view_;
}

std::uint32_t TestBroker::blocks_in_use() {
  std::uint32_t count = 0;
  const auto& table = pool().geometry().block_owners;
  for (std::uint32_t i = 0; i < table.count; ++i) {
    count += *pool().record<std::uint32_t>(table, i) != 0 ? 1 : 0;
  }
  return count;
}

std::uint32_t TestBroker::active_members() {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < pool().geometry().members.count; ++i) {
    count += directory::member_active(record<MemberEntryLayout>(i).member) ? 1 : 0;
  }
  return count;
}

bool TestBroker::all_free() {
  return in_use<directory::ClientRecordLayout>() == 0 &&
         in_use<directory::TopicRecordLayout>() == 0 && in_use<RingRecordLayout>() == 0 &&
         in_use<SubscriberRecordLayout>() == 0 && in_use<directory::WaiterRecordLayout>() == 0 &&
         in_use<directory::PatternRecordLayout>() == 0 && blocks_in_use() == 0 &&
         active_members() == 0 && header().area_bytes_used == 0 && header().orphan_bytes == 0;
}

// ---- a client ----

WireClient::WireClient(TestBroker& broker)
    : broker_(broker),
      socket_(must(
          platform::SeqPacketSocket::connect(broker.socket_path(), platform::monotonic_now()))) {}

WireClient::WireClient(TestBroker& broker, std::string_view node) : WireClient(broker) {
  must(hello({.layout_version = pool::kLayoutVersion, .node = node}));
  must(ready());
}

Result<wire::Reply> WireClient::ask(const wire::Request& request) {
  const auto packet = must(wire::encode_request(request, ++sequence_, buffer_));
  const auto sent = socket_.send(packet, platform::monotonic_now());
  if (!sent) return Failure(sent.error());
  broker_.pump();
  std::array<platform::FileDescriptor, 2> fds;
  const auto received = socket_.receive_with_fds(buffer_, fds, platform::monotonic_now());
  if (!received) return Failure(received.error());
  answered_ = sequence_;
  const auto decoded =
      must(wire::decode_reply(std::span<const std::byte>(buffer_).first(received->bytes)));
  REQUIRE(decoded.sequence == sequence_);
  const bool welcomed = std::holds_alternative<wire::Welcome>(decoded.reply);
  if (received->descriptors > 0) (welcomed ? pool_ : doorbell_) = std::move(fds[0]);
  if (received->descriptors > 1) alive_ = std::move(fds[1]);
  if (const auto* refused = std::get_if<wire::Refused>(&decoded.reply)) {
    return Failure(wire::to_error(*refused));
  }
  return decoded.reply;
}

template <typename Reply>
Result<Reply> WireClient::ask_for(const wire::Request& request) {
  const auto reply = ask(request);
  if (!reply) return Failure(reply.error());
  const Reply* const wanted = std::get_if<Reply>(&*reply);
  REQUIRE(wanted != nullptr);
  return *wanted;
}

Result<void> WireClient::hello(const wire::Hello& hello) {
  const auto welcome = ask_for<wire::Welcome>(hello);
  if (!welcome) return Failure(welcome.error());
  welcome_ = *welcome;
  return {};
}

Result<void> WireClient::ready() {
  if (!must(platform::try_lock_byte(alive_, 16 + index()))) {
    FAIL("somebody else holds the byte of a new client");
  }
  return ask_for<wire::Done>(wire::Ready{}).map([](const wire::Done&) {});
}

Result<void> WireClient::resume(const WireClient& former, std::string_view node) {
  sequence_ = former.sequence_;
  const auto greeted = hello({.layout_version = pool::kLayoutVersion,
                              .node = node,
                              .resume_client = former.welcome_.client,
                              .resume_generation = former.welcome_.generation,
                              .pool_id = former.welcome_.pool_id,
                              .answered = former.answered_});
  if (!greeted) return greeted;
  return ask_for<wire::Done>(wire::Ready{}).map([](const wire::Done&) {});
}

Result<wire::PublisherCreated> WireClient::create_publisher(const wire::CreatePublisher& request) {
  return ask_for<wire::PublisherCreated>(request);
}

Result<wire::SubscriberCreated> WireClient::create_subscriber(
    const wire::CreateSubscriber& request) {
  return ask_for<wire::SubscriberCreated>(request);
}

Result<wire::PatternCreated> WireClient::create_pattern(const wire::CreatePattern& request) {
  return ask_for<wire::PatternCreated>(request);
}

Result<wire::WaiterCreated> WireClient::create_waiter() {
  return ask_for<wire::WaiterCreated>(wire::CreateWaiter{});
}

Result<void> WireClient::close(const wire::PublisherCreated& publisher) {
  return ask_for<wire::Done>(wire::ClosePublisher{.ring = publisher.ring,
                                                  .ring_generation = publisher.ring_generation})
      .map([](const wire::Done&) {});
}

Result<void> WireClient::close(const wire::SubscriberCreated& subscriber) {
  return ask_for<wire::Done>(wire::CloseSubscriber{.subscriber = subscriber.subscriber,
                                                   .generation = subscriber.generation})
      .map([](const wire::Done&) {});
}

Result<void> WireClient::close(const wire::WaiterCreated& waiter) {
  return ask_for<wire::Done>(
             wire::CloseWaiter{.waiter = waiter.waiter, .generation = waiter.generation})
      .map([](const wire::Done&) {});
}

Result<void> WireClient::close(const wire::PatternCreated& pattern) {
  return ask_for<wire::Done>(
             wire::ClosePattern{.pattern = pattern.pattern, .generation = pattern.generation})
      .map([](const wire::Done&) {});
}

Result<platform::FileDescriptor> WireClient::open_doorbell(const wire::WaiterCreated& waiter) {
  const auto done = ask_for<wire::Done>(
      wire::OpenDoorbell{.waiter = waiter.waiter, .generation = waiter.generation});
  if (!done) return Failure(done.error());
  return std::move(doorbell_);
}

Result<void> WireClient::goodbye() {
  auto done = ask_for<wire::Done>(wire::Goodbye{}).map([](const wire::Done&) {});
  vanish();
  return done;
}

Result<wire::PublisherCreated> WireClient::try_publish(std::string_view topic,
                                                       const MessageType& type) {
  return create_publisher({.topic = topic, .type = type, .publisher = "p"});
}

wire::PublisherCreated WireClient::publish(std::string_view topic, const MessageType& type) {
  return must(try_publish(topic, type));
}

wire::SubscriberCreated WireClient::subscribe(std::string_view topic, const MessageType& type) {
  return must(create_subscriber({.topic = topic, .type = type}));
}

bool WireClient::send_raw(std::span<const std::byte> packet) {
  const auto sent = socket_.try_send(packet);
  return sent && *sent;
}

bool WireClient::send_fd(std::span<const std::byte> packet, int fd) {
  return socket_.send_with_fds(packet, std::span(&fd, 1), platform::monotonic_now()).has_value();
}

bool WireClient::is_closed() {
  broker_.pump();
  std::array<std::byte, wire::kMaxControlBytes> buffer;
  for (;;) {
    const auto received = socket_.try_receive(buffer);
    if (!received || (*received && (*received)->closed)) return true;
    if (!*received) return false;
  }
}

void WireClient::vanish() {
  socket_.reset();
  alive_.reset();
  pool_.reset();
}

// ---- the data plane by hand ----

std::optional<std::uint32_t> join_line(TestBroker& broker, std::uint32_t ring,
                                       std::uint32_t subscriber) {
  const auto& record = broker.record<RingRecordLayout>(ring);
  for (std::uint32_t place = 0; place < record.members_capacity; ++place) {
    const auto& entry = broker.record<MemberEntryLayout>(record.members_first + place);
    if (directory::member_active(entry.member) &&
        directory::member_subscriber(entry.member) == subscriber) {
      return entry.join_line;
    }
  }
  return std::nullopt;
}

void join(TestBroker& broker, const wire::PublisherCreated& ring,
          const wire::SubscriberCreated& subscriber, std::uint64_t cursor) {
  const auto line = join_line(broker, ring.ring, subscriber.subscriber);
  REQUIRE(line);
  auto& join = *broker.pool().line<ring::JoinLayout>(*line);
  tarn_store_relaxed_u64(&join.ring_name, ring::ring_name(ring.ring, ring.ring_generation));
  tarn_cursor_announce(&join.cursor, cursor);
}

void leave(TestBroker& broker, const wire::PublisherCreated& ring,
           const wire::SubscriberCreated& subscriber) {
  join(broker, ring, subscriber, ring::kLeft);
}

std::uint32_t& pin_of(TestBroker& broker, const wire::SubscriberCreated& subscriber) {
  const auto& record = broker.record<SubscriberRecordLayout>(subscriber.subscriber);
  return broker.pool().line<ring::PinLineLayout>(record.pins_line)->pin[0];
}

void publish_messages(TestBroker& broker, const wire::PublisherCreated& ring, std::uint32_t count) {
  const auto view = directory::view_of(broker.record<RingRecordLayout>(ring.ring), broker.pool());
  const std::uint64_t first = tarn_tail_read(&view.header->tail) + 1;
  for (std::uint64_t sequence = first; sequence < first + count; ++sequence) {
    auto* const ctl = &view.slot(view.slot_index(sequence))->ctl;
    tarn_slot_begin(ctl, sequence);
    tarn_slot_commit(ctl, sequence, TARN_CHUNK_INLINE);
    tarn_tail_publish(&view.header->tail, sequence);
  }
}

}  // namespace tarn::test
