// One-way latency between two polling processes, each on a CPU of its own, beside the raw limit: a
// cache line stored here, seen there, and a second one back.
#include <cstdio>
#include <string>

#include "bench/support/ping_pong.hpp"

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kRounds = 9;
constexpr std::uint32_t kBatches = 300;
constexpr std::uint32_t kBatchTrips = 64;

enum Case : std::uint32_t { End, Raw, Small, Page, Frame, SmallStamped, PageStamped, FrameStamped };

// What a line costs depends on where in the last-level cache it lies, by half and more; so the pairs of
// lines take turns, as the slots of a ring do.
constexpr std::uint32_t kRawPairs = 64;

struct Shared {
  RawLines pairs[kRawPairs];
  alignas(64) std::uint32_t pair;
  alignas(64) std::uint32_t current;
};

// Both ends of every case, from one side.
struct Lines {
  Lines(tarn::Node& node, const std::string& out, const std::string& in)
      : small(node, out + "64", in + "64"),
        page(node, out + "4Ki", in + "4Ki"),
        frame(node, out + "1Mi", in + "1Mi"),
        small_stamped(node, out + "64s", in + "64s"),
        page_stamped(node, out + "4Kis", in + "4Kis"),
        frame_stamped(node, out + "1Mis", in + "1Mis") {}

  Line<Message64B> small;
  Line<Message4KiB> page;
  Line<Message1MiB> frame;
  Line<Message64B> small_stamped;
  Line<Message4KiB> page_stamped;
  Line<Message1MiB> frame_stamped;
};

tarn::Node open_node(const Domain& domain, const char* name) {
  return must(tarn::Node::open({.name = name, .runtime_directory = domain.runtime_directory()}));
}

template <typename T, typename Wanted>
void echo(Line<T>& line, Wanted wanted) {
  echo_messages<T, Waiting::Polling>(line, wanted);
}

void echo_raw(Shared& shared) {
  while (load_word(&shared.current) == Raw) {
    const std::uint32_t pair = load_word(&shared.pair);
    echo_lines(shared.pairs[pair % kRawPairs], [&] {
      return load_word(&shared.pair) == pair && load_word(&shared.current) == Raw;
    });
  }
}

void ping_raw(Shared& shared, std::uint64_t number) {
  const auto pair = static_cast<std::uint32_t>(number / kBatchTrips);
  if (number % kBatchTrips == 0) store_word(&shared.pair, pair);
  ping_lines(shared.pairs[pair % kRawPairs], static_cast<std::uint32_t>(number));
}

void run_echo(const Domain& domain, Shared& shared, const std::function<void()>& ready) {
  auto node = open_node(domain, "echo");
  Lines lines(node, "pong/", "ping/");
  ready();
  for (;;) {
    const std::uint32_t current = load_word(&shared.current);
    const auto wanted = [&] { return load_word(&shared.current) == current; };
    switch (current) {
      case Raw:
        echo_raw(shared);
        break;
      case Small:
        echo(lines.small, wanted);
        break;
      case Page:
        echo(lines.page, wanted);
        break;
      case Frame:
        echo(lines.frame, wanted);
        break;
      case SmallStamped:
        echo(lines.small_stamped, wanted);
        break;
      case PageStamped:
        echo(lines.page_stamped, wanted);
        break;
      case FrameStamped:
        echo(lines.frame_stamped, wanted);
        break;
      default:
        return;
    }
  }
}

template <typename T>
void ping(Shared& shared, Case which, Line<T>& line, Times& times, std::uint64_t& trip) {
  store_word(&shared.current, which);
  measure(times, trip, kBatches, kBatchTrips,
          [&](std::uint64_t number) { ping_message<T, Waiting::Polling>(line, number); });
}

tarn::broker::BrokerOptions options() {
  tarn::broker::BrokerOptions options;
  options.pool_bytes = std::uint64_t{192} << 20;
  for (const char* way : {"ping/", "pong/"}) {
    for (const auto stamp : {tarn::directory::Stamp::None, tarn::directory::Stamp::Source}) {
      const char* suffix = stamp == tarn::directory::Stamp::None ? "" : "s";
      options.rules.rules.push_back(topic(std::string(way) + "64" + suffix, 64, stamp));
      options.rules.rules.push_back(topic(std::string(way) + "4Ki" + suffix, 4096, stamp));
      options.rules.rules.push_back(topic(std::string(way) + "1Mi" + suffix, 1 << 20, stamp));
    }
  }
  return options;
}

}  // namespace

int main() {
  const Domain domain(options());
  auto& shared = *static_cast<Shared*>(share_memory(sizeof(Shared)));
  shared.current = Raw;
  Process echo([&](const auto& ready) { run_echo(domain, shared, ready); }, 1);
  pin_to_cpu(0);
  auto node = open_node(domain, "ping");
  Lines lines(node, "ping/", "pong/");
  Times raw, small, page, frame, small_stamped, page_stamped, frame_stamped;
  std::uint64_t trip = 0;
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    store_word(&shared.current, Raw);
    store_word(&shared.pair, static_cast<std::uint32_t>(trip / kBatchTrips));
    measure(raw, trip, kBatches, kBatchTrips,
            [&](std::uint64_t number) { ping_raw(shared, number); });
    ping(shared, Small, lines.small, small, trip);
    ping(shared, Page, lines.page, page, trip);
    ping(shared, Frame, lines.frame, frame, trip);
    ping(shared, SmallStamped, lines.small_stamped, small_stamped, trip);
    ping(shared, PageStamped, lines.page_stamped, page_stamped, trip);
    ping(shared, FrameStamped, lines.frame_stamped, frame_stamped, trip);
  }
  store_word(&shared.current, End);
  std::printf("latency: two processes polling, CPU 0 and CPU 1, %u rounds of %u round trips\n",
              kRounds, kBatches * kBatchTrips);
  print_times_header("to the limit");
  print_times("raw cache lines", raw, raw, 0);
  print_times("64 B, stamp: none", small, raw, 2.1);
  print_times("4 KiB, stamp: none", page, raw, 2.8);
  print_times("1 MiB, stamp: none", frame, raw, 2.8);
  print_times("64 B", small_stamped, raw, 2.6);
  print_times("4 KiB", page_stamped, raw, 3.2);
  print_times("1 MiB", frame_stamped, raw, 3.2);
  return echo.join() ? 0 : 1;
}
