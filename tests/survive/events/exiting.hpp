// exit() in a forked child, with destructors of static objects and functions of atexit. Such a child has copies
// of what its parent's other threads held, which the leak sanitizer takes for leaks of its own; it is told not
// to look. Any thread of a child.
#pragma once

namespace tarn::test {

[[noreturn]] void exit_in_order(int code);

}  // namespace tarn::test
