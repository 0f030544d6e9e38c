// Every place of the client and the broker that touches shared words through the shim, and somebody who is
// told before and after each access. A program linked with tarn_observed has the whole data plane compiled
// this way; the product is not changed by it. It knows no test: who observes decides what to do there, and
// may change the word, or end the process.
//
//   observed::Observer observer{.after = [](const observed::Site& site, const void*) { ... }};
//   observed::observe(&observer);        // from now on, in this process and its children
//   for (const observed::Site& site : observed::sites()) ...
//
// A step of protocol.h is a site of its own in every file that takes it: the broker's ring of a bell is
// another one than a publisher's. Any thread; the observer is called by the thread that accesses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tarn::observed {

enum class Access : std::uint32_t { Load, Store, Modify, Fence };

// Lies in a section of its own, one after the other.
struct alignas(64) Site {
  const char* file;      // where the access is written
  const char* unit;      // the source file that it is compiled into
  const char* function;  // around it
  std::uint32_t line;
  Access access;
  std::uint32_t bytes;  // 0: a fence
};
static_assert(sizeof(Site) == 64, "they are counted through as an array");

// Everything that is compiled in, whether it is ever reached or not. The order holds for this program.
[[nodiscard]] std::span<const Site> sites();
[[nodiscard]] std::size_t index_of(const Site& site);

// For a person, and the same in every build of the same sources:
// "port/publisher_waking.cpp: tarn_bell_ring at ring/protocol.h:289, modify".
[[nodiscard]] std::string name_of(const Site& site);

// What is told of an access; of a fence the address is nullptr. An empty function is not called. Neither may
// throw.
struct Observer {
  void (*before)(const Site& site, const void* address) = nullptr;
  void (*after)(const Site& site, const void* address) = nullptr;
};

// nullptr: nobody. The observer must outlive its time. Before there are threads.
void observe(const Observer* observer);

}  // namespace tarn::observed
