#include "middleware/wire/control_messages.hpp"

#include <type_traits>

namespace tarn::wire {

namespace {

// Requests count from 1, replies from 101, in the order of their variants.
constexpr std::size_t kFirstRequest = 1;
constexpr std::size_t kFirstReply = 101;

template <typename Variant, ControlKind kKind, std::size_t kFirst>
using At = std::variant_alternative_t<static_cast<std::size_t>(kKind) - kFirst, Variant>;
template <ControlKind kKind>
using RequestAt = At<Request, kKind, kFirstRequest>;
template <ControlKind kKind>
using ReplyAt = At<Reply, kKind, kFirstReply>;

static_assert(std::is_same_v<RequestAt<ControlKind::Hello>, Hello>);
static_assert(std::is_same_v<RequestAt<ControlKind::Ready>, Ready>);
static_assert(std::is_same_v<RequestAt<ControlKind::CreatePublisher>, CreatePublisher>);
static_assert(std::is_same_v<RequestAt<ControlKind::CreateSubscriber>, CreateSubscriber>);
static_assert(std::is_same_v<RequestAt<ControlKind::ClosePublisher>, ClosePublisher>);
static_assert(std::is_same_v<RequestAt<ControlKind::CloseSubscriber>, CloseSubscriber>);
static_assert(std::is_same_v<RequestAt<ControlKind::Goodbye>, Goodbye>);
static_assert(std::is_same_v<RequestAt<ControlKind::Reload>, Reload>);
static_assert(std::is_same_v<RequestAt<ControlKind::CreateWaiter>, CreateWaiter>);
static_assert(std::is_same_v<RequestAt<ControlKind::CloseWaiter>, CloseWaiter>);
static_assert(std::is_same_v<RequestAt<ControlKind::OpenDoorbell>, OpenDoorbell>);
static_assert(std::is_same_v<RequestAt<ControlKind::CreatePattern>, CreatePattern>);
static_assert(std::is_same_v<RequestAt<ControlKind::ClosePattern>, ClosePattern>);
static_assert(std::is_same_v<ReplyAt<ControlKind::Welcome>, Welcome>);
static_assert(std::is_same_v<ReplyAt<ControlKind::Done>, Done>);
static_assert(std::is_same_v<ReplyAt<ControlKind::PublisherCreated>, PublisherCreated>);
static_assert(std::is_same_v<ReplyAt<ControlKind::SubscriberCreated>, SubscriberCreated>);
static_assert(std::is_same_v<ReplyAt<ControlKind::Refused>, Refused>);
static_assert(std::is_same_v<ReplyAt<ControlKind::Reloaded>, Reloaded>);
static_assert(std::is_same_v<ReplyAt<ControlKind::ReloadRefused>, ReloadRefused>);
static_assert(std::is_same_v<ReplyAt<ControlKind::WaiterCreated>, WaiterCreated>);
static_assert(std::is_same_v<ReplyAt<ControlKind::PatternCreated>, PatternCreated>);

}  // namespace

ControlKind kind_of(const Request& request) noexcept {
  return static_cast<ControlKind>(kFirstRequest + request.index());
}

ControlKind kind_of(const Reply& reply) noexcept {
  return static_cast<ControlKind>(kFirstReply + reply.index());
}

std::string_view to_string(ControlKind kind) noexcept {
  switch (kind) {
    case ControlKind::Hello:
      return "Hello";
    case ControlKind::Ready:
      return "Ready";
    case ControlKind::CreatePublisher:
      return "CreatePublisher";
    case ControlKind::CreateSubscriber:
      return "CreateSubscriber";
    case ControlKind::ClosePublisher:
      return "ClosePublisher";
    case ControlKind::CloseSubscriber:
      return "CloseSubscriber";
    case ControlKind::Goodbye:
      return "Goodbye";
    case ControlKind::Reload:
      return "Reload";
    case ControlKind::CreateWaiter:
      return "CreateWaiter";
    case ControlKind::CloseWaiter:
      return "CloseWaiter";
    case ControlKind::OpenDoorbell:
      return "OpenDoorbell";
    case ControlKind::CreatePattern:
      return "CreatePattern";
    case ControlKind::ClosePattern:
      return "ClosePattern";
    case ControlKind::Welcome:
      return "Welcome";
    case ControlKind::Done:
      return "Done";
    case ControlKind::PublisherCreated:
      return "PublisherCreated";
    case ControlKind::SubscriberCreated:
      return "SubscriberCreated";
    case ControlKind::Refused:
      return "Refused";
    case ControlKind::Reloaded:
      return "Reloaded";
    case ControlKind::ReloadRefused:
      return "ReloadRefused";
    case ControlKind::WaiterCreated:
      return "WaiterCreated";
    case ControlKind::PatternCreated:
      return "PatternCreated";
  }
  return "unknown";
}

Refused refusal(const Error& error) noexcept {
  return {.code = error.code(), .system_errno = error.system_errno(), .text = error.message()};
}

Error to_error(const Refused& refused) noexcept {
  return Error::restore(refused.code, refused.system_errno, refused.text);
}

}  // namespace tarn::wire
