"""docs/behaviours.md names no test that is not there, counts its promises, and has a test for each; and nothing of
ours reads the wall clock, which is what one of them promises.

behaviours.py ROOT
"""

import re
import sys
from pathlib import Path

_ROW = re.compile(r"^\| (\d+) \| ([\d, ]*)\| .+ \| (.*) \|$")
_TEST = re.compile(r'([\w/]+) "([^"]+)"')
_CASE = re.compile(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
_WALL_CLOCK = re.compile(r"\b(CLOCK_REALTIME|system_clock|gettimeofday|time\((?:nullptr|NULL|0)\))")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def cases(source):
    """The names of the test cases in a file's text."""
    return {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', names)) for names in _CASE.findall(source)}


def complaints(page, tests):
    """One sentence for each row that does not hold. `tests` answers the names of a file's cases, or None."""
    expected = 1
    for number, line in enumerate(page.splitlines(), 1):
        row = _ROW.match(line)
        if row is None:
            continue
        if int(row[1]) != expected:
            yield f"line {number}: promise {row[1]} where {expected} was due"
        expected += 1
        named = _TEST.findall(row[3])
        if not named:
            yield f"line {number}: promise {row[1]} has no test"
        for file, name in named:
            there = tests(file)
            if there is None:
                yield f"line {number}: there is no tests/{file}_test.cpp"
            elif name not in there:
                yield f'line {number}: tests/{file}_test.cpp has no "{name}"'
    if expected == 1:
        yield "the page promises nothing"


def wall_clocks(root):
    """One sentence for each look at the wall clock in the libraries."""
    for folder in ("platform", "middleware", "config"):
        for path in sorted((root / folder).rglob("*.[ch]*")):
            found = _WALL_CLOCK.search(_COMMENT.sub("", path.read_text()))
            if found:
                yield f"{path.relative_to(root)}: {found[1]} is not the clock of tarn"


def main():
    root = Path(sys.argv[1]).resolve()

    def tests(file):
        path = root / "tests" / f"{file}_test.cpp"
        return cases(path.read_text()) if path.exists() else None

    found = [f"docs/behaviours.md: {sentence}"
             for sentence in complaints((root / "docs" / "behaviours.md").read_text(), tests)]
    found += wall_clocks(root)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
