#include "middleware/cli/usage_error.hpp"

#include <algorithm>
#include <vector>

#include "middleware/vocabulary/nearest.hpp"

namespace tarn::cli {

namespace {

// The innermost verb that was understood, and the words that lead to it.
struct Verb {
  const CLI::App* app;
  std::string words;
};

Verb verb_of(const CLI::App& app) {
  Verb verb{.app = &app, .words = app.get_name()};
  while (!verb.app->get_subcommands().empty()) {
    verb.app = verb.app->get_subcommands().front();
    verb.words += ' ' + verb.app->get_name();
  }
  return verb;
}

std::vector<std::string> verbs_below(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) names.push_back(option->get_name());
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

std::string not_understood(const Verb& verb, const std::string& word) {
  const std::vector<std::string> options = options_of(*verb.app);
  const std::vector<std::string> verbs = verbs_below(*verb.app);
  if (word.starts_with("-")) {
    return "option '" + word + "' is not known; allowed: " + joined(options) +
           vocabulary::nearest_text(word, options);
  }
  if (verbs.empty()) return "'" + word + "' is one argument too many; options: " + joined(options);
  return "'" + word + "' is not a command; allowed: " + joined(verbs) +
         vocabulary::nearest_text(word, verbs);
}

}  // namespace

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const Verb verb = verb_of(app);
  const std::vector<std::string> extra = app.remaining(true);
  std::string text = verb.words + ": ";
  if (!extra.empty()) {
    text += not_understood(verb, extra.front());
  } else if (const auto verbs = verbs_below(*verb.app); !verbs.empty()) {
    text += "a command is missing; allowed: " + joined(verbs);
  } else {
    text += error.what();
  }
  return text + "; `" + verb.words + " -h` explains them";
}

}  // namespace tarn::cli
