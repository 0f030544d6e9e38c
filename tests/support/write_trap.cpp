#include "tests/support/write_trap.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

namespace tarn::test {

namespace {

WriteTrap* active = nullptr;
struct sigaction before {};

std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

void protect(std::byte* page, int protection) {
  if (::mprotect(page, page_bytes(), protection) != 0) ::_exit(1);
}

}  // namespace

struct WriteTrapHandler {
  static void handle(int, siginfo_t* info, void*) {
    WriteTrap* trap = active;
    const auto* address = static_cast<const std::byte*>(info->si_addr);
    if (trap == nullptr || trap->sprung_ || address < trap->page_ ||
        address >= trap->page_ + page_bytes()) {
      // Not ours: the instruction faults again, under whoever handled it before.
      ::sigaction(SIGSEGV, &before, nullptr);
      return;
    }
    trap->sprung_ = true;
    protect(trap->page_, PROT_READ | PROT_WRITE);
    trap->on_first_write_();
  }
};

WriteTrap::WriteTrap(std::function<void()> on_first_write)
    : on_first_write_(std::move(on_first_write)) {
  void* page = ::mmap(nullptr, page_bytes(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no page for a write trap");
  page_ = static_cast<std::byte*>(page);
  active = this;
  struct sigaction action {};
  action.sa_sigaction = &WriteTrapHandler::handle;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGSEGV, &action, &before);
}

WriteTrap::~WriteTrap() {
  ::sigaction(SIGSEGV, &before, nullptr);
  active = nullptr;
  ::munmap(page_, page_bytes());
}

void WriteTrap::set() {
  sprung_ = false;
  protect(page_, PROT_READ);
}

}  // namespace tarn::test
