"""The checks of pages find what they are for."""

import tempfile
import unittest
from pathlib import Path

import behaviours
import quoted_code

ROW = "| {} | 7 | It holds | contract/one {} |\n"
GOOD = ROW.format(1, '"it holds"') + ROW.format(2, '"it holds, too", contract/one "it holds"')
SOURCE = 'TEST_CASE("it holds", "[x]") {}\nTEMPLATE_TEST_CASE(\n    "it holds, "\n    "too", "[x]", A) {}\n'


def tests(file):
    return behaviours.cases(SOURCE) if file == "contract/one" else None


class Behaviours(unittest.TestCase):
    def test_a_page_whose_tests_are_there_is_left_alone(self):
        self.assertEqual(list(behaviours.complaints(GOOD, tests)), [])

    def test_what_is_not_there_is_found(self):
        for page, word in ((ROW.format(1, '"it held"'), "has no"),
                           (ROW.format(1, ""), "no test"),
                           (ROW.format(2, '"it holds"'), "where 1 was due"),
                           (GOOD.replace("contract/one", "contract/two"), "there is no"),
                           ("nothing", "promises nothing")):
            self.assertTrue(any(word in found for found in behaviours.complaints(page, tests)), word)

    def test_the_wall_clock_is_found_unless_it_is_only_spoken_of(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "platform", "clock.cpp")
            path.parent.mkdir()
            path.write_text("// no CLOCK_REALTIME here\n")
            self.assertEqual(list(behaviours.wall_clocks(Path(directory))), [])
            path.write_text("auto now = std::chrono::system_clock::now();\n")
            self.assertEqual(len(list(behaviours.wall_clocks(Path(directory)))), 1)


class QuotedCode(unittest.TestCase):
    def missing(self, page):
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "one.cpp").write_text("int main() {\n  first();\n    second();\n}\n")
            path = Path(directory, "page.md")
            path.write_text(page)
            return list(quoted_code.missing(path, Path(directory)))

    def test_lines_that_stand_there_are_left_alone(self):
        self.assertEqual(self.missing("```cpp\nfirst();\n  second();\n```\n"), [])

    def test_lines_that_do_not_are_found(self):
        for block in ("cpp\nfirst();\nsecond();", "cpp\nthird();", "cpp\nfirst();\n\n  second();", "sh\nls"):
            self.assertEqual(len(self.missing(f"```{block}\n```\n")), 1, block)


if __name__ == "__main__":
    unittest.main()
