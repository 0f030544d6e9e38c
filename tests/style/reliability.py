"""docs/reliability.md names a test for each fault, and none that is not there; its table of mutants is what the patches
say; and every patch still fits the sources.

reliability.py ROOT [--write]   # --write: the table, from the patches
"""

import re
import sys
from pathlib import Path

import behaviours

_BEGIN, _END = "<!-- mutants: begin -->\n", "<!-- mutants: end -->\n"
_TEST = re.compile(r'([\w/]+) "([^"]+)"')
_HEADER = re.compile(r"^(Planted|Found by|Program): (.+)$", re.MULTILINE)


class BadPatch(Exception):
    """A patch that says too little, or does not fit the sources."""


class Mutant:
    """A planted bug: what it is, the test that finds it and that test's program, and the lines it replaces."""

    def __init__(self, path):
        self.name = path.stem
        head, _, body = path.read_text().partition("--- ")
        said = dict(_HEADER.findall(head))
        missing = [key for key in ("Planted", "Found by", "Program") if key not in said]
        if missing:
            raise BadPatch(f"{path.name} does not say '{missing[0]}:'")
        self.planted, self.found_by, self.program = said["Planted"], said["Found by"], said["Program"]
        if not _TEST.fullmatch(self.found_by):
            raise BadPatch(f"{path.name}: found by '{self.found_by}', which is no file and name of a test")
        self.changes = list(_changes("--- " + body))
        if not self.changes:
            raise BadPatch(f"{path.name} changes nothing")

    def test(self):
        """The file below tests/, and the name, of the test that finds it."""
        return _TEST.fullmatch(self.found_by).groups()

    def applied(self, root):
        """{path: the text with the bug in it}. The place is found by its lines, not by their numbers."""
        texts = {}
        for file, before, after in self.changes:
            path = Path(root, file)
            text = texts.get(path) or (path.read_text() if path.exists() else "")
            if text.count(before) != 1:
                raise BadPatch(f"{self.name}: its lines are {text.count(before)} times in {file}")
            texts[path] = text.replace(before, after)
        return texts


def _changes(diff):
    """(file, lines before, lines after) of each hunk of a unified diff."""
    file, before, after = None, "", ""
    for line in diff.splitlines(keepends=True) + ["@@"]:
        if line.startswith(("@@", "--- ")):
            if before:
                yield file, before, after
            before = after = ""
        elif line.startswith("+++ "):
            file = line[4:].strip().removeprefix("b/")
        elif line[0] in " -+" or line == "\n":
            before += "" if line[0] == "+" else line[1:] or "\n"
            after += "" if line[0] == "-" else line[1:] or "\n"


def mutants(root):
    """Those of a tree, by name."""
    return [Mutant(path) for path in sorted(Path(root, "tests/survive/mutants").glob("*.patch"))]


def table(found):
    """The page's table of mutants."""
    if not found:
        return ""
    rows = [f"| {one.name} | {', '.join(dict.fromkeys(file for file, _, _ in one.changes))} | {one.planted} | "
            f"{one.found_by} |\n" for one in found]
    return "| mutant | in | planted | found by |\n|---|---|---|---|\n" + "".join(rows)


def fault_complaints(page, tests):
    """One sentence for each fault without a test, and each test that is not there."""
    faults = 0
    rows = page.partition("## Faults")[2].partition("\n## ")[0].splitlines()
    for line in rows:
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if not line.startswith("| ") or cells[0] == "fault":
            continue
        faults += 1
        named = _TEST.findall(cells[-1])
        if len(cells) != 3 or not named:
            yield f"'{cells[0]}' is not a fault, what holds, and a test"
        yield from test_complaints(named, tests)
    if faults == 0:
        yield "the page knows no fault"


def test_complaints(named, tests):
    """One sentence for each test that is not there."""
    for file, name in named:
        there = tests(file)
        if there is None:
            yield f"there is no tests/{file}_test.cpp"
        elif name not in there:
            yield f'tests/{file}_test.cpp has no "{name}"'


def complaints(root, page, tests):
    """One sentence for each thing on the page that does not hold."""
    yield from fault_complaints(page, tests)
    try:
        found = mutants(root)
        for one in found:
            one.applied(root)
            yield from test_complaints([one.test()], tests)
        if page.partition(_BEGIN)[2].partition(_END)[0] != table(found):
            yield "the table of mutants is not what the patches say: ./dev docs writes it"
    except BadPatch as bad:
        yield str(bad)


def main():
    root = Path(sys.argv[1]).resolve()
    path = root / "docs" / "reliability.md"
    page = path.read_text()
    if "--write" in sys.argv[2:]:
        head, _, rest = page.partition(_BEGIN)
        path.write_text(head + _BEGIN + table(mutants(root)) + _END + rest.partition(_END)[2])
        return 0

    def tests(file):
        source = root / "tests" / f"{file}_test.cpp"
        return behaviours.cases(source.read_text()) if source.exists() else None

    found = [f"docs/reliability.md: {sentence}" for sentence in complaints(root, page, tests)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
