#include "platform/random.hpp"

#include <sys/random.h>

#include <cerrno>

#include "platform/system_call.hpp"

namespace tarn::platform {

Result<std::uint64_t> random_u64() {
  std::uint64_t bits = 0;
  // So few bytes come whole or not at all.
  if (retry_interrupted([&] { return ::getrandom(&bits, sizeof bits, 0); }) != -1) return bits;
  const int error = errno;
  return Failure(Error::make(code_of(error), error, "cannot get random bits from the kernel"));
}

}  // namespace tarn::platform
