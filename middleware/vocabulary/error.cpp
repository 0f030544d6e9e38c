#include <tarn/error.hpp>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <type_traits>

namespace tarn {

static_assert(std::is_trivially_copyable_v<Error>);

namespace {

struct NamedCode {
  Errc code;
  std::string_view name;
};

constexpr std::array kNames{
    NamedCode{Errc::System, "System"},
    NamedCode{Errc::OutOfMemory, "OutOfMemory"},
    NamedCode{Errc::NoSpace, "NoSpace"},
    NamedCode{Errc::NotPermitted, "NotPermitted"},
    NamedCode{Errc::NotTmpfs, "NotTmpfs"},
    NamedCode{Errc::InvalidRuntime, "InvalidRuntime"},
    NamedCode{Errc::NoBroker, "NoBroker"},
    NamedCode{Errc::RoleTaken, "RoleTaken"},
    NamedCode{Errc::DomainReset, "DomainReset"},
    NamedCode{Errc::Forked, "Forked"},
    NamedCode{Errc::VersionMismatch, "VersionMismatch"},
    NamedCode{Errc::ProtocolError, "ProtocolError"},
    NamedCode{Errc::Corrupt, "Corrupt"},
    NamedCode{Errc::InvalidArgument, "InvalidArgument"},
    NamedCode{Errc::InvalidTopic, "InvalidTopic"},
    NamedCode{Errc::InvalidConfig, "InvalidConfig"},
    NamedCode{Errc::TypeMismatch, "TypeMismatch"},
    NamedCode{Errc::TopicUnlisted, "TopicUnlisted"},
    NamedCode{Errc::NotReliable, "NotReliable"},
    NamedCode{Errc::TooLarge, "TooLarge"},
    NamedCode{Errc::PoolFull, "PoolFull"},
    NamedCode{Errc::TooManyClients, "TooManyClients"},
    NamedCode{Errc::TooManyTopics, "TooManyTopics"},
    NamedCode{Errc::TooManyPublishers, "TooManyPublishers"},
    NamedCode{Errc::TooManySubscribers, "TooManySubscribers"},
    NamedCode{Errc::TooManyMemberships, "TooManyMemberships"},
    NamedCode{Errc::TooManyWaiters, "TooManyWaiters"},
    NamedCode{Errc::TooManyObservers, "TooManyObservers"},
    NamedCode{Errc::TooManyLoans, "TooManyLoans"},
    NamedCode{Errc::TooManyHeld, "TooManyHeld"},
    NamedCode{Errc::WouldBlock, "WouldBlock"},
    NamedCode{Errc::TimedOut, "TimedOut"},
    NamedCode{Errc::NoTopic, "NoTopic"},
    NamedCode{Errc::TooManyPatterns, "TooManyPatterns"},
};

}  // namespace

std::string_view to_string(Errc code) noexcept {
  for (const auto& entry : kNames) {
    if (entry.code == code) return entry.name;
  }
  return "Unknown";
}

Error Error::make(Errc code, int system_errno, const char* format, ...) noexcept {
  Error error;
  error.code_ = code;
  error.system_errno_ = system_errno;
  std::va_list arguments;
  va_start(arguments, format);
  int written = std::vsnprintf(error.text_, kTextBytes, format, arguments);
  va_end(arguments);
  if (written < 0) written = std::snprintf(error.text_, kTextBytes, "%s", format);
  std::size_t length = static_cast<std::size_t>(written);
  if (system_errno != 0 && length < kTextBytes) {
    // strerrordesc_np is reentrant, unlike strerror, and is not translated.
    const char* description = strerrordesc_np(system_errno);
    written = std::snprintf(error.text_ + length, kTextBytes - length, ": %s (errno %d)",
                            description != nullptr ? description : "unknown error", system_errno);
    length += written > 0 ? static_cast<std::size_t>(written) : 0;
  }
  if (length >= kTextBytes) std::memcpy(error.text_ + kTextBytes - 4, "...", 4);
  return error;
}

Error Error::restore(Errc code, int system_errno, std::string_view text) noexcept {
  Error error;
  error.code_ = code;
  error.system_errno_ = system_errno;
  const std::size_t length = text.size() < kTextBytes ? text.size() : kTextBytes - 1;
  if (length != 0) std::memcpy(error.text_, text.data(), length);
  error.text_[length] = '\0';
  if (length < text.size()) std::memcpy(error.text_ + kTextBytes - 4, "...", 4);
  return error;
}

}  // namespace tarn
