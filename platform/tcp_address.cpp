#include "platform/tcp_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <optional>
#include <system_error>

namespace tarn::platform {

namespace {

constexpr std::string_view kScheme = "tcp://";
constexpr std::size_t kMaxLabelBytes = 63;

Failure refuse(const char* why) {
  return Failure(Error::make(Errc::InvalidArgument, 0, "%s", why));
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool parses_as(int family, const std::string& host) noexcept {
  in6_addr address{};  // the larger of the two
  return ::inet_pton(family, host.c_str(), &address) == 1;
}

// Letters, digits and '-' in labels joined by '.'; '_' because devices are called so.
bool is_name(std::string_view host) noexcept {
  std::size_t label = 0;
  char before = '.';
  for (const char c : host) {
    if (c == '.') {
      if (before == '.' || before == '-') return false;
      label = 0;
    } else {
      if (!is_letter(c) && !is_digit(c) && c != '_' && (c != '-' || before == '.')) return false;
      if (++label > kMaxLabelBytes) return false;
    }
    before = c;
  }
  return before != '.' && before != '-';
}

// A host of digits and dots alone is an address, or a mistake in one.
bool looks_numeric(std::string_view host) noexcept {
  return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, port);
  const bool decimal = !text.empty() && text.front() != '0' && is_digit(text.front());
  if (!decimal || error != std::errc{} || parsed_to != end || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

}  // namespace

Result<TcpAddress> parse_tcp_address(std::string_view text) {
  if (!text.starts_with(kScheme)) return refuse("does not begin with tcp://");
  text.remove_prefix(kScheme.size());
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const std::size_t bracket = bracketed ? text.find(']') : std::string_view::npos;
  if (bracketed && bracket == std::string_view::npos) return refuse("has no closing ']'");
  if (colon == std::string_view::npos || (bracketed && colon < bracket)) {
    return refuse("has no port");
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return refuse("has a port that is not a number from 1 to 65535");
  const std::string_view written = text.substr(0, colon);
  if (written.empty()) return refuse("has no host");
  if (bracketed) {
    const std::string host(written.substr(1, bracket - 1));
    if (bracket + 1 != colon) return refuse("has something between ']' and the port");
    if (!parses_as(AF_INET6, host)) return refuse("has no IPv6 address in its brackets");
    return TcpAddress{host, *port};
  }
  const std::string host(written);
  if (host.find(':') != std::string::npos) return refuse("has an IPv6 address without brackets");
  if (host.size() > kMaxHostBytes) return refuse("has a host of more than 253 bytes");
  const bool valid = looks_numeric(host) ? parses_as(AF_INET, host) : is_name(host);
  if (!valid) return refuse("has a host that is neither a name nor an IPv4 address");
  return TcpAddress{host, *port};
}

}  // namespace tarn::platform
