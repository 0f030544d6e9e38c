#include "config/reference.hpp"

#include <array>
#include <string_view>

#include "config/schema.hpp"

namespace tarn::config {

namespace {

constexpr std::string_view kReferenceOpening =
    R"(# The configuration file

One YAML file says how much memory a domain has, what its topics are and how deep their queues; everything in
it is known before the first message. `tarn broker -c FILE` reads it, and so do programs that link
`tarn::config` and find it in `TARN_CONFIG`. Without a file the defaults below serve.

```yaml
version: 1
pool: { size: auto }
topics:
  sensor/imu:   { type: Imu, size: 40B, depth: 64 }
  camera/front: { size: 301KiB, depth: 4, subscribers: 2 }
  "sensor/**":  { depth: 32 }
```

| command | |
|---|---|
| `tarn config check FILE...` | says everything that is wrong, with line, column, what is allowed and what was probably meant |
| `tarn config plan [FILE]` | the bytes of every topic, of the tables and of the reserve, against `pool.size` |
| `tarn config show [FILE] --origin` | the value of every setting and where it comes from |
| `tarn config reload` | makes the broker read its file again |
| `tarn config default` | an annotated file; `--tiny` and `--camera`: those of a small board and of a robot that sees |
| `tarn config schema` | a JSON Schema for editors |

## How it is read

- **Strict.** An unknown or repeated key, a wrong kind, unit or range is an error at its line and column, and so
  are anchors, aliases, tags, merge keys, several documents, more than 16 levels, 10000 nodes or 1 MiB. All
  that is wrong is said in one run, up to 20 findings; then nothing starts and nothing changes.
- **Numbers** are decimal and whole. Sizes are a number and `B`, `KiB`, `MiB` or `GiB`, durations `us`, `ms` or
  `s`, rates `Hz`, without a blank between: `16MiB`. Truth is `true` or `false`.
- **Names of topics** may hold wildcards: `*` stands for one level, `**` for any number of levels, none included.
  Such a name must be in quotes.
- **Which value holds.** Each setting for itself: the topic's own line, else the narrowest pattern that matches
  and has the setting, else `defaults`. The narrowest is the one with more plain levels, of those the one with
  fewer `**`, of those the one with more `*`. Two patterns of which neither is narrower and that some name matches
  both are an error. The order of lines means nothing.

## What is promised

A topic that is *listed* (its name stands under `topics`) and whose size is known is *planned*: memory and places
for all of its `publishers` and `subscribers`, for every loan, held sample and orphan, are there from the start, and
nobody else can take them. Everything else draws on `pool.unplanned`, and on what `pool.size` has beyond the sum:
listed topics without a size, topics that only a pattern matches, topics of which the file knows nothing
(`pool.unlisted: refuse` forbids those).

Where `overflow` is `drop_newest` each of the `subscribers` has a queue of its own, of `depth` messages, in the memory
of each publisher, and publishing takes longer with each one that reads: such a topic needs about so many times the
memory of the same topic that drops the oldest.

`pool.size: auto` is the sum; a size below it is refused with the sum and the largest topics. Limits that are not
written grow with what the listed topics need; written ones below that are an error.

Programs may ask for less than the file says (`SubscriberOptions::depth`, `PublisherOptions::loans` and so on), never
for more, and are told both numbers if they do.

## Not yet

This version checks these keys and keeps them, but does not act on them yet: `node` and `links` (there
is no `tarn link`).

## When a change takes effect

)";

constexpr std::string_view kAfterEffects = R"(
A file is checked as a whole before anything of it is applied; on any failure the old configuration stays. Topics
that somebody is on keep their settings until the last endpoint leaves; `tarn config show` shows both.

Write a changed file beside the old one and `mv` it there. While a file is written in place a broker may read the first
half of it, and half a list of topics is a configuration, too.

## Keys

)";

struct EffectText {
  Effect effect;
  std::string_view text;
};

constexpr std::array kEffects{
    EffectText{Effect::Restart,
               "when the broker makes a new pool; a reload names those that wait for it"},
    EffectText{Effect::Reload, "at a reload: SIGHUP to the broker, or `tarn config reload`"},
    EffectText{
        Effect::NewTopics,
        "at a reload, for topics that nobody is on; for others when the last endpoint leaves"},
    EffectText{Effect::LinkStart, "when `tarn link` starts"},
};

// Text in a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*') out += '\\';
    out += c;
  }
  return out;
}

std::string code(std::string_view text) {
  return text.empty() ? std::string() : '`' + std::string(text) + '`';
}

std::string default_of(const Key& key) {
  if (key.required) return "must be there";
  return code(key.initial);
}

std::string row(const Key& key) {
  return "| " + code(key.name) + " | " + cell(allowed(key)) + " | " + default_of(key) + " | " +
         std::string(to_string(key.effect)) + " | " + cell(key.text) + " |\n";
}

constexpr std::string_view kHead = "| key | value | default | changes | |\n|---|---|---|---|---|\n";

bool has_parts(const Key& key) { return key.kind == Kind::Map || key.kind == Kind::List; }

// The table of one map, then those of the maps inside it; entries of lists and names stand for themselves.
std::string section(const Key& key) {
  const std::string path = path_of(key);
  std::string rows;
  std::string inner;
  for (const Key* part : parts_of(path)) {
    if (part->name != "[]" && part->name != "*") rows += row(*part);
    if (has_parts(*part)) inner += section(*part);
  }
  std::string text;
  if (key.name != "[]" || !rows.empty()) {
    text = "### " + code(path) + "\n\n" + cell(key.text) + "\n\n";
    if (!rows.empty()) text.append(kHead).append(rows).append("\n");
  }
  return text + inner;
}

}  // namespace

std::string reference() {
  std::string text(kReferenceOpening);
  text += "| changes | a new value takes effect |\n|---|---|\n";
  for (const auto& [effect, meaning] : kEffects) {
    text.append("| ").append(to_string(effect)).append(" | ").append(meaning).append(" |\n");
  }
  text += kAfterEffects;
  std::string sections;
  text += kHead;
  for (const Key* key : parts_of("")) {
    text += row(*key);
    if (has_parts(*key)) sections += section(*key);
  }
  text += '\n' + sections;
  text.pop_back();
  return text;
}

}  // namespace tarn::config
