// Slice<T>: a message of as many T as its publisher has this time, from none up to a maximum. It names
// a message type and is never an object: a publisher loans room for n elements and publishes those, a
// subscriber gets exactly those. Both only agree on T; the maximum is the publisher's own affair.
//
//   auto publisher = node.publisher<tarn::Slice<Point>>("scan", {.max_elements = 1000}).value();
//   auto loan = publisher.loan(points_seen).value();
//   for (Point& point : *loan) point = next();
//   publisher.publish(std::move(loan)).value();
//
//   if (auto sample = subscriber.try_take()) for (const Point& point : *sample) use(point);
#pragma once

#include <tarn/message.hpp>

namespace tarn {

template <typename T>
struct Slice {
  static_assert(require_message<T>());
  Slice() = delete;
};

}  // namespace tarn
