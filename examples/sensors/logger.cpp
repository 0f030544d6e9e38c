// Subscribes to the topics named on its command line, checks every message and says what it received:
// at the end, and with --progress on the way.
//
//   logger sensor/imu camera/front --seconds 10 --progress
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "examples/sensors/endpoints.hpp"
#include "examples/sensors/messages.hpp"
#include "examples/sensors/program.hpp"

namespace sensors {

namespace {

using Reader = std::function<void()>;
using MakeReader = std::function<Reader(tarn::Node&, Program&, const std::string&)>;

// Subscribes now; the reader it returns reads until the program is to end.
template <tarn::Message T>
Reader subscribe(tarn::Node& node, Program& program, const std::string& topic) {
  // Shared because a std::function can be copied.
  auto subscription = std::make_shared<Subscription<T>>(node, program, topic);
  return [subscription] { subscription->read_all([](const T&) {}); };
}

// The types of the topics this logger knows.
const std::map<std::string, MakeReader, std::less<>>& known_topics() {
  static const std::map<std::string, MakeReader, std::less<>> kTopics{
      {kImuTopic, subscribe<Imu>},
      {kCameraTopic, subscribe<CameraFrame>},
      {kAttitudeTopic, subscribe<Attitude>}};
  return kTopics;
}

const MakeReader& reader_for(const std::string& topic) {
  const auto found = known_topics().find(topic);
  if (found != known_topics().end()) return found->second;
  std::string names;
  for (const auto& [name, reader] : known_topics()) names += " " + name;
  throw std::invalid_argument("no topic '" + topic + "' in this demo; there are:" + names);
}

void log_topics(Program& program) {
  if (program.arguments().empty()) throw std::invalid_argument("name at least one topic");
  std::vector<MakeReader> makers;
  for (const std::string& topic : program.arguments()) makers.push_back(reader_for(topic));

  auto node = open_node(program);
  std::vector<Reader> readers;
  for (std::size_t i = 0; i < makers.size(); ++i) {
    readers.push_back(makers[i](node, program, program.arguments()[i]));
  }
  report_ready(program);
  program.run_together(readers);
}

}  // namespace

}  // namespace sensors

int main(int argc, char** argv) {
  return sensors::run_program(argc, argv,
                              {.name = "logger",
                               .purpose = "receives topics by name, checks and counts",
                               .arguments = "TOPIC..."},
                              sensors::log_topics);
}
