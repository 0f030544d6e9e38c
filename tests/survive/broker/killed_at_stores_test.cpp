// The broker is killed after every store to shared memory that it makes for a client that comes, asks, gives
// back and dies, and its successor after every one of taking over: between any two words of a record.
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/survive/broker/scene.hpp"
#include "tests/survive/points/observed/observed.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kMostStores =
    5000;  // of one step; a test that comes there turns in circles

// Where the broker, which is another process, finds what to do.
struct Orders {
  SharedWord pid;  // whose stores are counted; 0: nobody's
  SharedWord target;
  SharedWord seen;
  SharedWord rung;
  SharedWord few_bells;
  SharedWord sprung;  // the site's index + 1
};

Orders* orders = nullptr;

bool counts(const observed::Site& site) {
  if (site.access != observed::Access::Store && site.access != observed::Access::Modify) {
    return false;
  }
  if (orders->few_bells.load() == 0 || std::string_view(site.function) != "tarn_bell_ring") {
    return true;
  }
  constexpr std::uint64_t kOfBells = 100;
  orders->rung.store(orders->rung.load() + 1);
  return orders->rung.load() % kOfBells == 1;
}

void after_access(const observed::Site& site, const void* /*address*/) {
  const std::uint64_t pid = orders->pid.load();
  if (pid == 0 || pid != static_cast<std::uint64_t>(::getpid()) || !counts(site)) return;
  orders->seen.store(orders->seen.load() + 1);
  if (orders->seen.load() != orders->target.load()) return;
  orders->sprung.store(observed::index_of(site) + 1);
  ::kill(::getpid(), SIGKILL);
}

constexpr observed::Observer kObserver{.after = after_access};

// While it lives, this process and those it starts are observed.
class Observation {
 public:
  Observation() {
    orders = &orders_;
    observed::observe(&kObserver);
  }
  ~Observation() { observed::observe(nullptr); }
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

 private:
  Orders orders_;
};

class StoreTrap final : public Trap {
 public:
  explicit StoreTrap(TrapPlace at) : at_(at) {}

  void set(std::int32_t pid) override {
    orders->target.store(at_.index);
    orders->few_bells.store(at_.of_taking_over ? 1 : 0);
    orders->seen.store(0);
    orders->rung.store(0);
    orders->sprung.store(0);
    orders->pid.store(static_cast<std::uint64_t>(pid));
  }
  void lift() override { orders->pid.store(0); }
  [[nodiscard]] bool has_sprung() const override { return orders->sprung.load() != 0; }
  [[nodiscard]] std::string place() const override {
    const std::uint64_t sprung = orders->sprung.load();
    if (sprung == 0) return "no store";
    return "store " + std::to_string(at_.index) + ", " +
           observed::name_of(observed::sites()[sprung - 1]);
  }

 private:
  TrapPlace at_;
};

// As long as there are any.
template <typename Spring>
void after_every_store(Spring spring, bool of_taking_over = false) {
  const Observation observation;
  Scene scene;
  TrapPlace at{.of_taking_over = of_taking_over};
  for (bool sprung = true; sprung && at.index <= kMostStores; ++at.index) {
    StoreTrap trap(at);
    sprung = spring(scene, trap);
  }
  const std::uint32_t kills = at.index - 2;
  std::printf("killed after %u stores\n", kills);
  CHECK(kills > 10);
  CHECK(kills < kMostStores);
  scene.finish();
}

}  // namespace

TEST_CASE("a broker killed after any store of welcoming a client leaves nothing behind",
          "[survive][broker]") {
  after_every_store(
      [](Scene& scene, Trap& trap) { return scene.spring_during(Visit::Come, trap); });
}

TEST_CASE("what a broker killed after any store of granting has granted is known or free",
          "[survive][broker]") {
  after_every_store([](Scene& scene, Trap& trap) { return scene.spring_during(Visit::Ask, trap); });
}

TEST_CASE("what is closed while its broker is killed after any store is closed",
          "[survive][broker]") {
  after_every_store(
      [](Scene& scene, Trap& trap) { return scene.spring_during(Visit::GiveBack, trap); });
}

TEST_CASE("who leaves while its broker is killed after any store has left", "[survive][broker]") {
  after_every_store(
      [](Scene& scene, Trap& trap) { return scene.spring_during(Visit::Leave, trap); });
}

TEST_CASE("a reap that is cut off after any store is finished by the next broker",
          "[survive][broker]") {
  after_every_store([](Scene& scene, Trap& trap) { return scene.spring_during_reap(trap); });
}

TEST_CASE("a broker killed after any store of taking over leaves the same to the next",
          "[survive][broker]") {
  after_every_store([](Scene& scene, Trap& trap) { return scene.spring_during_take_over(trap); },
                    true);
}

}  // namespace tarn::test
