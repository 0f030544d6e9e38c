// A broker and its clients in one process: the test turns the broker's loop by hand, clients speak raw
// packets over real sockets. The whole pool is mapped writable, so a test can play the part of a
// client's data plane: pin, join, leave.
//
//   TestBroker broker;
//   WireClient camera(broker, "camera");
//   const auto created = camera.create_publisher("camera/front", type("Frame", 100));
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/message.hpp>
#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"
#include "middleware/directory/directory_reader.hpp"
#include "middleware/directory/record_checks.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/ring_view.hpp"
#include "middleware/wire/control_messages.hpp"
#include "platform/file_mapping.hpp"
#include "platform/unix_socket.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

// A type that differs from another one by name and size.
[[nodiscard]] MessageType type(std::string_view name, std::uint32_t size_bytes);

class TestBroker {
 public:
  TestBroker() : TestBroker(broker::BrokerOptions{}) {}
  // The runtime directory and the log are the fixture's.
  explicit TestBroker(broker::BrokerOptions options);

  [[nodiscard]] const std::string& directory() const { return directory_.path(); }
  [[nodiscard]] broker::BrokerOptions options() const { return options_; }
  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }
  [[nodiscard]] broker::Broker& broker() { return *broker_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] bool logged(std::string_view part) const;

  // Rounds until nothing is left to do at once.
  void pump();
  // Rounds until the condition holds. False: it did not within the watchdog's limit.
  [[nodiscard]] bool pump_until(const std::function<bool()>& condition);

  // As if it were killed; and the next one.
  void kill() { broker_.reset(); }
  [[nodiscard]] Result<void> start();

  // The pool as it is now, mapped by the test.
  [[nodiscard]] const pool::PoolView& pool();
  [[nodiscard]] const pool::PoolHeaderLayout& header() { return pool().header(); }
  template <typename Record>
  [[nodiscard]] Record& record(std::uint32_t index) {
    return *pool().record<Record>(directory::table_of<Record>(pool().geometry()), index);
  }
  template <typename Record>
  [[nodiscard]] directory::RecordState state(std::uint32_t index) {
    return directory::record_state(directory::load_state(&record<Record>(index).state));
  }
  // Records of a table that are not Free.
  template <typename Record>
  [[nodiscard]] std::uint32_t in_use() {
    std::uint32_t count = 0;
    const auto& table = directory::table_of<Record>(pool().geometry());
    for (std::uint32_t i = 0; i < table.count; ++i) {
      if (state<Record>(i) != directory::RecordState::Free) ++count;
    }
    return count;
  }
  [[nodiscard]] std::uint32_t blocks_in_use();
  [[nodiscard]] std::uint32_t active_members();
  // No record, line, block, member or byte of the pool is in use.
  [[nodiscard]] bool all_free();

 private:
  static void write_line(void* context, std::string_view line);

  TemporaryDirectory directory_;
  broker::BrokerOptions options_;
  std::string socket_path_;
  std::vector<std::string> lines_;
  std::optional<broker::Broker> broker_;
  platform::FileMapping mapping_;
  pool::PoolView view_;
  std::uint64_t mapped_id_ = 0;
};

// One connection. Requests are answered while the test's own thread turns the broker.
class WireClient {
 public:
  // Connected, and no more.
  explicit WireClient(TestBroker& broker);
  // Registered.
  WireClient(TestBroker& broker, std::string_view node);

  [[nodiscard]] Result<void> hello(const wire::Hello& hello);
  [[nodiscard]] Result<void> ready();
  [[nodiscard]] Result<void> resume(const WireClient& former, std::string_view node);
  [[nodiscard]] Result<wire::PublisherCreated> create_publisher(
      const wire::CreatePublisher& request);
  [[nodiscard]] Result<wire::SubscriberCreated> create_subscriber(
      const wire::CreateSubscriber& request);
  [[nodiscard]] Result<wire::WaiterCreated> create_waiter();
  [[nodiscard]] Result<wire::PatternCreated> create_pattern(const wire::CreatePattern& request);
  [[nodiscard]] Result<void> close(const wire::PublisherCreated& publisher);
  [[nodiscard]] Result<void> close(const wire::SubscriberCreated& subscriber);
  [[nodiscard]] Result<void> close(const wire::WaiterCreated& waiter);
  [[nodiscard]] Result<void> close(const wire::PatternCreated& pattern);
  [[nodiscard]] Result<platform::FileDescriptor> open_doorbell(const wire::WaiterCreated& waiter);
  [[nodiscard]] Result<void> goodbye();
  // What it says is good until the next request.
  [[nodiscard]] Result<wire::Reply> reload() { return ask(wire::Reload{}); }
  // Short forms of creating.
  [[nodiscard]] Result<wire::PublisherCreated> try_publish(std::string_view topic,
                                                           const MessageType& type);
  wire::PublisherCreated publish(std::string_view topic, const MessageType& type);
  wire::SubscriberCreated subscribe(std::string_view topic, const MessageType& type);

  // Bytes as they are. False: there was no room for them.
  bool send_raw(std::span<const std::byte> packet);
  bool send_fd(std::span<const std::byte> packet, int fd);
  // Whether the broker has closed the connection, now that all it had to do is done.
  [[nodiscard]] bool is_closed();
  void disconnect() { socket_.reset(); }
  // Gives up the connection and the byte of the liveness file, as the end of a process does.
  void vanish();

  [[nodiscard]] const wire::Welcome& welcome() const { return welcome_; }
  [[nodiscard]] std::uint32_t index() const { return welcome_.client; }
  [[nodiscard]] int alive_fd() const { return alive_.get(); }
  [[nodiscard]] const platform::FileDescriptor& pool_file() const { return pool_; }

 private:
  [[nodiscard]] Result<wire::Reply> ask(const wire::Request& request);
  template <typename Reply>
  [[nodiscard]] Result<Reply> ask_for(const wire::Request& request);

  TestBroker& broker_;
  platform::SeqPacketSocket socket_;
  platform::FileDescriptor pool_;
  platform::FileDescriptor alive_;
  platform::FileDescriptor doorbell_;  // came with the last reply
  wire::Welcome welcome_;
  std::array<std::byte, wire::kMaxControlBytes> buffer_{};
  std::uint32_t sequence_ = 0;
  std::uint32_t answered_ = 0;  // the newest request with a reply
  std::string refusal_;         // text of the last one
};

// ---- the data plane by hand ----

// A subscriber's entry with a ring: where its join line is.
[[nodiscard]] std::optional<std::uint32_t> join_line(TestBroker& broker, std::uint32_t ring,
                                                     std::uint32_t subscriber);
void join(TestBroker& broker, const wire::PublisherCreated& ring,
          const wire::SubscriberCreated& subscriber, std::uint64_t cursor);
void leave(TestBroker& broker, const wire::PublisherCreated& ring,
           const wire::SubscriberCreated& subscriber);
// The first pin word of a subscriber.
[[nodiscard]] std::uint32_t& pin_of(TestBroker& broker, const wire::SubscriberCreated& subscriber);
// Commits `count` messages to a ring, without payload.
void publish_messages(TestBroker& broker, const wire::PublisherCreated& ring, std::uint32_t count);

}  // namespace tarn::test
