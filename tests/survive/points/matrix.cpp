#include "tests/survive/points/matrix.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

bool is_chosen(std::uint32_t occurrence) {
  constexpr std::array<std::uint32_t, 4> kChosen{1, 2, 5, 17};
  return std::find(kChosen.begin(), kChosen.end(), occurrence) != kChosen.end();
}

bool is_below(std::string_view name, std::initializer_list<std::string_view> folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](std::string_view folder) { return name.starts_with(folder); });
}

const char* word_of(Pace pace) { return pace == Pace::AsTheySleep ? "paced" : "unpaced"; }

}  // namespace

Matrix::Matrix() : hits_(observed::sites().size()) {}

void Matrix::play(const std::string& role, const Life& life) {
  const Times times = std::getenv("TARN_SOAK") != nullptr ? Times::Every : Times::Chosen;
  for (const Pace pace : {Pace::AsTheySleep, Pace::Unpaced}) play_at(role, pace, times, life);
}

void Matrix::play_at(const std::string& role, Pace pace, Times times, const Life& life) {
  INFO(role << ", " << word_of(pace));
  points_.only_count();
  life(pace);
  std::vector<std::uint32_t> reached;
  for (const observed::Site& site : observed::sites()) reached.push_back(points_.count(site));
  const std::uint32_t kills_before = kills_;
  for (const observed::Site& site : observed::sites()) {
    const std::size_t index = observed::index_of(site);
    for (std::uint32_t occurrence = 1; occurrence <= reached[index]; ++occurrence) {
      if (times == Times::Chosen && !is_chosen(occurrence)) continue;
      INFO("killed at " << observed::name_of(site) << ", time " << occurrence);
      points_.aim(site, occurrence);
      life(pace);
      ++cases_;
      if (!points_.hit()) continue;  // it did not come there as often as the last time
      ++kills_;
      ++hits_[index];
    }
  }
  std::printf("%s, %s: %u kills\n", role.c_str(), word_of(pace), kills_ - kills_before);
  CHECK(kills_ > kills_before);
}

void Matrix::check_covered(std::initializer_list<std::string_view> folders,
                           std::initializer_list<Excuse> excused) {
  std::uint32_t points = 0;
  std::uint32_t covered = 0;
  for (const observed::Site& site : observed::sites()) {
    const std::string name = observed::name_of(site);
    if (!Points::is_point(site) || !is_below(name, folders)) continue;
    const auto excuse = std::find_if(excused.begin(), excused.end(), [&](const Excuse& candidate) {
      return std::string_view(name).starts_with(candidate.name);
    });
    const bool is_hit = hits_[observed::index_of(site)] != 0;
    if (excuse != excused.end()) {
      INFO("excused, but hit: " << name);
      CHECK(!is_hit);
      std::printf("no kill at %s: %.*s\n", name.c_str(), static_cast<int>(excuse->reason.size()),
                  excuse->reason.data());
      continue;
    }
    ++points;
    if (is_hit) ++covered;
    INFO("no kill hit " << name);
    CHECK(is_hit);
  }
  std::printf("kill points: %u of %u covered, %u kills in %u cases\n", covered, points, kills_,
              cases_);
}

}  // namespace tarn::test
