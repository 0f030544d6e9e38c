#include "config/schema_table.hpp"

#include <array>

#include <tarn/limits.hpp>

namespace tarn::config {

namespace {

constexpr std::uint64_t kKibi = std::uint64_t{1} << 10;
constexpr std::uint64_t kSecond = 1000 * kMillisecond;
constexpr std::uint64_t kHour = 3600 * kSecond;

constexpr std::array<std::string_view, 1> kVersions{"1"};
constexpr std::array<std::string_view, 1> kAuto{"auto"};
constexpr std::array<std::string_view, 2> kUnlisted{"allow", "refuse"};
constexpr std::array<std::string_view, 4> kOverflows{"drop_oldest", "drop_newest", "block",
                                                     "reject"};
constexpr std::array<std::string_view, 2> kStamps{"source", "none"};
constexpr std::array<std::string_view, 2> kSpins{"auto", "never"};
constexpr std::array<std::string_view, 4> kLogLevels{"error", "warning", "info", "debug"};

constexpr std::array kDomainKeys{
    Key{.parent = "",
        .name = "version",
        .kind = Kind::Choice,
        .effect = Effect::Restart,
        .text = "The version of this format.",
        .words = kVersions,
        .required = true},
    Key{.parent = "",
        .name = "domain",
        .kind = Kind::Text,
        .effect = Effect::Restart,
        .initial = "default",
        .text = "The name of the domain: one broker and its pool. Domains never see each other.",
        .least = 1,
        .most = kMaxDomainNameBytes,
        .form = "1 to 32 of a-z 0-9 _ -"},
    Key{.parent = "",
        .name = "group",
        .kind = Kind::Text,
        .effect = Effect::Restart,
        .text = "A Unix group whose members may use the domain. Without it only the user of the "
                "broker may.",
        .least = 1,
        .most = kMaxGroupNameBytes,
        .form = "the name of a group of this machine"},
    Key{.parent = "",
        .name = "node",
        .kind = Kind::Text,
        .effect = Effect::LinkStart,
        .text = "The name of this device towards others, unique among all that are linked. Without "
                "it the name of the host.",
        .least = 1,
        .most = kMaxNodeNameBytes,
        .form = "1 to 63 of A-Z a-z 0-9 _ . -"},
};

constexpr std::array kPoolKeys{
    Key{.parent = "",
        .name = "pool",
        .kind = Kind::Map,
        .effect = Effect::Restart,
        .text =
            "The shared memory of the domain, backed in full before the first client connects."},
    Key{.parent = "pool",
        .name = "size",
        .kind = Kind::Size,
        .effect = Effect::Restart,
        .initial = "16MiB",
        .text = "The whole budget. auto is what the listed topics, the reserve and the bookkeeping "
                "need; less than that is refused.",
        .least = 1,
        .most = kMaxPoolBytes,
        .words = kAuto},
    Key{.parent = "pool",
        .name = "unplanned",
        .kind = Kind::Size,
        .effect = Effect::Reload,
        .initial = "1MiB",
        .text = "The reserve for topics that are not listed or whose size is not known.",
        .least = 0,
        .most = kMaxPoolBytes},
    Key{.parent = "pool",
        .name = "unlisted",
        .kind = Kind::Choice,
        .effect = Effect::Reload,
        .initial = "allow",
        .text = "Whether topics may exist that neither a name nor a pattern of this file covers.",
        .words = kUnlisted},
    Key{.parent = "pool",
        .name = "lock_memory",
        .kind = Kind::Boolean,
        .effect = Effect::Restart,
        .initial = "false",
        .text = "Keeps the pool in memory, so that nothing of it is ever paged "
                "out. Needs RLIMIT_MEMLOCK."},
};

constexpr Key limit(std::string_view name, std::string_view initial, std::uint64_t least,
                    std::uint64_t most, std::string_view text) {
  return {.parent = "limits",
          .name = name,
          .kind = Kind::Number,
          .effect = Effect::Restart,
          .initial = initial,
          .text = text,
          .least = least,
          .most = most};
}

constexpr Key type_text_limit() {
  Key key = limit("type_text", "64KiB", kKibi, kMaxTypeTextTableBytes,
                  "Room for the descriptions of message types that tools print messages by.");
  key.kind = Kind::Size;
  return key;
}

constexpr std::array kLimitKeys{
    Key{.parent = "",
        .name = "limits",
        .kind = Kind::Map,
        .effect = Effect::Restart,
        .text =
            "The sizes of the pool's tables. What is not written grows with the listed topics."},
    limit("clients", "64", 1, kMaxClients, "Nodes that may be connected at once."),
    limit("topics", "256", 1, kMaxTopics, "Topics that may exist at once."),
    limit("publishers", "256", 1, kMaxPublishers, "Publishers of all topics together."),
    limit(
        "memberships", "4096", 1, kMaxMemberships,
        "Pairs of a subscriber and a publisher it reads, of all topics together; one subscription "
        "takes at least four."),
    limit("waiters", "256", 1, kMaxWaiters, "Threads that may wait for messages at once."),
    limit("observers", "8", 0, kMaxObservers, "Tools that may look at the domain at once."),
    limit("patterns", "16", 1, kMaxPatterns,
          "Subscriptions to patterns of topic names that there may be at once."),
    type_text_limit(),
};

// The settings of a topic, with the values that serve where nothing says otherwise.
constexpr Key setting(std::string_view name, std::string_view initial, std::uint64_t least,
                      std::uint64_t most, std::string_view text) {
  return {.parent = "defaults",
          .name = name,
          .kind = Kind::Number,
          .effect = Effect::NewTopics,
          .initial = initial,
          .text = text,
          .least = least,
          .most = most};
}

constexpr Key setting(std::string_view name, std::string_view initial,
                      std::span<const std::string_view> words, std::string_view text) {
  return {.parent = "defaults",
          .name = name,
          .kind = Kind::Choice,
          .effect = Effect::NewTopics,
          .initial = initial,
          .text = text,
          .words = words};
}

constexpr Key duration(Key key) {
  key.kind = Kind::Duration;
  return key;
}

constexpr std::array kSettingKeys{
    setting("depth", "16", 1, kMaxDepth,
            "Messages each publisher keeps: how far a subscriber may fall behind without loss."),
    setting("history", "1", 0, kMaxDepth,
            "The most messages from before its time that a subscriber may ask for; at most depth."),
    setting("publishers", "1", 1, kMaxPublishersPerTopic,
            "Publishers at once. Topics that are not listed take up to 16 unless a pattern says "
            "otherwise."),
    setting("subscribers", "8", 1, kMaxSubscribersPerTopic, "Subscribers at once."),
    setting("orphans", "1", 0, kMaxOrphans,
            "Publishers that are gone and whose last messages are kept until they are read."),
    setting("held", "2", 1, kMaxHeld, "Samples that one subscriber may hold at once."),
    setting("loans", "2", 1, kMaxLoans, "Messages that one publisher may fill at once."),
    setting("overflow", "drop_oldest", kOverflows,
            "What happens when a subscriber is depth messages behind: it loses the oldest or the "
            "newest, or the publisher waits (block) or is told (reject)."),
    duration(setting("timeout", "1s", kMicrosecond, kHour,
                     "The longest that a publish waits where overflow is block.")),
    duration(setting("evict_after", "0s", 0, kHour,
                     "How long a subscriber may hold publishers up, where overflow is block or "
                     "reject, before it is no longer waited for. 0s is for ever.")),
    setting("stamp", "source", kStamps,
            "Whether messages carry the time at which they were "
            "published."),
};

constexpr Key kDefaults{.parent = "",
                        .name = "defaults",
                        .kind = Kind::Map,
                        .effect = Effect::NewTopics,
                        .text = "What holds for topics of which nothing else is said."};
constexpr Key kSpin{.parent = "defaults",
                    .name = "spin",
                    .kind = Kind::Choice,
                    .effect = Effect::Reload,
                    .initial = "auto",
                    .text =
                        "Whether a waiting thread looks a few microseconds for a message before "
                        "it sleeps.",
                    .words = kSpins};

constexpr std::array kTopicKeys{
    Key{.parent = "",
        .name = "topics",
        .kind = Kind::Map,
        .effect = Effect::NewTopics,
        .text = "The topics by name, and patterns for many: * stands for one level, ** for any "
                "number. Each setting comes from the topic's own line, else from the narrowest "
                "pattern that has it, else from the defaults.",
        .most = kMaxTopics + kMaxTopicPatterns},
    Key{.parent = "topics",
        .name = "*",
        .kind = Kind::Map,
        .effect = Effect::NewTopics,
        .text = "One topic, or all that match a pattern. Memory for a topic that is named here and "
                "whose size is known is planned and always there.",
        .least = 1,
        .most = kMaxTopicNameBytes,
        .form = kTopicForm},
    Key{.parent = "topics.*",
        .name = "type",
        .kind = Kind::Text,
        .effect = Effect::NewTopics,
        .text = "The only message type allowed. Without it the first publisher or subscriber says.",
        .least = 1,
        .most = kMaxTypeNameBytes,
        .form = "1 to 63 printable ASCII characters"},
    Key{.parent = "topics.*",
        .name = "size",
        .kind = Kind::Size,
        .effect = Effect::NewTopics,
        .text = "The largest message. Larger ones are refused; without it the topic draws on "
                "pool.unplanned.",
        .least = 1,
        .most = kMaxMessageBytes},
};

constexpr std::array kLogKeys{
    Key{.parent = "",
        .name = "log",
        .kind = Kind::Map,
        .effect = Effect::Reload,
        .text = "What the broker writes to its log."},
    Key{.parent = "log",
        .name = "level",
        .kind = Kind::Choice,
        .effect = Effect::Reload,
        .initial = "info",
        .text = "The least important that is still written.",
        .words = kLogLevels},
};

}  // namespace

std::vector<Key> domain_keys() {
  std::vector<Key> all;
  append(all, kDomainKeys);
  append(all, kPoolKeys);
  append(all, kLimitKeys);
  all.push_back(kDefaults);
  append(all, kSettingKeys);
  all.push_back(kSpin);
  append(all, kTopicKeys);
  for (Key key : kSettingKeys) {
    key.parent = "topics.*";
    key.initial = {};  // patterns and defaults say
    all.push_back(key);
  }
  append(all, kLogKeys);
  return all;
}

}  // namespace tarn::config
