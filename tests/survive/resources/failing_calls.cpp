#include "tests/survive/resources/failing_calls.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace tarn::test {

namespace {

struct Shortages {
  std::uint64_t number;
  int likely;
  int other;  // 0: there is but one
};

// Calls that are not listed take nothing and ask for nothing that could run out (gettid), cannot be undone
// by failing (close, munmap, exit), or are those of the C library's heap and threads (brk, clone). No processor
// has all that are.
constexpr auto kShortages = std::to_array<Shortages>({
    {SYS_openat, EMFILE, ENOMEM},
    {SYS_socket, EMFILE, ENOBUFS},
    {SYS_connect, ENOMEM, EINTR},
    {SYS_bind, ENOSPC, ENOMEM},
    {SYS_listen, ENOMEM, 0},
    {SYS_accept4, EMFILE, ENOMEM},
    {SYS_sendmsg, ENOBUFS, ETOOMANYREFS},
    {SYS_sendto, ENOBUFS, EINTR},
    {SYS_recvmsg, ENOMEM, EINTR},
    {SYS_recvfrom, ENOMEM, EINTR},
    {SYS_getsockopt, ENOPROTOOPT, EMFILE},
    {SYS_setsockopt, ENOMEM, 0},
    {SYS_mprotect, ENOMEM, 0},
    {SYS_madvise, ENOMEM, 0},
    {SYS_mlock, ENOMEM, EAGAIN},
    {SYS_fcntl, ENOLCK, EINTR},
    {SYS_flock, ENOLCK, EINTR},
    {SYS_fallocate, ENOSPC, EINTR},
    {SYS_ftruncate, EINTR, 0},
    {SYS_pread64, EINTR, EIO},
    {SYS_pwrite64, ENOSPC, EINTR},
    {SYS_read, EINTR, EIO},
    {SYS_write, EINTR, 0},
    {SYS_getdents64, ENOMEM, 0},
    {SYS_ppoll, ENOMEM, EINTR},
    {SYS_futex, EINTR, ENOMEM},
    {SYS_epoll_create1, EMFILE, ENOMEM},
    {SYS_epoll_ctl, ENOSPC, ENOMEM},
    {SYS_eventfd2, EMFILE, ENOMEM},
    {SYS_timerfd_create, EMFILE, ENOMEM},
    {SYS_pidfd_open, EMFILE, ENOMEM},
    {SYS_getrandom, EINTR, 0},
    {SYS_fchmod, ENOMEM, 0},
    {SYS_fchmodat, ENOMEM, 0},
    {SYS_mkdirat, ENOSPC, ENOMEM},
    {SYS_unlinkat, ENOMEM, 0},
    {SYS_sched_getaffinity, ENOMEM, 0},
    {SYS_dup3, EMFILE, 0},
#ifdef SYS_newfstatat
    {SYS_newfstatat, ENOMEM, 0},
#endif
#ifdef SYS_statfs
    {SYS_statfs, ENOMEM, 0},
#endif
#ifdef SYS_fstatfs
    {SYS_fstatfs, ENOMEM, 0},
#endif
#ifdef SYS_renameat
    {SYS_renameat, ENOSPC, ENOMEM},
#endif
#ifdef SYS_fstat
    {SYS_fstat, ENOMEM, 0},
#endif
#ifdef SYS_poll
    {SYS_poll, ENOMEM, EINTR},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, EINTR, 0},
#endif
    {SYS_epoll_pwait, EINTR, 0},
#ifdef SYS_stat
    {SYS_stat, ENOMEM, 0},
    {SYS_lstat, ENOMEM, 0},
#endif
#ifdef SYS_unlink
    {SYS_unlink, ENOMEM, 0},
    {SYS_mkdir, ENOSPC, ENOMEM},
    {SYS_rename, ENOSPC, ENOMEM},
    {SYS_chmod, ENOMEM, 0},
#endif
});

}  // namespace

std::vector<int> shortages_of(const SystemCall& call) {
#ifdef SYS_mmap
  constexpr std::uint64_t kMap = SYS_mmap;
#else
  constexpr std::uint64_t kMap = SYS_mmap2;
#endif
  if (call.number == kMap) {
    const bool anonymous = (call.arguments[3] & MAP_ANONYMOUS) != 0;
    return anonymous ? std::vector<int>{} : std::vector<int>{ENOMEM};
  }
  const auto found =
      std::find_if(kShortages.begin(), kShortages.end(),
                   [&](const Shortages& listed) { return listed.number == call.number; });
  if (found == kShortages.end()) return {};
  return found->other == 0 ? std::vector<int>{found->likely}
                           : std::vector<int>{found->likely, found->other};
}

std::vector<std::uint32_t> calls_to_fail(const std::vector<SystemCall>& calls) {
  constexpr int kRounds = 2;
  const bool all = std::getenv("TARN_SOAK") != nullptr;
  using Neighbours = std::array<std::uint64_t, 5>;
  std::map<Neighbours, int> seen;
  std::vector<std::uint32_t> chosen;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Neighbours around{};
    for (std::size_t offset = 0; offset < around.size(); ++offset) {
      const std::size_t place = i + offset;
      if (place >= 2 && place < calls.size() + 2) around[offset] = calls[place - 2].number;
    }
    if (all || ++seen[around] <= kRounds) chosen.push_back(calls[i].index);
  }
  return chosen;
}

CallRule shortage_at(std::uint32_t index, std::size_t choice) {
  return [index, choice](const SystemCall& call) {
    if (call.index != index) return CallOrder{};
    const auto errors = shortages_of(call);
    return choice < errors.size() ? fail_with(errors[choice]) : CallOrder{};
  };
}

std::size_t descriptor_count(std::int32_t pid) {
  const std::filesystem::directory_iterator open("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

std::uint64_t writable_bytes_of(std::int32_t pid, const char* path_end) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  std::uint64_t bytes = 0;
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(path_end)) continue;
    const auto dash = line.find('-');
    const auto space = line.find(' ');
    if (line.at(space + 2) != 'w') continue;
    bytes += std::stoull(line.substr(dash + 1, space - dash - 1), nullptr, 16) -
             std::stoull(line.substr(0, dash), nullptr, 16);
  }
  return bytes;
}

}  // namespace tarn::test
