#include "tests/survive/points/observed/observed.hpp"

#include <string_view>

#include "tests/survive/points/observed/access.hpp"

// The linker names the ends of a section whose name is a word.
extern "C" const tarn::observed::Site __start_tarn_observed_sites[];
extern "C" const tarn::observed::Site __stop_tarn_observed_sites[];

namespace tarn::observed {

constinit const Observer* current_observer = nullptr;

namespace {

std::string_view below_middleware(std::string_view path) {
  constexpr std::string_view kRoot = "middleware/";
  const std::size_t root = path.rfind(kRoot);
  return root == std::string_view::npos ? path : path.substr(root + kRoot.size());
}

const char* word_of(Access access) {
  switch (access) {
    case Access::Load:
      return "load";
    case Access::Store:
      return "store";
    case Access::Modify:
      return "modify";
    case Access::Fence:
      return "fence";
  }
  return "?";
}

}  // namespace

std::span<const Site> sites() { return {__start_tarn_observed_sites, __stop_tarn_observed_sites}; }

std::size_t index_of(const Site& site) {
  return static_cast<std::size_t>(&site - __start_tarn_observed_sites);
}

std::string name_of(const Site& site) {
  std::string name(below_middleware(site.unit));
  name += std::string(": ") + site.function + " at ";
  name += below_middleware(site.file);
  return name + ":" + std::to_string(site.line) + ", " + word_of(site.access);
}

void observe(const Observer* observer) { current_observer = observer; }

}  // namespace tarn::observed
