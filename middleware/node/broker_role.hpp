// What a session does when nobody is the broker of its domain: becomes it, where the program brings the
// role along and its user allows it, or waits for another process that is just doing so. Knows the role
// only as an offer, which libtarn_broker makes and a program that links the client alone does not have.
// Owned by a session; used under its lock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tarn/options.hpp>
#include <tarn/result.hpp>

#include "platform/clock.hpp"

namespace tarn::node {

// Which domain's broker to be.
struct RoleWish {
  std::string domain;
  std::string runtime_directory;  // empty: where a broker of this domain would put it
  std::uint64_t pool_bytes = 0;   // of a pool that is made; 0: as configured
  void (*log)(std::string_view line) = nullptr;  // of the broker, from its thread
};

// The role in this process, as long as somebody keeps it; the last to let go ends it in order.
using HeldRole = std::shared_ptr<void>;

struct RoleOffer {
  // RoleTaken: another process has it. Else what Broker::create and the choice of a directory refuse.
  Result<HeldRole> (*take)(const RoleWish& wish);
  // What this process has already of the domain in this directory; empty if nothing.
  HeldRole (*share)(const std::string& runtime_directory);
};

class BrokerRole {
 public:
  explicit BrokerRole(const NodeOptions& options) noexcept;

  // Whether this node may be the broker at all.
  [[nodiscard]] bool possible() const noexcept { return offer_ != nullptr; }

  // Nobody answered, as `no_broker` says: returns when it is worth another try, because this process has
  // the role now or because a moment has passed for the one that has it. NoBroker says why there is
  // none and will be none; other errors say what keeps this process from being it.
  [[nodiscard]] Result<void> take_or_wait(const Error& no_broker, const RoleWish& wish,
                                          platform::MonotonicTime deadline);

  // Somebody answers there: if it is this process, it stays as long as this node.
  void share(const std::string& runtime_directory);

 private:
  BrokerUse use_;
  const RoleOffer* offer_;
  HeldRole held_;
};

}  // namespace tarn::node

// Defined by libtarn_broker; programs that link the client alone have none.
extern "C" [[gnu::visibility("default")]] const tarn::node::RoleOffer* tarn_role_offer();
