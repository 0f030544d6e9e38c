"""A page may quote nothing that is not there: each block of code on it stands, line for line and apart from its
indentation, in a file of the kind that its language says.

quoted_code.py PAGE FOLDER
"""

import sys
import textwrap
from pathlib import Path

_SUFFIX = {"cpp": ".cpp", "yaml": ".yaml"}


def blocks(text):
    """Line number, language and lines of each block of code."""
    found, lines, language, start = [], None, "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("```"):
            if lines is not None:
                lines.append(line)
        elif lines is None:
            lines, language, start = [], line[3:], number
        else:
            found.append((start, language, lines))
            lines = None
    return found


def stands_in(lines, source):
    """Whether the lines are somewhere in the source, all indented by the same."""
    wanted = textwrap.dedent("\n".join(lines)).splitlines()
    there = source.splitlines()
    count = len(wanted)
    for first in range(len(there) - count + 1):
        part = textwrap.dedent("\n".join(there[first:first + count])).splitlines()
        if part == wanted:
            return True
    return False


def missing(page, folder):
    """One sentence for each block that no file has."""
    for number, language, lines in blocks(page.read_text()):
        suffix = _SUFFIX.get(language)
        if suffix is None:
            yield f"{page}:{number}: a block of {language or 'nothing'}, of which the programs have none"
        elif not any(stands_in(lines, path.read_text()) for path in sorted(folder.glob("*" + suffix))):
            yield f"{page}:{number}: no {suffix} file in {folder} has these lines"


def main():
    page, folder = map(Path, sys.argv[1:])
    found = list(missing(page, folder))
    for sentence in found:
        print(sentence)
    if not blocks(page.read_text()):
        sys.exit(f"{page} has no code at all")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
