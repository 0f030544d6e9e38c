// The textbook tests of memory models: what the explorer finds possible is what C++20 allows, no less
// (or the models would prove nothing) and no more (or they would report what cannot happen).
#include "tests/model/litmus.hpp"
#include "tests/support/catch.hpp"

using tarn::test::Litmus;
using tarn::test::Registers;

namespace {

using Fence = void (*)();
using Load = std::uint64_t (*)(const std::uint64_t&);
using Store = void (*)(std::uint64_t&, std::uint64_t);

void none() {}
void full() { tarn_fence_full(); }
void acquire() { tarn_fence_acquire(); }
void release() { tarn_fence_release(); }
void acquire_and_release() {
  acquire();
  release();
}

std::uint64_t relaxed(const std::uint64_t& word) { return tarn_load_relaxed_u64(&word); }
std::uint64_t acquired(const std::uint64_t& word) { return tarn_load_acquire_u64(&word); }
void put(std::uint64_t& word, std::uint64_t value) { tarn_store_relaxed_u64(&word, value); }
void released(std::uint64_t& word, std::uint64_t value) { tarn_store_release_u64(&word, value); }

}  // namespace

TEST_CASE("store buffering: both threads may miss the other's store", "[model]") {
  const auto buffers = [](Store store, Load load, Fence first, Fence second) {
    return Litmus({[=](Litmus& l) {
                     store(l.x, 1);
                     first();
                     l.r[0] = load(l.y);
                   },
                   [=](Litmus& l) {
                     store(l.y, 1);
                     second();
                     l.r[1] = load(l.x);
                   }})
        .allows({0, 0});
  };
  CHECK(buffers(put, relaxed, none, none));
  CHECK(buffers(released, acquired, none, none));
  CHECK(buffers(released, acquired, acquire_and_release, acquire_and_release));
  SECTION("also when only one of them has a full fence") {
    CHECK(buffers(released, acquired, full, none));
    CHECK(buffers(released, acquired, none, full));
    CHECK(buffers(put, relaxed, full, acquire_and_release));
  }
  SECTION("but not when both have one") {
    CHECK_FALSE(buffers(put, relaxed, full, full));
    CHECK_FALSE(buffers(released, acquired, full, full));
  }
}

