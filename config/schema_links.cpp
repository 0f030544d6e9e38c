#include <array>

#include <tarn/limits.hpp>

#include "config/schema_table.hpp"

namespace tarn::config {

namespace {

constexpr std::array<std::string_view, 1> kTrue{"true"};
constexpr std::array<std::string_view, 4> kPriorities{"low", "normal", "high", "urgent"};

constexpr std::array kLinkKeys{
    Key{.parent = "",
        .name = "links",
        .kind = Kind::List,
        .effect = Effect::LinkStart,
        .text = "TCP connections that carry chosen topics to and from other devices.",
        .most = kMaxLinks},
    Key{.parent = "links",
        .name = "[]",
        .kind = Kind::Map,
        .effect = Effect::LinkStart,
        .text = "One link. It needs connect, listen or both."},
    Key{.parent = "links[]",
        .name = "name",
        .kind = Kind::Text,
        .effect = Effect::LinkStart,
        .text = "What the link is called in tools and logs; its state is the topic tarn/link/NAME.",
        .least = 1,
        .most = kMaxNodeNameBytes,
        .form = "1 to 63 of A-Z a-z 0-9 _ . -",
        .required = true},
    Key{.parent = "links[]",
        .name = "connect",
        .kind = Kind::List,
        .effect = Effect::LinkStart,
        .text = "Addresses of the other device, tried in turn for ever.",
        .least = 1,
        .most = kMaxLinkAddresses,
        .shorthand = true},
    Key{.parent = "links[].connect",
        .name = "[]",
        .kind = Kind::Text,
        .effect = Effect::LinkStart,
        .text = "One address.",
        .least = 1,
        .most = kMaxLinkAddressBytes,
        .form = kAddressForm},
    Key{.parent = "links[]",
        .name = "listen",
        .kind = Kind::Text,
        .effect = Effect::LinkStart,
        .text = "The own address at which the other device connects.",
        .least = 1,
        .most = kMaxLinkAddressBytes,
        .form = kAddressForm},
    Key{.parent = "links[]",
        .name = "export",
        .kind = Kind::List,
        .effect = Effect::LinkStart,
        .text = "What this device offers to the other.",
        .most = kMaxLinkTopics},
    Key{.parent = "links[].export",
        .name = "[]",
        .kind = Kind::Map,
        .effect = Effect::LinkStart,
        .text = "A topic or a pattern, with or without settings.",
        .shorthand = true},
    Key{.parent = "links[]",
        .name = "import",
        .kind = Kind::List,
        .effect = Effect::LinkStart,
        .text = "What this device takes of that which the other offers.",
        .most = kMaxLinkTopics},
    Key{.parent = "links[].import",
        .name = "[]",
        .kind = Kind::Map,
        .effect = Effect::LinkStart,
        .text = "A topic or a pattern, with or without settings.",
        .shorthand = true},
    Key{.parent = "links[]",
        .name = "queue",
        .kind = Kind::Map,
        .effect = Effect::LinkStart,
        .text = "What may wait at the sender, for each topic."},
    Key{.parent = "links[].queue",
        .name = "messages",
        .kind = Kind::Number,
        .effect = Effect::LinkStart,
        .initial = "64",
        .text = "The most messages.",
        .least = 1,
        .most = kMaxDepth},
    Key{.parent = "links[].queue",
        .name = "bytes",
        .kind = Kind::Size,
        .effect = Effect::LinkStart,
        .initial = "4MiB",
        .text = "The most bytes.",
        .least = 1024,
        .most = kMaxMessageBytes},
    Key{.parent = "links[]",
        .name = "heartbeat",
        .kind = Kind::Duration,
        .effect = Effect::LinkStart,
        .initial = "500ms",
        .text = "How often the devices hear of each other. After three times this in silence the "
                "other one counts as gone.",
        .least = 10 * kMillisecond,
        .most = 60'000 * kMillisecond},
    Key{.parent = "links[]",
        .name = "insecure",
        .kind = Kind::Boolean,
        .effect = Effect::LinkStart,
        .text = "Must be true: this version has plain TCP only, which anybody on the way can read "
                "and change.",
        .words = kTrue,
        .required = true},
    Key{.parent = "links[]",
        .name = "forward",
        .kind = Kind::Boolean,
        .effect = Effect::LinkStart,
        .initial = "false",
        .text = "Whether topics that came by another link are exported, too."},
};

// Of an entry of `export` or `import`.
constexpr std::array kLinkTopicKeys{
    Key{.parent = "links[].export[]",
        .name = "topic",
        .kind = Kind::Text,
        .effect = Effect::LinkStart,
        .text = "The topic, or a pattern for many.",
        .least = 1,
        .most = kMaxTopicNameBytes,
        .form = kTopicForm,
        .required = true},
    Key{.parent = "links[].export[]",
        .name = "as",
        .kind = Kind::Text,
        .effect = Effect::LinkStart,
        .text = "The name it has beyond this point instead of its own: at the other device for an "
                "export, here for an import. Of one topic only; not together with prefix.",
        .least = 1,
        .most = kMaxTopicNameBytes,
        .form = "a topic name such as sensor/imu"},
    Key{.parent = "links[].export[]",
        .name = "prefix",
        .kind = Kind::Text,
        .effect = Effect::LinkStart,
        .text = "What is put in front of the name beyond this point.",
        .least = 2,
        .most = kMaxTopicNameBytes,
        .form = "whole levels and a '/', such as vision/"},
    Key{.parent = "links[].export[]",
        .name = "max_rate",
        .kind = Kind::Rate,
        .effect = Effect::LinkStart,
        .text = "The most messages in a second; those in between are left out. Without it all.",
        .least = 1,
        .most = 1'000'000},
    Key{.parent = "links[].export[]",
        .name = "max_size",
        .kind = Kind::Size,
        .effect = Effect::LinkStart,
        .text = "The largest message that crosses; larger ones count as lost. Without it any.",
        .least = 1,
        .most = kMaxMessageBytes},
};

constexpr std::array kExportKeys{
    Key{.parent = "links[].export[]",
        .name = "priority",
        .kind = Kind::Choice,
        .effect = Effect::LinkStart,
        .initial = "normal",
        .text = "Which topics go first when the connection is busy.",
        .words = kPriorities},
    Key{.parent = "links[].export[]",
        .name = "reliable",
        .kind = Kind::Boolean,
        .effect = Effect::LinkStart,
        .initial = "false",
        .text = "Whether the link may hold up the publishers of a topic that blocks or rejects."},
};

}  // namespace

std::vector<Key> link_keys() {
  std::vector<Key> all;
  append(all, kLinkKeys);
  append(all, kLinkTopicKeys);
  append(all, kExportKeys);
  for (Key key : kLinkTopicKeys) {
    key.parent = "links[].import[]";
    all.push_back(key);
  }
  return all;
}

}  // namespace tarn::config
