// A process that publishes for a test: what is called here runs there. It is a fork of the test, so both
// sides know the same functions at the same places, and a call is an address and its operands as they stand
// in memory. Whatever a call makes over there stays there under a number. It knows nothing of what is called.
// Owned by everything that stands for a thing in it; one call at a time, from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/support/child_process.hpp"

namespace tarn::test {

// What lives in the publishing process.
class Objects {
 public:
  template <typename T>
  std::uint64_t keep(T&& thing) {
    things_[++last_] = std::make_shared<std::decay_t<T>>(std::forward<T>(thing));
    return last_;
  }
  template <typename T>
  T& get(std::uint64_t number) {
    return *static_cast<T*>(things_.at(number).get());
  }
  void drop(std::uint64_t number) { things_.erase(number); }

 private:
  std::map<std::uint64_t, std::shared_ptr<void>> things_;
  std::uint64_t last_ = 0;
};

class PublishingProcess {
 public:
  // Throws std::runtime_error when there can be no further process. Main thread.
  PublishingProcess();
  ~PublishingProcess();
  PublishingProcess(const PublishingProcess&) = delete;
  PublishingProcess& operator=(const PublishingProcess&) = delete;

  // What `run` answers over there. Throws std::runtime_error when no answer comes.
  template <typename Reply, typename Request>
  Reply call(Reply (*run)(Objects&, const Request&), const Request& request) {
    static_assert(std::is_trivially_copyable_v<Reply> && std::is_trivially_copyable_v<Request>);
    static_assert(sizeof(Request) <= kMostBytes && sizeof(Reply) <= kMostBytes);
    Call what;
    what.carrier = &carry<Reply, Request>;
    what.run = reinterpret_cast<void (*)()>(run);
    what.bytes = sizeof(Request);
    std::memcpy(what.operands, &request, sizeof(Request));
    alignas(Reply) std::byte answer[sizeof(Reply)];
    exchange(what, answer);
    Reply reply;
    std::memcpy(static_cast<void*>(&reply), answer, sizeof(Reply));
    return reply;
  }
  // Of what was made there.
  void drop(std::uint64_t number);

 private:
  static constexpr std::size_t kMostBytes = 20 * 1024;
  struct Call {
    // Answers how many bytes of `answer` it filled.
    std::size_t (*carrier)(void (*run)(), Objects& objects, const std::byte* operands,
                           std::byte* answer) = nullptr;
    void (*run)() = nullptr;
    std::size_t bytes = 0;
    alignas(std::max_align_t) std::byte operands[kMostBytes];  // these many
  };

  // Of a call without its operands.
  static constexpr std::size_t kCallBytes = offsetof(Call, operands);

  template <typename Reply, typename Request>
  static std::size_t carry(void (*run)(), Objects& objects, const std::byte* operands,
                           std::byte* answer) {
    Request request;
    std::memcpy(static_cast<void*>(&request), operands, sizeof(Request));
    const Reply reply =
        reinterpret_cast<Reply (*)(Objects&, const Request&)>(run)(objects, request);
    std::memcpy(answer, &reply, sizeof(Reply));
    return sizeof(Reply);
  }
  static void serve(int socket);
  void exchange(const Call& what, std::span<std::byte> answer);

  std::mutex one_call_;
  int socket_ = -1;
  ChildProcess child_;
};

}  // namespace tarn::test
