#include "tests/model/explorer/trace.hpp"

#include <cstdio>

namespace tarn::model {

namespace {

const char* name_of(Order order) {
  switch (order) {
    case Order::Relaxed:
      return "relaxed";
    case Order::Acquire:
      return "acquire";
    case Order::Release:
      return "release";
    case Order::AcquireRelease:
      return "acquire and release";
    case Order::Full:
      break;
  }
  return "full";
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::Load:
      return "load";
    case Kind::Store:
      return "store";
    case Kind::Add:
      return "add";
    case Kind::Or:
      return "or";
    case Kind::And:
      return "and";
    case Kind::Fence:
      return "fence";
    case Kind::PlainRead:
      return "read";
    case Kind::PlainWrite:
      return "write";
    case Kind::FutexWait:
      return "futex wait";
    case Kind::FutexWake:
      break;
  }
  return "futex wake";
}

std::string source_of(const TraceLine& line, const std::vector<ThreadBody>& threads) {
  if (line.initial) return line.stale ? "the initial value, newer ones are there" : "initial value";
  std::string text = "of " + threads[line.writer].name;
  if (line.early) return text + ", who writes it only later";
  return line.stale ? text + ", newer ones are there" : text;
}

std::string describe(const TraceLine& line, const WordMap& words,
                     const std::vector<ThreadBody>& threads) {
  const Operation& operation = line.operation;
  const bool atomic = operation.kind != Kind::PlainRead && operation.kind != Kind::PlainWrite;
  std::string text = name_of(operation.kind);
  if (operation.kind == Kind::Fence) return std::string(name_of(operation.order)) + " fence";
  text += ' ' + words.text(operation.word);
  const auto show = [&](std::uint64_t value) { return words.show(operation.word, value); };
  switch (operation.kind) {
    case Kind::Load:
      return text + " = " + show(operation.result) + ", " + name_of(operation.order) + ", " +
             source_of(line, threads);
    case Kind::PlainRead:
      return text + " = " + show(operation.result);
    case Kind::FutexWait:
      return text + " while " + show(operation.operand);
    case Kind::FutexWake:
      return text;
    default:
      return text + ": " + show(operation.operand) +
             (atomic ? std::string(", ") + name_of(operation.order) : "");
  }
}

}  // namespace

void Trace::note(ThreadId thread, const Operation& operation) {
  TraceLine line;
  line.thread = thread;
  line.operation = operation;
  add(std::move(line));
}

void Trace::remark(ThreadId thread, const char* text) {
  TraceLine line;
  line.thread = thread;
  line.remark = text;
  add(std::move(line));
}

std::string Trace::print(const WordMap& words, const std::vector<ThreadBody>& threads) const {
  std::string text;
  for (const TraceLine& line : lines_) {
    char head[80];
    std::snprintf(head, sizeof head, "  %-12s %-22s ", threads[line.thread].name.c_str(),
                  line.operation.step);
    text += head;
    text += line.remark.empty() ? describe(line, words, threads) : line.remark;
    text += '\n';
  }
  return text;
}

}  // namespace tarn::model
