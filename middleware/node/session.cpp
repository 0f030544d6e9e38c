#include "middleware/node/session.hpp"

#include <array>
#include <span>
#include <utility>
#include <variant>

#include <tarn/limits.hpp>

#include "middleware/node/pool_registry.hpp"
#include "middleware/pool/domain_directory.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "middleware/ring/atomics.h"
#include "platform/file_lock.hpp"

namespace tarn::node {

namespace {

// Byte of the liveness file that a client locks.
constexpr std::uint64_t kFirstAliveByte = 16;

Error forked_error() {
  return Error::make(Errc::Forked, 0,
                     "this node belongs to the parent process: open a node of your own after fork");
}

// A broker that hung up, as opposed to one that answered.
bool is_disconnect(const Error& error) {
  return error.code() == Errc::System || error.code() == Errc::NoBroker;
}

}  // namespace

struct Session::Answer {
  std::array<std::byte, wire::kMaxControlBytes> bytes;
  std::array<platform::FileDescriptor, 2> descriptors;
  std::size_t descriptor_count = 0;
  wire::Reply reply;
};

Session::Session(const NodeOptions& options)
    : options_(options), made_in_(platform::current_process_generation()) {}

Result<std::shared_ptr<Session>> Session::open(const NodeOptions& options) {
  if (options.name.empty() || options.name.size() > kMaxNodeNameBytes) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "a node's name has 1 to %zu bytes, this one has %zu",
                               kMaxNodeNameBytes, options.name.size()));
  }
  const auto paths =
      options.runtime_directory.empty()
          ? pool::find_domain_directory(pool::directory_environment(), options.domain)
          : pool::domain_paths(options.runtime_directory);
  if (!paths) return Failure(paths.error());
  std::shared_ptr<Session> session(new Session(options));
  session->socket_path_ = paths->socket;
  const std::lock_guard lock(session->mutex_);
  if (auto connected = session->connect(platform::deadline_after(options.timeout)); !connected) {
    return Failure(connected.error());
  }
  return session;
}

Session::~Session() {
  if (forked()) return;
  revoke_blocks();
  if (!socket_.valid()) return;
  // Best effort: without an answer the broker learns of our end from the kernel.
  (void)ask<wire::Done>(wire::Goodbye{});
}

// Requires: mutex_ is held.
Result<void> Session::connect(platform::MonotonicTime deadline) {
  auto socket = platform::SeqPacketSocket::connect(socket_path_, deadline);
  if (!socket) {
    if (socket.error().code() != Errc::System && socket.error().code() != Errc::TimedOut) {
      return Failure(socket.error());
    }
    return Failure(Error::make(Errc::NoBroker, socket.error().system_errno(),
                               "no broker answers at %s: start one with `tarn broker`",
                               socket_path_.c_str()));
  }
  socket_ = std::move(*socket);
  auto introduced = introduce(deadline);
  if (!introduced) socket_.reset();
  return introduced;
}

Result<void> Session::introduce(platform::MonotonicTime deadline) {
  const bool resuming = mapping_ != nullptr;
  const wire::Hello hello{.layout_version = pool::kLayoutVersion,
                          .node = options_.name,
                          .resume_client = resuming ? welcome_.client : wire::kNoIndex,
                          .resume_generation = resuming ? welcome_.generation : 0,
                          .pool_id = resuming ? welcome_.pool_id : 0};
  Answer answer;
  if (auto said = exchange(hello, answer, deadline); !said) return said;
  const auto* welcome = std::get_if<wire::Welcome>(&answer.reply);
  if (welcome == nullptr || answer.descriptor_count != 2) {
    return Failure(Error::make(
        Errc::ProtocolError, 0, "the broker at %s answered Hello with %s and %zu descriptors",
        socket_path_.c_str(), wire::to_string(wire::kind_of(answer.reply)).data(),
        answer.descriptor_count));
  }
  if (auto taken = take_welcome(*welcome, std::move(answer.descriptors[0]),
                                std::move(answer.descriptors[1]));
      !taken) {
    return taken;
  }
  return exchange(wire::Ready{}, answer, deadline);
}

