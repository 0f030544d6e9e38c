#include "tests/support/traced_registers.hpp"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <cstddef>

namespace tarn::test {

#if defined(__x86_64__)

namespace {

bool poke(std::int32_t thread, std::size_t offset, std::uint64_t value) noexcept {
  return ::ptrace(PTRACE_POKEUSER, thread, offset, value) == 0;
}

}  // namespace

bool registers_are_known() noexcept { return true; }

bool suppress_call(std::int32_t thread) noexcept {
  return poke(thread, offsetof(user_regs_struct, orig_rax), static_cast<std::uint64_t>(-1));
}

bool set_third_argument(std::int32_t thread, std::uint64_t value) noexcept {
  return poke(thread, offsetof(user_regs_struct, rdx), value);
}

bool set_result(std::int32_t thread, std::int64_t result) noexcept {
  return poke(thread, offsetof(user_regs_struct, rax), static_cast<std::uint64_t>(result));
}

#elif defined(__aarch64__)

namespace {

// Linux's name for the number of a call as a register set; older headers lack it.
constexpr int kSystemCallSet = 0x404;

bool set_general(std::int32_t thread, std::size_t index, std::uint64_t value) noexcept {
  user_regs_struct registers{};
  iovec place{.iov_base = &registers, .iov_len = sizeof registers};
  if (::ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &place) != 0) return false;
  registers.regs[index] = value;
  return ::ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &place) == 0;
}

}  // namespace

bool registers_are_known() noexcept { return true; }

bool suppress_call(std::int32_t thread) noexcept {
  int number = -1;
  iovec place{.iov_base = &number, .iov_len = sizeof number};
  return ::ptrace(PTRACE_SETREGSET, thread, kSystemCallSet, &place) == 0;
}

bool set_third_argument(std::int32_t thread, std::uint64_t value) noexcept {
  return set_general(thread, 2, value);
}

bool set_result(std::int32_t thread, std::int64_t result) noexcept {
  return set_general(thread, 0, static_cast<std::uint64_t>(result));
}

#else

bool registers_are_known() noexcept { return false; }
bool suppress_call(std::int32_t /*thread*/) noexcept { return false; }
bool set_third_argument(std::int32_t /*thread*/, std::uint64_t /*value*/) noexcept { return false; }
bool set_result(std::int32_t /*thread*/, std::int64_t /*result*/) noexcept { return false; }

#endif

}  // namespace tarn::test
