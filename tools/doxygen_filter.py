#!/usr/bin/env python3
"""Prints a header as doxygen wants it: our plain // comments become documentation. Lines stay lines.

    doxygen_filter.py HEADER

- The paragraph a header opens with documents the file, or a class if it begins "Name: ".
- A comment above a declaration documents it and those that follow, each on a line of its own, up to
  a blank line or another comment. A comment behind a declaration documents that one alone.
- `detail` is left out, but for the classes that public ones are made of.
- What a function says inside is its own affair.
"""

import re
import sys
from pathlib import Path

_OPENS_CLASS = re.compile(r"// (\w+)(?:<[^>]*>)?: ")
_COMMENT = re.compile(r"^(\s*)//( .*|$)")
_TRAILING = re.compile(r"^(.*[,;}])\s+// (.*)$")
_CONTAINER = re.compile(r"^(?:[^(]|\brequires\s*\([^()]*\))*?\b(namespace|struct|class|enum|union)\b[^=;]*$")
_NO_DECLARATION = re.compile(r"^\s*(?:[#}]|public:|protected:|private:|$)")
_SPEAKS_FOR_ITSELF = re.compile(r"=\s*(?:delete|default);$")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)+\'')


class Nesting:
    """Where the code seen so far ends: among declarations, or inside anything else."""

    def __init__(self):
        self._open = []  # for each open brace the word that made it, "" for a body
        self._statement = ""

    @property
    def depth(self):
        return len(self._open)

    @property
    def declares(self):
        return all(self._open)

    @property
    def begins(self):
        """The next word begins a declaration."""
        return self.declares and not self._statement.strip()

    def feed(self, code):
        if code.startswith("#") or self._statement.endswith("\\"):
            self._statement = "\\" if code.endswith("\\") else ""
            return
        for character in _TEXT.sub('""', code) + "\n":
            if character == "{":
                word = _CONTAINER.search(self._statement) if self.declares else None
                self._open.append(word.group(1) if word else "")
                self._statement = ""
            elif character == "}" and self._open:
                self._open.pop()
                self._statement = ""
            elif character == ";" or (character == "," and self._open and self._open[-1] == "enum"):
                self._statement = ""
            else:
                self._statement += character


def escaped(text):
    """What doxygen would take for commands and tags, outside of `code`, as what it is."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([\\@<>#%])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def as_documentation(comment):
    """`// text` as `/// text`; lines set in by more than one blank are code."""
    indent, text = _COMMENT.match(comment).groups()
    return f"{indent}///{'    ' + text if text.startswith('   ') else escaped(text)}"


def opening(lines):
    """The first paragraph as documentation, and how many lines of the header it stands for."""
    length = next((i for i, line in enumerate(lines) if not _COMMENT.match(line)), len(lines))
    named = _OPENS_CLASS.match(lines[0]) if lines else None
    is_class = named and re.search(rf"^(?:class|struct) {named.group(1)}\b", "\n".join(lines), re.MULTILINE)
    subject = f"/// \\class tarn::{named.group(1)}" if is_class else "/// \\file"
    # The line gained is taken from #pragma once, which doxygen has no use for.
    rest = length + (length < len(lines) and lines[length] == "#pragma once")
    return [subject] + [as_documentation(line) for line in lines[:length]], rest


class Filter:
    def __init__(self):
        self._nesting = Nesting()
        self._above = []  # the texts of the comment that holds for what follows
        self._fresh = False  # and nothing followed it yet
        self._behind_column = None

    def comment(self, line, below):
        """A line that is a comment; `below` is the code that follows."""
        indent, text = _COMMENT.match(line).groups()
        if self._behind_column == len(indent):
            return f"{indent}///<{escaped(text)}"
        if not self._fresh:
            self._above = []
        self._above.append(escaped(text.strip()))
        self._fresh = True
        documents = self._nesting.declares and below.strip() and not _TRAILING.match(below)
        return as_documentation(line) if documents else line

    def code(self, line):
        begins, declares, above = self._nesting.begins, self._nesting.declares, self._above
        behind, depth = _TRAILING.match(line), self._nesting.depth
        fresh, self._fresh, self._behind_column = self._fresh, False, None
        self._nesting.feed(behind.group(1) if behind else line)
        if self._nesting.depth != depth or (declares and _NO_DECLARATION.match(line)):
            self._above = []
        if _NO_DECLARATION.match(line):
            return line
        if behind and declares:
            self._behind_column = line.index("// ", len(behind.group(1)))
            return f"{line[:self._behind_column]}///< {escaped(behind.group(2))}"
        if not begins:
            return line
        if _SPEAKS_FOR_ITSELF.search(line):
            return ""
        return line if fresh or not above else f"/** {' '.join(above)} */ {line}"


def hiding(lines):
    """Number and new form of the lines that tell doxygen where not to look: in `detail`, but for the
    classes in it that a public one is made of."""
    bases = set(re.findall(r": public detail::(\w+)", "\n".join(lines)))
    for number, line in enumerate(lines):
        if re.match(r"namespace (?:tarn::)?detail {$", line):
            yield number, "{}  /** @cond */"
        elif re.match(r"}  // namespace (?:tarn::)?detail$", line):
            yield number, "/** @endcond */ {}"
        elif (match := re.match(r"class (\w+) {$", line)) and match.group(1) in bases:
            first = max(i for i in range(number) if not lines[i].strip())
            last = next(i for i in range(number, len(lines)) if lines[i] == "};")
            yield first, "{}/** @endcond */"
            hidden = [i for i in range(number, last) if lines[i] == " protected:"]
            for inner in hidden:
                yield inner, "{}  /** @cond */"
            yield last, ("/** @endcond */ {}" if hidden else "{}") + "  /** @cond */"


def convert(lines):
    result, start = opening(lines)
    state = Filter()
    marks = dict(hiding(lines))
    for number, line in enumerate(lines[start:], start):
        if _COMMENT.match(line):
            below = next((after for after in lines[number:] if not _COMMENT.match(after)), "")
            result.append(state.comment(line, below))
        else:
            result.append(state.code(line))
        if number in marks:
            result[-1] = marks[number].format(result[-1])
    return result


def main():
    print("\n".join(convert(Path(sys.argv[1]).read_text().splitlines())))


if __name__ == "__main__":
    main()
