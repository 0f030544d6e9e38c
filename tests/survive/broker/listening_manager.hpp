// A service manager's end of NOTIFY_SOCKET, which hears what a service says. Knows no service. Main thread
// of the test.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/file_descriptor.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

class ListeningManager {
 public:
  ListeningManager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no socket for a service manager");
    }
  }

  [[nodiscard]] std::string path() const { return directory_.file("notify"); }

  // Waits for a message that starts so; forgets those before it. Empty when none comes.
  [[nodiscard]] std::string next(const std::string& start,
                                 std::chrono::nanoseconds limit = kWatchdog) {
    std::string found;
    (void)wait_until([&] { return receive(start, found); }, limit);
    return found;
  }
  // Everything but signs of life that has come by now.
  [[nodiscard]] std::vector<std::string> states() {
    std::vector<std::string> all;
    for (std::string text; take(text);) {
      if (text != "WATCHDOG=1") all.push_back(text);
    }
    return all;
  }

 private:
  bool take(std::string& text) {
    std::array<char, 512> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count >= 0) text.assign(buffer.data(), static_cast<std::size_t>(count));
    return count >= 0;
  }
  bool receive(const std::string& start, std::string& found) {
    for (std::string text; take(text);) {
      if (text.rfind(start, 0) != 0) continue;
      found = text;
      return true;
    }
    return false;
  }

  TemporaryDirectory directory_;
  platform::FileDescriptor socket_;
};

}  // namespace tarn::test
