// The processes of a domain as the broker knows them: one record per connection that said hello, kept
// until the client has left and holds nothing any more, or its process is dead:
//
//   Reserved --activate()--> Active --goodbye()--> Closing --> Free
//                            Active, Closing --reap()--> Reaping --> Free
//
// A connection that ends says nothing about the process: it may reconnect, or live on and publish.
// Knows processes, not sockets. Owned by the registry; one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <tarn/result.hpp>

#include "middleware/broker/bell_sockets.hpp"
#include "middleware/broker/books.hpp"
#include "middleware/broker/journal.hpp"
#include "middleware/broker/patterns.hpp"
#include "middleware/broker/publishers.hpp"
#include "middleware/broker/subscribers.hpp"
#include "middleware/broker/waiters.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/poller.hpp"
#include "platform/process_handle.hpp"

namespace tarn::broker {

// Who a client is, on the kernel's word.
struct ClientIdentity {
  std::int32_t pid = 0;  // 0: of another pid namespace
  std::uint32_t uid = 0;
  std::uint64_t start_time = 0;  // 0: not known
  std::string_view node;         // on its own word
};

// What a client that comes back says it was.
struct ResumeClaim {
  std::uint32_t client = kNone;
  std::uint32_t generation = 0;
  std::uint64_t pool_id = 0;
};

class Clients {
 public:
  struct Surroundings {
    Journal& journal;
    platform::Poller& poller;               // watches their processes
    const platform::FileDescriptor& alive;  // the liveness file
    const BellSockets& bells;               // of waiters, which the client's death removes
  };

  // What a client may have, each with its own closing and clearing.
  struct Belongings {
    Publishers& publishers;
    Subscribers& subscribers;
    Waiters& waiters;
    Patterns& patterns;
  };

  Clients(Books& books, const Belongings& belongings, const Surroundings& surroundings);

  // A record for a new client. An invalid handle means that its lock will have to do.
  // TooManyClients names the limit and its key.
  [[nodiscard]] Result<std::uint32_t> add(const ClientIdentity& identity,
                                          platform::ProcessHandle process);
  // ProtocolError when the client does not hold its byte of the liveness file.
  [[nodiscard]] Result<void> activate(std::uint32_t client);
  // Of a client that was added and never became active.
  void drop(std::uint32_t client);
  // DomainReset when the claim is not true, or no longer. The handle is kept where there was none.
  [[nodiscard]] Result<void> resume(const ResumeClaim& claim, const ClientIdentity& identity,
                                    platform::ProcessHandle process = {});

  // Closes all it has. Its record goes with its last held sample.
  void goodbye(std::uint32_t client);
  // The process of this client may have ended: if so, cleans up after it. Every step can be done again
  // by a successor that finds the record in Reaping.
  bool reap_if_dead(std::uint32_t client);
  void reap(std::uint32_t client);
  // Its connection has ended. Its process lives, but if it has let go of its byte too, it is not this
  // client any more: it became another program, say, whose memory knows nothing of the pool.
  void disconnected(std::uint32_t client);

  // Frees closing clients that hold nothing any more.
  void finish_closing();
  // Asks for the locks of those whose end nothing else tells.
  void probe();
  [[nodiscard]] bool needs_probe() const noexcept;

  // Watches the process of a record that a former broker made.
  void watch(std::uint32_t client, platform::ProcessHandle process);

  // See Broker::close_in_child().
  void close_in_child() noexcept;

  [[nodiscard]] bool any() const noexcept;
  [[nodiscard]] RecordState state(std::uint32_t client) const noexcept {
    return books_.directory.state<ClientRecordLayout>(client);
  }

 private:
  struct Process {
    platform::ProcessHandle handle;  // invalid: only the lock tells
    bool connected = false;
    bool look_again = false;  // its connection has just ended
  };
  [[nodiscard]] std::uint32_t find_free() const noexcept;
  [[nodiscard]] bool is_same(std::uint32_t client, const ClientIdentity& identity) const noexcept;
  [[nodiscard]] bool is_probed(std::uint32_t client) const noexcept;
  void release(std::uint32_t client);

  Books& books_;
  Publishers& publishers_;
  Subscribers& subscribers_;
  Waiters& waiters_;
  Patterns& patterns_;
  Journal& journal_;
  platform::Poller& poller_;
  const platform::FileDescriptor& alive_;
  std::vector<Process> processes_;  // by client
};

}  // namespace tarn::broker