TEST_CASE("with full fences every other outcome of store buffering is found", "[model]") {
  Litmus litmus({[](Litmus& l) {
                   put(l.x, 1);
                   full();
                   l.r[0] = relaxed(l.y);
                 },
                 [](Litmus& l) {
                   put(l.y, 1);
                   full();
                   l.r[1] = relaxed(l.x);
                 }});
  CHECK(litmus.explore().complete);
  CHECK(litmus.outcomes() == std::set<Registers>{{0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("message passing: the flag may come without the message", "[model]") {
  const auto passes_flag_alone = [](Store store, Fence before, Load load, Fence after) {
    return Litmus({[=](Litmus& l) {
                     put(l.x, 1);
                     before();
                     store(l.y, 1);
                   },
                   [=](Litmus& l) {
                     l.r[0] = load(l.y);
                     after();
                     l.r[1] = relaxed(l.x);
                   }})
        .allows({1, 0});
  };
  CHECK(passes_flag_alone(put, none, relaxed, none));
  CHECK(passes_flag_alone(released, none, relaxed, none));
  CHECK(passes_flag_alone(put, none, acquired, none));
  CHECK(passes_flag_alone(put, acquire, acquired, none));
  CHECK(passes_flag_alone(released, none, relaxed, release));
  SECTION("but not from a release to an acquire, whichever of them are fences") {
    CHECK_FALSE(passes_flag_alone(released, none, acquired, none));
    CHECK_FALSE(passes_flag_alone(put, release, acquired, none));
    CHECK_FALSE(passes_flag_alone(released, none, relaxed, acquire));
    CHECK_FALSE(passes_flag_alone(put, release, relaxed, acquire));
    CHECK_FALSE(passes_flag_alone(put, full, relaxed, full));
  }
}

TEST_CASE("load buffering: both threads may read what the other stores later", "[model]") {
  const auto buffers = [](Load load, Fence first, Store store, Fence second, Store other) {
    return Litmus({[=](Litmus& l) {
                     l.r[0] = load(l.x);
                     first();
                     store(l.y, 1);
                   },
                   [=](Litmus& l) {
                     l.r[1] = load(l.y);
                     second();
                     other(l.x, 1);
                   }})
        .allows({1, 1});
  };
  CHECK(buffers(relaxed, none, put, none, put));
  SECTION("also when nothing but loads acquire or nothing but stores release") {
    CHECK(buffers(acquired, none, put, none, put));
    CHECK(buffers(relaxed, none, released, none, released));
    CHECK(buffers(relaxed, acquire, put, acquire, put));
    CHECK(buffers(relaxed, full, put, none, put));
  }
  SECTION("but not when one of the two reads synchronises") {
    CHECK_FALSE(buffers(acquired, none, released, none, put));
    CHECK_FALSE(buffers(acquired, none, put, none, released));
    CHECK_FALSE(buffers(relaxed, acquire, put, release, put));
    CHECK_FALSE(buffers(relaxed, full, put, full, put));
  }
}

TEST_CASE("load buffering goes round three threads", "[model]") {
  const auto turn = [](std::uint64_t Litmus::*from, std::uint64_t Litmus::*to, std::size_t index) {
    return [=](Litmus& l) {
      l.r[index] = relaxed(l.*from);
      put(l.*to, 1);
    };
  };
  CHECK(Litmus({turn(&Litmus::x, &Litmus::y, 0), turn(&Litmus::y, &Litmus::z, 1),
                turn(&Litmus::z, &Litmus::x, 2)})
            .allows({1, 1, 1}));
}

TEST_CASE("no value comes out of thin air", "[model]") {
  SECTION("when each thread stores what it read") {
    Litmus copies({[](Litmus& l) {
                     l.r[0] = relaxed(l.x);
                     put(l.y, l.r[0]);
                   },
                   [](Litmus& l) {
                     l.r[1] = relaxed(l.y);
                     put(l.x, l.r[1]);
                   }});
    CHECK(copies.explore().complete);
    CHECK(copies.outcomes() == std::set<Registers>{{0, 0}});
  }
  SECTION("when each thread stores only if it read") {
    Litmus guards({[](Litmus& l) {
                     l.r[0] = relaxed(l.x);
                     if (l.r[0] == 1) put(l.y, 1);
                   },
                   [](Litmus& l) {
                     l.r[1] = relaxed(l.y);
                     if (l.r[1] == 1) put(l.x, 1);
                   }});
    CHECK(guards.explore().complete);
    CHECK(guards.outcomes() == std::set<Registers>{{0, 0}});
  }
  SECTION("but one thread that stores in any case lets the other copy it") {
    CHECK(Litmus({[](Litmus& l) {
                    l.r[0] = relaxed(l.x);
                    put(l.y, 1);
                  },
                  [](Litmus& l) {
                    l.r[1] = relaxed(l.y);
                    put(l.x, l.r[1]);
                  }})
              .allows({1, 1}));
  }
}

TEST_CASE("independent reads: two readers may see two stores in opposite orders", "[model]") {
  const auto opposite = [](Load load, Fence first, Fence second) {
    return Litmus({[](Litmus& l) { released(l.x, 1); }, [](Litmus& l) { released(l.y, 1); },
                   [=](Litmus& l) {
                     l.r[0] = load(l.x);
                     first();
                     l.r[1] = relaxed(l.y);
                   },
                   [=](Litmus& l) {
                     l.r[2] = load(l.y);
                     second();
                     l.r[3] = relaxed(l.x);
                   }})
        .allows({1, 0, 1, 0});
  };
  CHECK(opposite(relaxed, none, none));
  CHECK(opposite(acquired, none, none));
  CHECK(opposite(relaxed, acquire_and_release, acquire_and_release));
  CHECK(opposite(relaxed, full, acquire_and_release));
  SECTION("but not with a full fence between the reads of each") {
    CHECK_FALSE(opposite(relaxed, full, full));
    CHECK_FALSE(opposite(acquired, full, full));
  }
}

TEST_CASE("each word has one order that all threads agree on", "[model]") {
  SECTION("a thread does not read older after newer") {
    CHECK(Litmus({[](Litmus& l) {
                    put(l.x, 1);
                    put(l.x, 2);
                  },
                  [](Litmus& l) {
                    l.r[0] = relaxed(l.x);
                    l.r[1] = relaxed(l.x);
                  }})
              .forbids({2, 1}));
  }
  SECTION("nor older than what it stored itself") {
    CHECK(Litmus({[](Litmus& l) {
            put(l.x, 1);
            l.r[0] = relaxed(l.x);
          }}).forbids({0}));
  }
  SECTION("nor older than what happened before") {
    CHECK(Litmus({[](Litmus& l) {
                    l.r[0] = relaxed(l.x);
                    released(l.y, 1);
                  },
                  [](Litmus& l) { put(l.x, 1); },
                  [](Litmus& l) {
                    l.r[1] = acquired(l.y);
                    l.r[2] = relaxed(l.x);
                  }})
              .forbids({1, 1, 0}));
  }
  SECTION("nor what it stores itself only later") {
    CHECK(Litmus({[](Litmus& l) {
            l.r[0] = relaxed(l.x);
            put(l.x, 1);
          }}).forbids({1}));
  }
  SECTION("two readers do not see two stores in opposite orders") {
    const auto twice = [](std::size_t at) {
      return [at](Litmus& l) {
        l.r[at] = relaxed(l.x);
        l.r[at + 1] = relaxed(l.x);
      };
    };
    Litmus litmus(
        {[](Litmus& l) { put(l.x, 1); }, [](Litmus& l) { put(l.x, 2); }, twice(0), twice(2)});
    CHECK(litmus.forbids({1, 2, 2, 1}));
    CHECK(litmus.outcomes().count({1, 2, 1, 2}) == 1);
    CHECK(litmus.outcomes().count({2, 1, 2, 1}) == 1);
  }
}

TEST_CASE("two words written twice may both end with the first store of each thread", "[model]") {
  const auto ends = [](Store store, Fence first, Fence second) {
    Litmus litmus({[=](Litmus& l) {
                     store(l.x, 1);
                     first();
                     store(l.y, 2);
                   },
                   [=](Litmus& l) {
                     store(l.y, 1);
                     second();
                     store(l.x, 2);
                   }});
    litmus.at_end = [](Litmus& l) {
      l.r[0] = tarn::model::last_value(&l.x);
      l.r[1] = tarn::model::last_value(&l.y);
    };
    return litmus.allows({1, 1});
  };
  CHECK(ends(put, none, none));
  CHECK(ends(released, none, none));
  CHECK(ends(put, full, none));
  SECTION("but not with full fences between them") { CHECK_FALSE(ends(put, full, full)); }
}

TEST_CASE("what a thread has seen comes along when another acquires from it", "[model]") {
  const auto misses = [](Load load, Store store) {
    return Litmus({[](Litmus& l) { released(l.x, 1); },
                   [=](Litmus& l) {
                     l.r[0] = load(l.x);
                     store(l.y, 1);
                   },
                   [=](Litmus& l) {
                     l.r[1] = load(l.y);
                     l.r[2] = relaxed(l.x);
                   }})
        .allows({1, 1, 0});
  };
  CHECK(misses(relaxed, put));
  CHECK(misses(acquired, put));
  CHECK_FALSE(misses(acquired, released));
}

TEST_CASE("an addition carries on what the value before it released", "[model]") {
  const auto add = [](Litmus& l) { tarn_and_relaxed_u64(&l.y, ~std::uint64_t{2}); };
  const auto reader = [](Litmus& l) {
    l.r[0] = acquired(l.y);
    l.r[1] = relaxed(l.x);
  };
  SECTION("of whichever thread") {
    CHECK(Litmus({[](Litmus& l) {
                    put(l.x, 1);
                    released(l.y, 3);
                  },
                  add, reader})
              .forbids({1, 0}));
  }
  SECTION("but a plain store of the same thread does not") {
    CHECK(Litmus({[](Litmus& l) {
                    put(l.x, 1);
                    released(l.y, 3);
                    put(l.y, 4);
                  },
                  reader})
              .allows({4, 0}));
  }
}

TEST_CASE("no addition is lost", "[model]") {
  const auto add = [](Litmus& l) { tarn_add_release_u32(&l.bell, 1); };
  Litmus litmus({add, add, add});
  litmus.at_end = [](Litmus& l) { l.r[0] = tarn::model::last_value(&l.bell); };
  litmus.explore();
  CHECK(litmus.outcomes() == std::set<Registers>{{3}});
}