Result<void> Session::take_welcome(const wire::Welcome& welcome, platform::FileDescriptor pool,
                                   platform::FileDescriptor alive) {
  if (mapping_ != nullptr) {
    if (welcome.pool_id == welcome_.pool_id && welcome.client == welcome_.client) return {};
    return Failure(Error::make(Errc::DomainReset, 0,
                               "the pool of domain %s was made anew: open a new node",
                               options_.domain.c_str()));
  }
  const auto locked = platform::try_lock_byte(alive, kFirstAliveByte + welcome.client);
  if (!locked) return Failure(locked.error());
  if (!*locked) {
    return Failure(Error::make(Errc::ProtocolError, 0,
                               "the liveness byte of client %u is held by another process",
                               welcome.client));
  }
  auto mapping = shared_mapping(welcome.pool_id, pool);
  if (!mapping) return Failure(mapping.error());
  mapping_ = std::move(*mapping);
  alive_ = std::move(alive);
  welcome_ = welcome;
  return {};
}

// Sends a request and waits for its reply. A Refused reply becomes its Error.
Result<void> Session::exchange(const wire::Request& request, Answer& answer,
                               platform::MonotonicTime deadline) {
  const std::uint32_t sequence = ++sequence_;
  const auto packet = wire::encode_request(request, sequence, answer.bytes);
  if (!packet) return Failure(packet.error());
  if (auto sent = socket_.send(*packet, deadline); !sent) return sent;
  if (auto received = receive(answer, sequence, deadline); !received) return received;
  if (const auto* refused = std::get_if<wire::Refused>(&answer.reply)) {
    return Failure(wire::to_error(*refused));
  }
  return {};
}

Result<void> Session::receive(Answer& answer, std::uint32_t sequence,
                              platform::MonotonicTime deadline) {
  for (;;) {
    const auto packet = socket_.receive_with_fds(answer.bytes, answer.descriptors, deadline);
    if (!packet || packet->closed) {
      const bool late = !packet && packet.error().code() == Errc::TimedOut;
      return Failure(Error::make(Errc::NoBroker, packet ? 0 : packet.error().system_errno(),
                                 "the broker at %s %s", socket_path_.c_str(),
                                 late ? "did not answer in time" : "hung up"));
    }
    const auto bytes = std::span<const std::byte>(answer.bytes).first(packet->bytes);
    auto reply = wire::decode_reply(bytes);
    if (!reply) return Failure(reply.error());
    if (reply->sequence != sequence) continue;  // the late answer to a request that timed out
    answer.descriptor_count = packet->descriptors;
    answer.reply = reply->reply;
    return {};
  }
}

template <typename Reply>
Result<Reply> Session::ask(const wire::Request& request) {
  if (forked()) return Failure(forked_error());
  const auto deadline = platform::deadline_after(options_.timeout);
  const std::lock_guard lock(mutex_);
  Answer answer;
  auto asked = socket_.valid()
                   ? exchange(request, answer, deadline)
                   : Result<void>(Failure(Error::make(Errc::NoBroker, 0, "not connected")));
  if (!asked && is_disconnect(asked.error())) {
    // The broker went and may be back: once more, with a new connection.
    socket_.reset();
    if (auto connected = connect(deadline); !connected) return Failure(connected.error());
    asked = exchange(request, answer, deadline);
  }
  if (!asked) return Failure(asked.error());
  if (const auto* reply = std::get_if<Reply>(&answer.reply)) return *reply;
  return Failure(Error::make(Errc::ProtocolError, 0, "the broker at %s answered %s with %s",
                             socket_path_.c_str(), wire::to_string(wire::kind_of(request)).data(),
                             wire::to_string(wire::kind_of(answer.reply)).data()));
}

Result<wire::PublisherCreated> Session::create_publisher(const wire::CreatePublisher& wanted) {
  return ask<wire::PublisherCreated>(wanted);
}

Result<wire::SubscriberCreated> Session::create_subscriber(const wire::CreateSubscriber& wanted) {
  return ask<wire::SubscriberCreated>(wanted);
}

Result<void> Session::close_publisher(const wire::ClosePublisher& closed) {
  return ask<wire::Done>(closed).map([](const wire::Done&) {});
}

Result<void> Session::close_subscriber(const wire::CloseSubscriber& closed) {
  return ask<wire::Done>(closed).map([](const wire::Done&) {});
}

void Session::revoke_blocks() noexcept {
  if (mapping_ == nullptr) return;
  const pool::PoolView& pool = mapping_->view();
  const auto& geometry = pool.geometry();
  for (std::uint32_t block = 0; block < geometry.blocks.count; ++block) {
    const auto* owner = pool.record<std::uint32_t>(geometry.block_owners, block);
    // relaxed: our own blocks change hands only after Goodbye.
    if (owner == nullptr || tarn_load_relaxed_u32(owner) != welcome_.client + 1) continue;
    mapping_->revoke(geometry.blocks.offset + std::uint64_t{block} * geometry.page_bytes,
                     geometry.page_bytes);
  }
}

}  // namespace tarn::node
