#!/usr/bin/env python3
"""Compiles every source beside this file: each must be refused, in the words of its first line.

    check_refusals.py -- COMPILER [FLAGS...]

The first line of a source is `// expect: words`. accepted.cpp must compile, or every refusal
could have another reason.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ACCEPTED = "accepted.cpp"
EXPECT = "// expect: "


def failure_of(source, command):
    """What is wrong with the compiler's answer to `source`; "" if it is as it should be."""
    run = subprocess.run([*command, "-fsyntax-only", str(source)], text=True, capture_output=True)
    if source.name == ACCEPTED:
        return f"{source.name} must compile:\n{run.stderr}" if run.returncode else ""
    first = source.read_text().splitlines()[0]
    if not first.startswith(EXPECT):
        return f"{source.name}:1: must begin with '{EXPECT}'"
    words = first[len(EXPECT):]
    if run.returncode == 0:
        return f"{source.name} compiles, but must be refused with: {words}"
    if words not in run.stderr:
        return f"{source.name} is refused without the words: {words}\n{run.stderr}"
    return ""


def main():
    command = sys.argv[sys.argv.index("--") + 1:]
    sources = sorted(HERE.glob("*.cpp"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [words for words in pool.map(lambda s: failure_of(s, command), sources) if words]
    for words in failures:
        print(words)
    print(f"{len(sources)} sources, {len(failures)} failed")
    # A run that finds no source proves nothing.
    return 1 if failures or len(sources) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
