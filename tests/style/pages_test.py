"""The checks of pages find what they are for."""

import tempfile
import unittest
from pathlib import Path

import behaviours
import quoted_code
import reliability

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


FAULT = '## Faults\n\n| fault | what holds | tests |\n|---|---|---|\n| It dies | All go on | {} |\n\n## Mutants\n\n'
PATCH = """Planted: two is one
Found by: contract/one "it holds"
Program: contract
--- a/code.cpp
+++ b/code.cpp
@@ -1,2 +1,2 @@
 one
-two
+one
"""


class Reliability(unittest.TestCase):
    def complaints(self, page, patch=PATCH, code="zero\none\ntwo\n"):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            (root / "tests/survive/mutants").mkdir(parents=True)
            (root / "tests/survive/mutants/same.patch").write_text(patch)
            (root / "code.cpp").write_text(code)
            page += reliability._BEGIN + '| mutant | in | planted | found by |\n|---|---|---|---|\n' \
                '| same | code.cpp | two is one | contract/one "it holds" |\n' + reliability._END
            return list(reliability.complaints(root, page, tests))

    def test_a_page_that_holds_is_left_alone(self):
        self.assertEqual(self.complaints(FAULT.format('contract/one "it holds"')), [])

    def test_faults_without_their_tests_are_found(self):
        for named, word in (('contract/one "it held"', "has no"), ("", "is not a fault"),
                            ('contract/two "it holds"', "there is no")):
            self.assertTrue(any(word in found for found in self.complaints(FAULT.format(named))), word)
        self.assertIn("the page knows no fault", self.complaints(""))

    def test_patches_that_say_too_little_or_do_not_fit_are_found(self):
        page = FAULT.format('contract/one "it holds"')
        for patch, code, word in ((PATCH.replace("Planted", "Plant"), "one\ntwo\n", "does not say"),
                                  (PATCH, "one\nthree\n", "0 times"),
                                  (PATCH, "one\ntwo\none\ntwo\n", "2 times"),
                                  (PATCH.replace("it holds", "it held"), "one\ntwo\n", "has no"),
                                  (PATCH.replace("is one", "is none"), "one\ntwo\n", "not what the patches say")):
            self.assertTrue(any(word in found for found in self.complaints(page, patch, code)), word)

    def test_a_patch_puts_its_bug_in(self):
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "same.patch").write_text(PATCH)
            Path(directory, "code.cpp").write_text("zero\none\ntwo\n")
            texts = reliability.Mutant(Path(directory, "same.patch")).applied(directory)
            self.assertEqual(texts, {Path(directory, "code.cpp"): "zero\none\none\n"})


if __name__ == "__main__":
    unittest.main()
