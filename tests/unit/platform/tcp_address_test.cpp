#include "platform/tcp_address.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using tarn::platform::parse_tcp_address;
using tarn::platform::TcpAddress;
using tarn::test::must;

namespace {

std::string problem_of(std::string_view text) {
  const auto address = parse_tcp_address(text);
  return address ? "none" : address.error().message();
}

}  // namespace

TEST_CASE("an address is a host and a port", "[platform]") {
  CHECK(must(parse_tcp_address("tcp://10.0.0.2:7450")) == TcpAddress{"10.0.0.2", 7450});
  CHECK(must(parse_tcp_address("tcp://[fe80::1]:1")) == TcpAddress{"fe80::1", 1});
  CHECK(must(parse_tcp_address("tcp://[::]:65535")) == TcpAddress{"::", 65535});
  CHECK(must(parse_tcp_address("tcp://vision.local:7450")) == TcpAddress{"vision.local", 7450});
  CHECK(must(parse_tcp_address("tcp://nav_board-2:80")) == TcpAddress{"nav_board-2", 80});
  CHECK(must(parse_tcp_address("tcp://1st.board:80")) == TcpAddress{"1st.board", 80});
}

TEST_CASE("what is no address is refused with its fault", "[platform]") {
  for (const auto* text : {"", "10.0.0.2:7450", "udp://a:1", "TCP://a:1", "tcp:/a:1"}) {
    CAPTURE(text);
    CHECK(problem_of(text) == "does not begin with tcp://");
  }
  for (const auto* text : {"tcp://", "tcp://a", "tcp://[::1]", "tcp://[::]"}) {
    CAPTURE(text);
    CHECK(problem_of(text) == "has no port");
  }
  for (const auto* text :
       {"tcp://a:", "tcp://a:0", "tcp://a:65536", "tcp://a:07", "tcp://a:x", "tcp://a:+1",
        "tcp://a:-1", "tcp://a:1/", "tcp://a: 1", "tcp://a:99999999999"}) {
    CAPTURE(text);
    CHECK(problem_of(text) == "has a port that is not a number from 1 to 65535");
  }
  CHECK(problem_of("tcp://:1") == "has no host");
  CHECK(problem_of("tcp://[::1:1") == "has no closing ']'");
  CHECK(problem_of("tcp://[::1]x:1") == "has something between ']' and the port");
  CHECK(problem_of("tcp://[]:1") == "has no IPv6 address in its brackets");
  CHECK(problem_of("tcp://[10.0.0.1]:1") == "has no IPv6 address in its brackets");
  CHECK(problem_of("tcp://::1:1") == "has an IPv6 address without brackets");
  CHECK(problem_of("tcp://" + std::string(254, 'a') + ":1") == "has a host of more than 253 bytes");
  for (const auto* text :
       {"tcp://10.0.0:1", "tcp://256.0.0.1:1", "tcp://10.0.0.1.2:1", "tcp://a..b:1", "tcp://.a:1",
        "tcp://a.:1", "tcp://-a:1", "tcp://a-:1", "tcp://a-.b:1", "tcp://a b:1", "tcp://a/b:1",
        "tcp://user@host:1", "tcp://\xc3\xa9:1"}) {
    CAPTURE(text);
    CHECK(problem_of(text) == "has a host that is neither a name nor an IPv4 address");
  }
  CHECK(problem_of("tcp://" + std::string(64, 'a') + ":1") ==
        "has a host that is neither a name nor an IPv4 address");
}
