// List<T, N>: a member of a message that holds up to N values of one message type, as a vector of
// fixed capacity. It has the same bytes in every process: a size, then the items. The items behind the
// size are zero in a new List, and what they were before in one that became shorter. Knows nothing of
// topics. A value; a List that another process wrote never reads beyond its N items.
//
//   struct Path { tarn::List<Waypoint, 16> points; };
//   TARN_MESSAGE(Path, points)
//
// The memory of a loan is not a List yet: begin with clear() or an assignment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

#include <tarn/detail/assert.hpp>
#include <tarn/message.hpp>

namespace tarn {

template <typename T, std::size_t N>
class List {
  static_assert(!std::is_array_v<T>, "a tarn::List holds std::array rather than C arrays");
  static_assert(N >= 1 && N <= kMaxMessageBytes, "a tarn::List holds at least 1 item");

 public:
  // What it holds.
  using value_type = T;

  constexpr List() noexcept = default;
  // As many as are written, which must fit: List<int, 4> list = {{1, 2, 3}};
  template <std::size_t M>
    requires(M <= N)
  constexpr List(const T (&items)[M]) noexcept {
    put(items);
  }

  // Takes all items, or answers false and stays as it was when there are more than N.
  [[nodiscard]] constexpr bool try_assign(std::span<const T> items) noexcept {
    if (items.size() > N) return false;
    put(items);
    return true;
  }
  // Answers false and stays as it was when it is full.
  [[nodiscard]] constexpr bool push_back(const T& item) noexcept {
    const std::size_t old = size();
    if (old == N) return false;
    items_[old] = item;
    set_size(old + 1);
    return true;
  }
  // Makes it shorter, or longer by items of T{}. Answers false and stays as it was above N.
  [[nodiscard]] constexpr bool try_resize(std::size_t size) noexcept {
    if (size > N) return false;
    for (std::size_t i = this->size(); i < size; ++i) items_[i] = T{};
    set_size(size);
    return true;
  }
  // Requires: not empty.
  constexpr void pop_back() noexcept {
    TARN_ASSERT(!empty());
    set_size(size() - 1);
  }
  // Empties it; also makes a List of the memory of a loan.
  constexpr void clear() noexcept { set_size(0); }

  // Items it holds now, at most N.
  [[nodiscard]] constexpr std::size_t size() const noexcept {
    return std::min<std::size_t>(size_[0], N);
  }
  // The most it can hold.
  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return N; }
  // Whether it holds no item, or N.
  [[nodiscard]] constexpr bool empty() const noexcept { return size_[0] == 0; }
  [[nodiscard]] constexpr bool full() const noexcept { return size() == N; }

  // Requires: index < size().
  [[nodiscard]] constexpr T& operator[](std::size_t index) noexcept {
    TARN_ASSERT(index < size());
    return items_[index];
  }
  // Requires: index < size().
  [[nodiscard]] constexpr const T& operator[](std::size_t index) const noexcept {
    TARN_ASSERT(index < size());
    return items_[index];
  }

  // The items in their order, next to each other.
  [[nodiscard]] constexpr T* data() noexcept { return items_; }
  [[nodiscard]] constexpr const T* data() const noexcept { return items_; }
  [[nodiscard]] constexpr T* begin() noexcept { return items_; }
  [[nodiscard]] constexpr const T* begin() const noexcept { return items_; }
  [[nodiscard]] constexpr T* end() noexcept { return items_ + size(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return items_ + size(); }

  // Item by item, for types that have ==.
  friend constexpr bool operator==(const List& left, const List& right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
  }

 private:
  // The size takes as much room as T's alignment asks for, and the items a whole number of sizes, so
  // that no byte of a List itself is padding.
  static constexpr std::size_t kSizeWords = std::max<std::size_t>(alignof(T) / 4, 1);
  static constexpr std::size_t kUnit = 4 / std::gcd(std::size_t{4}, sizeof(T));
  static constexpr std::size_t kStored = (N + kUnit - 1) / kUnit * kUnit;

  constexpr void put(std::span<const T> items) noexcept {
    for (std::size_t i = 0; i < items.size(); ++i) items_[i] = items[i];
    set_size(items.size());
  }
  constexpr void set_size(std::size_t size) noexcept {
    for (std::uint32_t& word : size_) word = 0;
    size_[0] = static_cast<std::uint32_t>(size);
  }

  friend constexpr detail::Description tarn_describe(detail::TypeTag<List>) noexcept {
    detail::Description described{.name = "tarn.List"};
    detail::add_field<"size", std::uint32_t>(described, offsetof(List, size_));
    detail::add_field<"items", T[N]>(described, offsetof(List, items_));
    return described;
  }

  alignas(T) alignas(std::uint32_t) std::uint32_t size_[kSizeWords] = {};
  T items_[kStored] = {};
};

}  // namespace tarn
