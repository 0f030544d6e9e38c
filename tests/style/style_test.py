#!/usr/bin/env python3
"""The checkers find what they are for: a small clean tree passes, and each violation is reported."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_rooms  # noqa: E402
import compile_headers  # noqa: E402
import memory_order_table  # noqa: E402
import orders  # noqa: E402
from source import Source, read_tree  # noqa: E402

OPENING = "// What it is.\n#pragma once\n\n"
RING_H = "middleware/ring/ring.hpp"
RING_CPP = "middleware/ring/ring.cpp"
PORT_CPP = "middleware/port/port.cpp"

CLEAN = {
    "middleware/include/tarn/result.hpp": OPENING + "#include <tl/expected.hpp>\n",
    "middleware/include/tarn/node.hpp": OPENING + "#include <vector>\n\n#include <tarn/result.hpp>\n",
    "platform/futex.hpp": OPENING + "#include <cstdint>\n",
    "platform/futex.cpp": '#include "platform/futex.hpp"\n\n#include <sys/syscall.h>\n',
    "config/load.hpp": OPENING,
    "config/load.cpp": '#include "config/load.hpp"\n\n#include <yaml-cpp/yaml.h>\n',
    RING_H: OPENING + '#include <stdint.h>\n\n#include "platform/futex.hpp"\n',
    RING_CPP: '#include "middleware/ring/ring.hpp"\n\n'
              "void put() {\n"
              "  // order(ring.head): release. Publishes the slot to take(). Weaker, it reads old ones.\n"
              "  head.store(1, std::memory_order_release);\n"
              "}\n",
    "middleware/port/port.hpp": OPENING,
    PORT_CPP: '#include "middleware/ring/ring.hpp"\n\n'
              "int take() {\n"
              "  /* order(ring.head): acquire. Pairs with put(). */\n"
              "  return head.load(std::memory_order_acquire);\n"
              "}\n",
    "middleware/pool/pool_layout.hpp": OPENING + "#include <cstdint>\n",
    "middleware/broker/main.cpp": '#include <CLI/CLI.hpp>\n\n#include "config/load.hpp"\n',
    "examples/01_publish.cpp": "#include <tarn/node.hpp>\n",
    "tests/unit/ring/ring_test.cpp": '#include <unistd.h>\n\n#include "middleware/ring/ring.hpp"\n',
}

BANNED = sorted(check_rooms.FORBIDDEN)

# path, the text that is appended or (with "=") the whole text, line of the finding, rule.
VIOLATIONS = [
    ("a row does not see a higher one",
     RING_H, '#include "middleware/port/port.hpp"\n', 7, "rooms"),
    ("rooms on one row do not see each other",
     RING_H, '#include "middleware/pool/pool_layout.hpp"\n', 7, "rooms"),
    ("only main sees the configuration",
     "middleware/api/node.cpp", '=#include "config/load.hpp"\n', 1, "rooms"),
    ("an example sees the public headers only",
     "examples/01_publish.cpp", '#include "platform/futex.hpp"\n', 2, "rooms"),
    ("a tool sees the public headers only",
     "middleware/cli/topic.cpp", '=#include "middleware/ring/ring.hpp"\n', 1, "rooms"),
    ("a tool that is not about the configuration does not see it",
     "middleware/cli/topic.cpp", '=#include "config/load.hpp"\n', 1, "rooms"),
    ("a verb of the configuration sees no more than that",
     "middleware/cli/config_plan.cpp", '=#include "middleware/ring/ring.hpp"\n', 1, "rooms"),
    ("a folder outside the table sees no room",
     "extras/x.cpp", '=#include "platform/futex.hpp"\n', 1, "rooms"),
    ("an include does not climb",
     RING_CPP, '#include "../port/port.hpp"\n', 7, "include-from-root"),
    ("an include starts at the root",
     RING_CPP, '#include "ring.hpp"\n', 7, "include-from-root"),
    ("a public header is included as one",
     RING_CPP, '#include "middleware/include/tarn/node.hpp"\n', 7, "include-from-root"),
    ("the operating system stays in platform",
     RING_CPP, "#include <unistd.h>\n", 7, "system-headers"),
    ("an example does not fork by itself",
     "examples/01_publish.cpp", "#include <sys/wait.h>\n", 2, "system-headers"),
    ("YAML stays in one file",
     "config/load.hpp", "#include <yaml-cpp/yaml.h>\n", 4, "system-headers"),
    ("an unknown library is a question",
     RING_CPP, "#include <boost/any.hpp>\n", 7, "system-headers"),
    ("the type of errors comes from one header",
     RING_CPP, "#include <tl/expected.hpp>\n", 7, "system-headers"),
    ("an installed header does not see the rooms",
     "middleware/include/tarn/node.hpp", '#include "platform/futex.hpp"\n', 7, "public-headers"),
    ("a product file has an end",
     RING_CPP, "\n" * 395, 401, "file-length"),
    ("a test file has an end",
     "tests/unit/ring/ring_test.cpp", "\n" * 498, 501, "file-length"),
    ("a header says what it is",
     RING_H, "=#pragma once\n", 1, "header-opens"),
    ("a header is guarded",
     "config/load.hpp", "=// What it is.\n", 1, "header-opens"),
    ("a layout holds plain integers",
     "middleware/pool/pool_layout.hpp", "std::atomic<int> x;\n", 5, "layout"),
    ("a tag has both sides",
     RING_CPP, "// order(ring.tail): release. Says much.\n", 7, "order-pair"),
    ("two sides of one kind are no pair",
     RING_CPP, "// order(ring.tail): release. Says much.\n\n"
               "// order(ring.tail): release. Says much.\n", 7, "order-pair"),
    ("a tag names its room",
     RING_CPP, "// order(Head): full fence. Says much.\n\n"
               "// order(Head): full fence. Says much.\n", 7, "order-form"),
    ("a tag starts with its order",
     RING_CPP, "// order(ring.head): publishes the slot.\n", 7, "order-form"),
    ("a tag says what breaks",
     RING_CPP, "// order(ring.head): release.\n", 7, "order-form"),
    ("a comment and its operation agree",
     RING_CPP, "// order(ring.head): release. Says much.\n"
               "head.store(1, std::memory_order_relaxed);\n", 7, "order-claim"),
    ("an operation through the shim has its comment",
     RING_CPP, "int f() {\n  return tarn_load_relaxed_u32(&x);\n}\n", 8, "order-comment"),
    ("a standard operation has its comment",
     RING_CPP, "int f() {\n  return x.load(std::memory_order_relaxed);\n}\n", 8, "order-comment"),
    ("a builtin has its comment",
     PORT_CPP, "int f() {\n  return __atomic_load_n(&x, __ATOMIC_RELAXED);\n}\n", 8, "order-comment"),
    ("a fence has its comment",
     PORT_CPP, "int f() {\n  tarn_fence_full();\n}\n", 8, "order-comment"),
    ("an order is never an accident",
     RING_CPP, "std::atomic<int> x;\n// acquire: why\nint y = x.load();\n", 9, "order-stated"),
    ("nor over two lines",
     RING_CPP, "std::atomic<int> x;\n// acquire: why\nx.store(\n    1);\n", 9, "order-stated"),
] + [("no forbidden word", RING_CPP, f"// {word}x\n", 7, "words") for word in BANNED]

HARMLESS = [
    ("an include in a comment", RING_CPP, '// #include "../port/port.hpp"\n'),
    ("a fence in a string", RING_CPP, 'const char* x = "tarn_fence_full()";\n'),
    ("a group under one comment", RING_CPP,
     "int f() {\n  // relaxed: only this thread writes both.\n"
     "  a = tarn_load_relaxed_u32(&x);\n  b = tarn_load_relaxed_u32(&y);\n}\n"),
    ("an order over two lines", RING_CPP,
     "std::atomic<int> x;\n// relaxed: a counter.\nx.store(\n    1, std::memory_order_relaxed);\n"),
    ("a reference to the place that says it", PORT_CPP,
     "int f() {\n  // order(ring.head): acquire, as in take().\n"
     "  return tarn_load_acquire_u32(&head);\n}\n"),
    ("several tags on one fence", RING_CPP,
     "int f() {\n  // order(ring.a, ring.head): full fence. Says much.\n  tarn_fence_full();\n}\n\n"
     "int g() {\n  // order(ring.a): full fence. Says much.\n  tarn_fence_full();\n}\n"),
]


def tree_of(files):
    return {path: Source(path, text) for path, text in files.items()}


def with_change(path, text):
    files = dict(CLEAN)
    files[path] = text[1:] if text.startswith("=") else files.get(path, "") + text
    return tree_of(files)


class RoomsTest(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        self.assertEqual([], [str(f) for f in check_rooms.check(tree_of(CLEAN))])

    def test_each_violation_is_reported_where_it_is(self):
        for claim, path, text, line, rule in VIOLATIONS:
            with self.subTest(claim):
                found = {(f.path, f.line, f.rule) for f in check_rooms.check(with_change(path, text))}
                self.assertIn((path, line, rule), found)

    def test_each_violation_is_the_only_finding(self):
        # Two rules may meet in one line; a clean line beside it is never reported.
        for claim, path, text, line, rule in VIOLATIONS:
            with self.subTest(claim):
                found = check_rooms.check(with_change(path, text))
                self.assertLessEqual({f.path for f in found}, {path, RING_CPP})
                self.assertLessEqual(len(found), 2)

    def test_what_only_looks_like_a_violation_passes(self):
        for claim, path, text in HARMLESS:
            with self.subTest(claim):
                self.assertEqual([], [str(f) for f in check_rooms.check(with_change(path, text))])

    def test_too_many_public_headers_are_reported(self):
        files = CLEAN | {f"middleware/include/tarn/h{i}.hpp": OPENING for i in range(19)}
        self.assertEqual({"public-headers"}, {f.rule for f in check_rooms.check(tree_of(files))})

    def test_public_headers_that_users_do_not_include_are_not_too_many(self):
        files = CLEAN | {f"middleware/include/tarn/detail/h{i}.hpp": OPENING for i in range(19)}
        self.assertEqual([], check_rooms.check(tree_of(files)))

    def test_every_rule_has_a_violation_here(self):
        sources = Path(check_rooms.__file__).read_text() + Path(orders.__file__).read_text()
        tried = {rule for *_, rule in VIOLATIONS}
        for rule in tried:
            self.assertIn(f'"{rule}"', sources)
        self.assertEqual(tried, set(re.findall(r'Finding\([^"]*?"([a-z-]+)"', sources)))

    def test_a_tree_without_git_is_read_from_the_disk(self):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in CLEAN.items():
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            (Path(folder) / "build").mkdir()
            (Path(folder) / "build/x.cpp").write_text('#include "../x.hpp"\n')
            self.assertEqual(set(CLEAN), set(read_tree(Path(folder))))


class MemoryOrderTableTest(unittest.TestCase):
    def test_a_row_has_tag_place_order_and_reason(self):
        table = memory_order_table.render(tree_of(CLEAN))
        self.assertIn(f"| `ring.head` | `{RING_CPP}`, `put` | release | "
                      "Publishes the slot to take(). Weaker, it reads old ones. |\n", table)
        self.assertIn(f"| `ring.head` | `{PORT_CPP}`, `take` | acquire | Pairs with put(). |\n", table)

    def test_a_changed_comment_changes_the_table(self):
        changed = dict(CLEAN)
        changed[PORT_CPP] = changed[PORT_CPP].replace("Pairs with", "Meets")
        self.assertNotEqual(memory_order_table.render(tree_of(CLEAN)),
                            memory_order_table.render(tree_of(changed)))


class CompileHeadersTest(unittest.TestCase):
    def test_a_header_that_misses_its_includes_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "bad.hpp").write_text("#pragma once\ninline std::string name();\n")
            (Path(folder) / "good.hpp").write_text("#pragma once\n#include <string>\n"
                                                   "inline std::string name() { return {}; }\n")
            command = ["c++", f"-I{folder}"]
            self.assertIn("bad.hpp",
                          compile_headers.compile_alone("bad.hpp", "-std=c++20", command))
            self.assertEqual("", compile_headers.compile_alone("good.hpp", "-std=c++20", command))


if __name__ == "__main__":
    unittest.main()
