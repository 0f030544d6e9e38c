// The loader of configurations against any bytes at all. Besides not crashing: whatever is refused is
// refused with places in the file, and whatever is accepted is the same after it was printed and read.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/load.hpp"
#include "config/print.hpp"

namespace {

namespace config = tarn::config;

// Ends the run; libFuzzer keeps the input.
void require(bool holds, const char* what, const std::string& shown) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n%s\n", what, shown.c_str());
  std::abort();
}

void check_refusal(const config::Refusal& refusal, std::string_view text) {
  require(!refusal.findings.empty(), "a refusal has findings", refusal.error.message());
  require(refusal.error.code() == tarn::Errc::InvalidConfig, "a refused text is InvalidConfig",
          refusal.error.message());
  int lines = 2;  // one that does not end, and the place behind the last one that does
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  for (const config::Finding& finding : refusal.findings) {
    require(finding.at.line >= 1 && finding.at.line <= lines && finding.at.column >= 1,
            "a finding has a place in the file", refusal.lines().front());
    require(!finding.words.empty(), "a finding has words", refusal.lines().front());
  }
}

void check_print(const config::DomainConfig& accepted) {
  const std::string text = config::print(accepted);
  const auto again = config::examine_text(text, "printed");
  if (!again) {
    require(false, "what is printed is accepted", again.error().lines().front() + '\n' + text);
  }
  require(again->config == accepted, "what is printed says the same", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  // Its own bounds, so that the address sanitizer sees every step beyond them.
  const std::string_view text(reinterpret_cast<const char*>(bytes), count);
  const auto loading = config::examine_text(text, "fuzzed");
  if (loading) {
    check_print(loading->config);
  } else {
    check_refusal(loading.error(), text);
  }
  return 0;
}
