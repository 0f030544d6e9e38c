// `tarn topic echo`: prints the messages of a topic as they come, its fields by the description that the
// topic's first user registered. Watches as an observer: it takes no subscriber's place and disturbs
// nobody. What a message becomes is apart from the watching, so that it can be tested by itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tarn/observer.hpp>
#include <tarn/result.hpp>

#include "middleware/cli/exit_code.hpp"
#include "middleware/cli/field_path.hpp"
#include "middleware/cli/type_tree.hpp"

namespace tarn::cli {

enum class EchoForm : std::uint8_t { Yaml, Json, Csv, Hex };

struct TopicEchoOptions {
  std::string domain = "default";
  std::string topic{};
  std::string field{};  // only this one
  EchoForm form = EchoForm::Yaml;
  std::uint64_t count = 0;     // end after so many; 0: never
  std::uint32_t history = 0;   // messages of each publisher from before
  double timeout_seconds = 0;  // end when none comes for so long; 0: never
  bool no_arrays = false;      // only how long they are
  bool full_length = false;    // arrays of more than kShownElements too
};

// Elements of an array that YAML shows unless it is asked for all.
inline constexpr std::size_t kShownElements = 128;

// Writes messages to stdout until a signal, the count or the time-out ends it. NothingFound when there
// is no such topic, TimedOut when no message came in time.
[[nodiscard]] ExitCode echo_topic(const TopicEchoOptions& options);

// Makes the texts of one topic's messages, as long as its type stays the same.
class MessagePrinter {
 public:
  // InvalidArgument when the type has no such field; ProtocolError when it is not described in a way
  // that is known here, which does not matter for Hex.
  [[nodiscard]] static Result<MessagePrinter> create(const TopicType& type,
                                                     const TopicEchoOptions& options);

  [[nodiscard]] const TopicType& type() const noexcept { return type_; }
  // With the end of its last line, and in YAML the `---` behind it.
  [[nodiscard]] std::string text_of(const ObservedMessage& message) const;

 private:
  MessagePrinter(TopicType type, const TopicEchoOptions& options);

  [[nodiscard]] Value value_of(const ObservedMessage& message) const;

  TopicType type_;
  TypeNode tree_;
  FieldPath path_;
  EchoForm form_;
  std::size_t most_elements_;
};

}  // namespace tarn::cli
