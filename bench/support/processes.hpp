// What the benchmarks run in: a broker of their own in a process of its own, peers on CPUs of their
// own. Nothing of it survives the benchmark. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "middleware/broker/broker.hpp"

namespace tarn::bench {

// A child process; ended, by its id, with the object.
class Process {
 public:
  // Forks and runs `body` there on CPU `cpu` (-1: any). Returns once the child called its argument,
  // which says that it is ready; a child that ends before that ends the benchmark.
  Process(const std::function<void(const std::function<void()>& ready)>& body, int cpu = -1);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] int pid() const { return pid_; }
  // Waits for its end; true if it exited with 0.
  bool join();
  // Without a word, and returns when it has ended.
  void kill_at_once();

 private:
  int pid_;
};

// A domain with a broker of its own. The options' runtime directory is chosen here.
class Domain {
 public:
  explicit Domain(broker::BrokerOptions options);
  ~Domain();

  [[nodiscard]] const std::string& runtime_directory() const { return directory_; }
  [[nodiscard]] int broker_pid() const { return broker_->pid(); }
  void kill_broker() { broker_->kill_at_once(); }
  // Another one in the place of one that was killed; returns when it serves.
  void start_broker();

 private:
  std::string directory_;
  broker::BrokerOptions options_;
  std::unique_ptr<Process> broker_;
};

// A topic as the broker's options name it: depth 16, two subscribers, one publisher.
plan::TopicRule topic(std::string name, std::uint32_t payload_bytes, directory::Stamp stamp);

// Ends the benchmark with a text and exit code 1.
[[noreturn]] void fail(const std::string& what);

// The value of a Result, or the end of the benchmark with its error.
template <typename T>
T must(tarn::Result<T> result) {
  if (!result) fail(result.error().message());
  return std::move(*result);
}

void pin_to_cpu(int cpu);
void unpin();

// Memory that a process and its later children share.
void* share_memory(std::size_t bytes);

}  // namespace tarn::bench
