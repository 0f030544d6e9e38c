// What the broker does when it is asked: one method for each request, each an answer or an Error that
// becomes a refusal. Order and form of the packets were checked before. Knows the registry, writes to
// no socket. Owned by the broker; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/broker/registry.hpp"
#include "middleware/broker/reload.hpp"
#include "middleware/broker/session.hpp"
#include "middleware/pool/pool_file.hpp"
#include "middleware/wire/control_messages.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::broker {

// A reply and the fds that go with it.
struct Answer {
  wire::Reply reply;
  std::array<platform::FileDescriptor, 2> opened;  // for this reply alone
  std::array<int, 2> fds{-1, -1};
  std::size_t fd_count = 0;

  void attach(int fd) noexcept { fds[fd_count++] = fd; }
};

class Requests {
 public:
  struct Offer {
    const pool::PoolFile& pool;
    std::string alive_path;
    std::uint32_t most_observers = 0;  // limits.observers
    Reload& reload;
  };

  Requests(Registry& registry, Offer offer) : registry_(registry), offer_(std::move(offer)) {}

  [[nodiscard]] Result<Answer> handle(Session& session, const wire::Request& request);
  // Closes what a reply granted that could not be sent: its owner will never ask for that.
  void take_back(Session& session, const wire::Reply& reply);

  // The session's connection has ended, however it did.
  void disconnected(Session& session);

 private:
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::Hello& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::Ready& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::CreatePublisher& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::CreateSubscriber& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::ClosePublisher& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::CloseSubscriber& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::Goodbye& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::Reload& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::CreateWaiter& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::CloseWaiter& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::OpenDoorbell& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::CreatePattern& request);
  [[nodiscard]] Result<Answer> answer(Session& session, const wire::ClosePattern& request);

  [[nodiscard]] Result<Answer> welcome_observer(std::uint16_t version);
  [[nodiscard]] Result<Answer> welcome_client(Session& session, const wire::Hello& request,
                                              std::uint16_t version);
  [[nodiscard]] Result<std::uint32_t> admit(const Session& session, const wire::Hello& request);
  void observer_left() noexcept;
  [[nodiscard]] wire::Welcome welcome(std::uint16_t version) const noexcept;

  Registry& registry_;
  Offer offer_;
};

}  // namespace tarn::broker
