#!/usr/bin/env python3
"""Our plain comments reach the reference where they belong, and lines stay lines."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from doxygen_filter import convert  # noqa: E402

OPENING = ["// What it is.", "#pragma once", ""]


def converted(*lines):
    """These lines as they come out of a header that has them in its namespace."""
    result = convert([*OPENING, "namespace tarn {", *lines, "}"])
    assert len(result) == len(OPENING) + len(lines) + 2, result
    return result[len(OPENING) + 1:-1]


class Comments(unittest.TestCase):
    def test_the_first_paragraph_documents_the_file(self):
        self.assertEqual(convert(OPENING), ["/// \\file", "/// What it is.", ""])

    def test_a_first_paragraph_that_begins_with_a_class_documents_it(self):
        lines = ["// List<T, N>: some.", "#pragma once", "", "class List {", "};"]
        self.assertEqual(convert(lines)[:2], ["/// \\class tarn::List", "/// List\\<T, N\\>: some."])

    def test_a_comment_above_a_declaration_documents_it(self):
        self.assertEqual(converted("// Counts.", "int count();"), ["/// Counts.", "int count();"])

    def test_a_comment_holds_for_what_follows_without_a_blank_line(self):
        self.assertEqual(converted("// Begin", "// and end.", "int begin();", "int end();", "",
                                   "int other();"),
                         ["/// Begin", "/// and end.", "int begin();",
                          "/** Begin and end. */ int end();", "", "int other();"])

    def test_a_comment_ends_with_a_body_of_several_lines(self):
        lines = ["// Drops it.", "void pop() {", "  --size_;", "}", "void clear();"]
        self.assertEqual(converted(*lines), ["/// Drops it.", *lines[1:]])

    def test_a_comment_behind_a_declaration_documents_that_one_alone(self):
        self.assertEqual(converted("enum class Errc {", "  // The world.", "  System,  // a call",
                                   "           // failed", "  Other,", "};"),
                         ["enum class Errc {", "  // The world.", "  System,  ///< a call",
                          "           ///< failed", "/** The world. */   Other,", "};"])

    def test_comments_in_a_function_are_its_own(self):
        body = ["int count() {", "  // Why.", "  return 1;  // why", "}"]
        self.assertEqual(converted(*body), body)

    def test_a_comment_that_stands_alone_documents_nothing(self):
        self.assertEqual(converted("// About all of it.", "", "int count();"),
                         ["// About all of it.", "", "int count();"])

    def test_what_is_defaulted_or_deleted_needs_no_words(self):
        self.assertEqual(converted("Loan(const Loan&) = delete;"), [""])

    def test_a_comment_on_a_class_is_not_its_members(self):
        lines = ["// A loan.", "struct Loan {", "  int size;", "};", "struct Other {", "};"]
        self.assertEqual(converted(*lines), ["/// A loan.", *lines[1:]])

    def test_detail_is_left_out_but_for_what_public_classes_are_made_of(self):
        lines = ["namespace detail {", "int inner();", "", "// Holds.", "class Handle {", " public:",
                 "  int get();", " protected:", "  int it_;", "};", "}  // namespace detail",
                 "class Loan : public detail::Handle {", "};"]
        shown, hidden = [], False
        for line in converted(*lines):
            hidden = hidden and "@endcond" not in line
            if not hidden:
                shown.append(line)
            hidden = hidden or line.endswith("@cond */")
        self.assertFalse(any("inner" in line or "it_" in line for line in shown), shown)
        for word in ("Holds", "class Handle", "get()", "};  /** @cond */", "class Loan"):
            self.assertTrue(any(word in line for line in shown), (word, shown))

    def test_commands_and_tags_are_text(self):
        self.assertEqual(converted("// A \\x of List<T>, `T@1`.", "int count();"),
                         ["/// A \\\\x of List\\<T\\>, `T@1`.", "int count();"])

    def test_lines_set_in_are_code(self):
        self.assertEqual(converted("// So:", "//", "//   f<int>();", "void f();"),
                         ["/// So:", "///", "///       f<int>();", "void f();"])


if __name__ == "__main__":
    unittest.main()
