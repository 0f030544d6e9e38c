// What a configuration costs: parsing, checking and planning a file of 200 topics, beside what yaml-cpp
// alone needs to report the events of the same text. Both take turns in one process.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "bench/support/processes.hpp"
#include "bench/support/statistics.hpp"
#include "config/load.hpp"

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kTopics = 200;
constexpr std::uint32_t kPatterns = 10;
constexpr std::uint32_t kRounds = 200;
constexpr double kAskedMilliseconds = 10;

// As people write it: a line for each topic, some patterns, a comment here and there.
std::string generated_file() {
  std::string text = "version: 1\npool: { size: auto, unplanned: 2MiB }\ntopics:\n";
  for (std::uint32_t i = 0; i < kPatterns; ++i) {
    text += "  \"group" + std::to_string(i) + "/**\": { depth: 32, held: 1 }\n";
  }
  for (std::uint32_t i = 0; i < kTopics; ++i) {
    if (i % 20 == 0) text += "  # the next twenty\n";
    text += "  group" + std::to_string(i % kPatterns) + "/topic" + std::to_string(i) +
            ": { type: Message" + std::to_string(i) + ", size: " + std::to_string(8 * (i + 1)) +
            "B, history: 2, publishers: 2, subscribers: 4, loans: 1 }\n";
  }
  return text;
}

class EventCounter final : public YAML::EventHandler {
 public:
  [[nodiscard]] std::uint64_t count() const { return count_; }

  void OnDocumentStart(const YAML::Mark&) override { ++count_; }
  void OnDocumentEnd() override { ++count_; }
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { ++count_; }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { ++count_; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    ++count_;
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    ++count_;
  }
  void OnSequenceEnd() override { ++count_; }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    ++count_;
  }
  void OnMapEnd() override { ++count_; }

 private:
  std::uint64_t count_ = 0;
};

std::uint64_t count_events(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  EventCounter counter;
  parser.HandleNextDocument(counter);
  return counter.count();
}

void print_times(const char* what, const std::vector<double>& times) {
  std::printf("  %-28s p50 %6.2f ms  p99 %6.2f ms", what, percentile(times, 0.5) / 1e6,
              percentile(times, 0.99) / 1e6);
}

double nanoseconds_of(const auto& work) {
  const std::uint64_t start = tarn::stamp_now();
  work();
  return static_cast<double>(tarn::stamp_now() - start);
}

// What stands between a program's start and its pool. Loading includes the plan: a pool that is too small
// for the topics is one of the things that may be wrong.
void load(const std::string& text) {
  const auto config = must(tarn::config::load_text(text, "generated.yaml"));
  if (config.rules.rules.size() != kTopics + kPatterns) fail("the generated file lacks topics");
}

}  // namespace

int main() {
  const std::string text = generated_file();
  std::vector<double> events;
  std::vector<double> all;
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    events.push_back(nanoseconds_of([&] {
      if (count_events(text) < kTopics) fail("the generated file has no events");
    }));
    all.push_back(nanoseconds_of([&] { load(text); }));
  }
  std::printf("configuration: %u topics and %u patterns, %zu bytes\n", kTopics, kPatterns,
              text.size());
  print_times("yaml-cpp's events alone", events);
  std::printf("\n");
  print_times("load, validate and plan", all);
  std::printf("  %.2f x (asked: < %.0f ms)\n", median(all) / median(events), kAskedMilliseconds);
}
