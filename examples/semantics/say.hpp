// What the programs of docs/semantics.md print: a line for each thing that is as the page says. One that is
// not ends the program.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace examples {

inline void say(bool holds, std::string_view what) {
  std::cout << (holds ? "so: " : "not so: ") << what << std::endl;
  if (!holds) std::exit(1);
}

}  // namespace examples
