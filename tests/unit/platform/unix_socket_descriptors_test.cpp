// fds that travel with packets: they arrive where they are asked for, and nowhere else.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "platform/shared_file.hpp"
#include "platform/unix_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

constexpr std::array kWord{std::byte{42}};

class NumberedFiles {
 public:
  explicit NumberedFiles(std::size_t count) {
    for (std::size_t number = 0; number < count; ++number) {
      const std::string path = directory_.file(std::to_string(number));
      files_.push_back(must(create_file(path, 0600)));
      fds.push_back(files_.back().get());
      identities.push_back(must(file_identity(files_.back(), path)));
    }
  }

 private:
  TemporaryDirectory directory_;
  std::vector<FileDescriptor> files_;

 public:
  std::vector<int> fds;
  std::vector<FileIdentity> identities;
};

TEST_CASE("fds arrive with their packet, in order and close-on-exec", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  const std::size_t count = GENERATE(1U, 2U, 3U, 16U);
  const NumberedFiles files(count);
  must(near.send_with_fds(kWord, files.fds, kForever));
  std::array<std::byte, 4> buffer{};
  std::vector<FileDescriptor> received(count);
  const auto packet = must(far.receive_with_fds(buffer, received, kForever));
  REQUIRE(packet.bytes == 1);
  REQUIRE(packet.descriptors == count);
  REQUIRE_FALSE(packet.had_descriptors);
  for (std::size_t index = 0; index < count; ++index) {
    REQUIRE(must(file_identity(received[index], "received")) == files.identities[index]);
    REQUIRE((::fcntl(received[index].get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("an fd that another process sent works here", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  auto child = ChildProcess::start([&far = far](Parent& parent) {
    const TemporaryDirectory directory;
    const auto file = must(create_file(directory.file("gift"), 0600));
    parent.check(write_file_at(file, 0, kWord, "gift").has_value(), "the child writes");
    const std::array fds{file.get()};
    parent.check(far.send_with_fds(kWord, fds, kForever).has_value(), "the child sends");
    parent.check(unlink_file(directory.file("gift")).has_value(), "the file has no name");
    ::rmdir(directory.path().c_str());
  });
  std::array<std::byte, 4> buffer{};
  std::array<FileDescriptor, 1> received;
  REQUIRE(must(near.receive_with_fds(buffer, received, kForever)).descriptors == 1);
  REQUIRE(child.join() == kCleanExit);
  REQUIRE(must(read_file_at(received[0], 0, buffer, "gift")) == 1);
  REQUIRE(buffer[0] == kWord[0]);
}

TEST_CASE("a plain receive installs no fd and says that there were some",
          "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  const NumberedFiles files(5);
  must(near.send_with_fds(kWord, files.fds, kForever));
  must(near.send_with_fds(kWord, files.fds, kForever));
  must(near.send(kWord, kForever));
  const auto before = open_descriptors();
  std::array<std::byte, 4> buffer{};
  const auto waited = must(far.receive(buffer, kForever));
  const auto tried = must(far.try_receive(buffer));
  REQUIRE(open_descriptors() == before);
  REQUIRE(waited.had_descriptors);
  REQUIRE(waited.descriptors == 0);
  REQUIRE(waited.bytes == 1);
  REQUIRE(tried->had_descriptors);
  REQUIRE_FALSE(must(far.receive(buffer, kForever)).had_descriptors);
}

TEST_CASE("more fds than there is a place for are not installed", "[platform][unix_socket]") {
  if (is_emulated()) return skip("the emulator installs fds that it then has no place for");
  auto [near, far] = must(socket_pair());
  const std::size_t places = GENERATE(1U, 2U, 3U);
  const std::size_t surplus = GENERATE(1U, 4U);
  const NumberedFiles files(places + surplus);
  must(near.send_with_fds(kWord, files.fds, kForever));
  const auto before = open_descriptors();
  std::array<std::byte, 4> buffer{};
  std::vector<FileDescriptor> received(places);
  const auto packet = must(far.receive_with_fds(buffer, received, kForever));
  REQUIRE(packet.had_descriptors);
  REQUIRE(packet.descriptors == places);
  REQUIRE(open_descriptors().size() == before.size() + places);
}

TEST_CASE("fewer fds than there are places leave the rest empty", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  const NumberedFiles files(1);
  must(near.send_with_fds(kWord, files.fds, kForever));
  must(near.send(kWord, kForever));
  std::array<std::byte, 4> buffer{};
  std::array<FileDescriptor, 3> received;
  REQUIRE(must(far.receive_with_fds(buffer, received, kForever)).descriptors == 1);
  REQUIRE(received[0].valid());
  REQUIRE_FALSE(received[1].valid());
  std::array<FileDescriptor, 3> none;
  REQUIRE(must(far.receive_with_fds(buffer, none, kForever)).descriptors == 0);
  REQUIRE_FALSE(none[0].valid());
}

TEST_CASE("fds in packets that nobody received are closed with the socket",
          "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  const FileDescriptor read_end(ends[0]);
  {
    const FileDescriptor write_end(ends[1]);
    const std::array fds{write_end.get()};
    must(near.send_with_fds(kWord, fds, kForever));
  }
  char byte = 0;
  REQUIRE(::read(read_end.get(), &byte, 1) == -1);  // the pipe's other end is still on its way
  near.reset();
  far.reset();
  REQUIRE(::read(read_end.get(), &byte, 1) == 0);
}

TEST_CASE("one packet takes a bounded number of fds", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  const std::vector<int> fds(kDescriptorsPerPacket + 1, near.get());
  const auto sent = near.send_with_fds(kWord, fds, kForever);
  REQUIRE_FALSE(sent.has_value());
  REQUIRE(sent.error().code() == Errc::InvalidArgument);
}

TEST_CASE("an fd that is not open cannot be sent", "[platform][unix_socket]") {
  auto [near, far] = must(socket_pair());
  constexpr std::array kClosed{1'000'000};
  const auto sent = near.send_with_fds(kWord, kClosed, kForever);
  REQUIRE_FALSE(sent.has_value());
  REQUIRE(sent.error().system_errno() == EBADF);
}

}  // namespace
}  // namespace tarn::platform
