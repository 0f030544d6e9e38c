#include "tests/survive/points/points.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <new>
#include <stdexcept>

namespace tarn::test {

namespace {

constexpr std::size_t kMostSites = 1024;
constexpr std::uint32_t kNobody = kMostSites;

// Sequentially consistent throughout: tests gain nothing by thinking about less.
struct Shared {
  std::array<std::atomic<std::uint32_t>, kMostSites> counts{};
  std::atomic<std::uint32_t> target{kNobody};
  std::atomic<std::uint32_t> occurrence{0};
  std::atomic<std::uint32_t> hit{0};
  std::atomic<bool> paused{false};
};

// Of the observer, which has nowhere else to look.
Shared* watched = nullptr;

void pass(const observed::Site& site, const void* /*address*/) {
  if (!Points::is_point(site) || watched->paused) return;
  const std::size_t index = observed::index_of(site);
  const std::uint32_t count = ++watched->counts[index];
  if (index != watched->target || count != watched->occurrence) return;
  watched->hit = 1;
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

void (*approach)(const observed::Site& site) = nullptr;

void come_near(const observed::Site& site, const void* /*address*/) {
  if (approach != nullptr) approach(site);
}

constexpr observed::Observer kCounter{.before = come_near, .after = pass};

Shared& shared_at(void* memory) { return *static_cast<Shared*>(memory); }

}  // namespace

Points::Points()
    : shared_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                     -1, 0)) {
  if (shared_ == MAP_FAILED) throw std::runtime_error("no shared memory for the points");
  if (observed::sites().size() > kMostSites) throw std::runtime_error("more sites than counts");
  new (shared_) Shared;
}

Points::~Points() { ::munmap(shared_, sizeof(Shared)); }

bool Points::is_point(const observed::Site& site) {
  return site.access == observed::Access::Store || site.access == observed::Access::Modify;
}

void Points::only_count() {
  Shared& shared = shared_at(shared_);
  for (auto& count : shared.counts) count = 0;
  shared.target = kNobody;
  shared.hit = 0;
}

void Points::aim(const observed::Site& site, std::uint32_t occurrence) {
  only_count();
  shared_at(shared_).occurrence = occurrence;
  shared_at(shared_).target = static_cast<std::uint32_t>(observed::index_of(site));
}

void Points::pause(bool on) { shared_at(shared_).paused = on; }

void Points::watch() {
  watched = &shared_at(shared_);
  observed::observe(&kCounter);
}

void Points::look_away() { observed::observe(nullptr); }

void Points::before_each(void (*new_approach)(const observed::Site& site)) {
  approach = new_approach;
}

std::uint32_t Points::count(const observed::Site& site) const {
  return shared_at(shared_).counts[observed::index_of(site)];
}

bool Points::hit() const { return shared_at(shared_).hit != 0; }

}  // namespace tarn::test
