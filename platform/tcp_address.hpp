// Where a TCP connection goes, as people write it: tcp://HOST:PORT, HOST being a name, an IPv4 address or
// an IPv6 address in brackets. Nothing is resolved here and no name needs to exist. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tarn/result.hpp>

namespace tarn::platform {

inline constexpr std::size_t kMaxHostBytes = 253;  // of a name in DNS

struct TcpAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  bool operator==(const TcpAddress&) const = default;
};

// InvalidArgument says what is wrong with it.
[[nodiscard]] Result<TcpAddress> parse_tcp_address(std::string_view text);

}  // namespace tarn::platform
