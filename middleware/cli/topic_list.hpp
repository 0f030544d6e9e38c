// `tarn topic list`: the topics of a domain, and with -v what flows through them. Looks at the pool as
// an observer. Formatting is apart from looking, so that it can be read and tested by itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tarn/observer.hpp>

#include "middleware/cli/exit_code.hpp"

namespace tarn::cli {

struct TopicListOptions {
  std::string domain = "default";
  bool verbose = false;
  bool count = false;  // only how many there are
  bool json = false;
};

// Writes the list to stdout. NothingFound when there are no topics.
[[nodiscard]] ExitCode list_topics(const TopicListOptions& options);

// A topic and the messages per second that its publishers send; without a rate when nobody asked for
// it or it could not be told.
struct TopicRow {
  TopicStatus status;
  std::optional<double> rate_hz{};
};

// The rate of each topic of `after`: its own, by the stamps of its messages, or else from what it had
// published `seconds` earlier. A topic that was not there then, or of which a publisher has gone since,
// has none.
[[nodiscard]] std::vector<TopicRow> with_rates(const std::vector<TopicStatus>& before,
                                               const std::vector<TopicStatus>& after,
                                               double seconds);

// A name a line.
[[nodiscard]] std::string names_of(const std::vector<TopicRow>& rows);
// A table with a line of headings.
[[nodiscard]] std::string table_of(const std::vector<TopicRow>& rows);
// A JSON array with one object a line; rate_hz is null where there is none.
[[nodiscard]] std::string json_of(const std::vector<TopicRow>& rows);

}  // namespace tarn::cli
