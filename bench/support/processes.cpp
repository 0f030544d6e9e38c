#include "bench/support/processes.hpp"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

namespace tarn::bench {

void fail(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

void pin_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("cannot pin to CPU " + std::to_string(cpu));
}

void unpin() {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("cannot use all CPUs again");
}

void* share_memory(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}

Process::Process(const std::function<void(const std::function<void()>&)>& body, int cpu) {
  int ready[2];
  if (pipe(ready) != 0) fail("pipe");
  pid_ = fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    close(ready[0]);
    if (cpu >= 0) pin_to_cpu(cpu);
    body([&] {
      if (write(ready[1], "r", 1) != 1) _exit(1);
      close(ready[1]);
    });
    _exit(0);
  }
  close(ready[1]);
  char answer = 0;
  const bool is_ready = read(ready[0], &answer, 1) == 1;
  close(ready[0]);
  if (!is_ready) fail("a child process ended before it was ready");
}

bool Process::join() {
  int status = 0;
  const int pid = std::exchange(pid_, 0);
  return pid != 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

void Process::kill_at_once() {
  kill(pid_, SIGKILL);
  join();
}

Process::~Process() {
  if (pid_ == 0) return;
  kill(pid_, SIGTERM);
  join();
}

Domain::Domain(broker::BrokerOptions options) : options_(std::move(options)) {
  char directory[] = "/dev/shm/tarn-bench-XXXXXX";
  if (mkdtemp(directory) == nullptr) fail("mkdtemp");
  directory_ = directory;
  options_.runtime_directory = directory_;
  start_broker();
}

void Domain::start_broker() {
  broker_ = std::make_unique<Process>([&](const std::function<void()>& ready) {
    auto role = must(broker::Broker::create(options_));
    static broker::Broker* running = nullptr;
    running = &role;
    signal(SIGTERM, [](int) { running->stop(); });
    ready();
    const auto served = role.run();
    running = nullptr;
    if (!served) fail(served.error().message());
  });
}

Domain::~Domain() {
  broker_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

plan::TopicRule topic(std::string name, std::uint32_t payload_bytes, directory::Stamp stamp) {
  plan::TopicRule listed;
  listed.name = std::move(name);
  listed.payload_bytes = payload_bytes;
  listed.subscribers = 2;
  listed.stamp = stamp;
  return listed;
}

}  // namespace tarn::bench
