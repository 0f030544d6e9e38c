#include "middleware/vocabulary/domain_name.hpp"

#include <tarn/limits.hpp>

#include "middleware/vocabulary/printable.hpp"

namespace tarn::vocabulary {

namespace {

constexpr bool is_domain_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

Result<void> check_domain_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > kMaxDomainNameBytes) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "domain name '%s' has %zu bytes; allowed are 1 to %zu",
                               Printable(name).c_str(), name.size(), kMaxDomainNameBytes));
  }
  for (std::size_t position = 0; position < name.size(); ++position) {
    if (is_domain_character(name[position])) continue;
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "domain name '%s': found '%s' at position %zu; allowed are a-z 0-9 "
                               "'_' '-'",
                               Printable(name).c_str(), Printable(name.substr(position, 1)).c_str(),
                               position + 1));
  }
  return {};
}

}  // namespace tarn::vocabulary
