#include "tests/model/explorer/shared_access.hpp"

#include <cstring>

#include "platform/futex.hpp"
#include "tests/model/explorer/explorer.hpp"

namespace tarn::model {

namespace {

std::uint64_t value_at(const void* word, std::uint32_t bytes) {
  std::uint16_t half = 0;
  std::uint32_t single = 0;
  std::uint64_t wide = 0;
  switch (bytes) {
    case sizeof half:
      std::memcpy(&half, word, sizeof half);
      return half;
    case sizeof single:
      std::memcpy(&single, word, sizeof single);
      return single;
    default:
      std::memcpy(&wide, word, sizeof wide);
      return wide;
  }
}

void set_at(void* word, std::uint32_t bytes, std::uint64_t value) {
  const auto half = static_cast<std::uint16_t>(value);
  const auto single = static_cast<std::uint32_t>(value);
  if (bytes == sizeof half) {
    std::memcpy(word, &half, sizeof half);
  } else if (bytes == sizeof single) {
    std::memcpy(word, &single, sizeof single);
  } else {
    std::memcpy(word, &value, sizeof value);
  }
}

Operation at(Kind kind, const void* word, std::uint32_t bytes, const char* step) {
  Operation operation;
  operation.kind = kind;
  operation.address = word;
  operation.bytes = bytes;
  operation.initial = value_at(word, bytes);
  operation.step = step;
  return operation;
}

}  // namespace

std::uint64_t load(const void* word, std::uint32_t bytes, Order order, const char* step) {
  if (!exploring()->follows(word)) return value_at(word, bytes);
  Operation operation = at(Kind::Load, word, bytes, step);
  operation.order = order;
  exploring()->perform(operation);
  return operation.result;
}

void store(void* word, std::uint32_t bytes, std::uint64_t value, Order order, const char* step) {
  if (!exploring()->follows(word)) {
    set_at(word, bytes, value);
    return;
  }
  Operation operation = at(Kind::Store, word, bytes, step);
  operation.order = order;
  operation.operand = value;
  exploring()->perform(operation);
}

std::uint64_t change(void* word, std::uint32_t bytes, Kind kind, std::uint64_t operand, Order order,
                     const char* step) {
  Operation operation = at(kind, word, bytes, step);
  operation.order = order;
  operation.operand = operand;
  exploring()->perform(operation);
  return operation.result;
}

void fence(Order order, const char* step) {
  Operation operation;
  operation.kind = Kind::Fence;
  operation.order = order;
  operation.step = step;
  exploring()->perform(operation);
}

void plain_write(const void* payload, std::uint64_t value, const char* step) {
  Operation operation = at(Kind::PlainWrite, payload, sizeof value, step);
  operation.operand = value;
  exploring()->perform(operation);
}

std::uint64_t plain_read(const void* payload, const char* step) {
  Operation operation = at(Kind::PlainRead, payload, sizeof(std::uint64_t), step);
  exploring()->perform(operation);
  return operation.result;
}

std::uint64_t last_value(const void* word) { return exploring()->last_value(word); }

void expect(bool holds, const char* claim) { exploring()->expect(holds, claim); }

}  // namespace tarn::model

// The library's futex calls, in a program that has these in front of the library's own.
namespace tarn::platform {

FutexWait futex_wait(const std::uint32_t* word, std::uint32_t expected, MonotonicTime /*deadline*/,
                     OnSignal /*on_signal*/) noexcept {
  model::Operation operation = model::at(model::Kind::FutexWait, word, sizeof *word, "futex_wait");
  operation.operand = expected;
  model::exploring()->perform(operation);
  return operation.result != 0 ? FutexWait::Woken : FutexWait::ValueChanged;
}

int futex_wake(const std::uint32_t* word, int count) noexcept {
  model::Operation operation = model::at(model::Kind::FutexWake, word, sizeof *word, "futex_wake");
  operation.operand = static_cast<std::uint64_t>(count);
  model::exploring()->perform(operation);
  return 0;
}

}  // namespace tarn::platform
