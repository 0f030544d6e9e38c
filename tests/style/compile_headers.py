#!/usr/bin/env python3
"""Compiles every public header alone, in C++20 and C++23, with the compiler of this build.

    compile_headers.py INCLUDE_DIR -- COMPILER [FLAGS...]
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

STANDARDS = ("-std=c++20", "-std=c++2b")


def compile_alone(header, standard, command):
    """The compiler's words if the header does not compile alone, else "". Twice: it must be guarded."""
    run = subprocess.run(
        [*command, standard, "-fsyntax-only", "-x", "c++", "-"],
        input=f"#include <{header}>\n#include <{header}>\n", text=True, capture_output=True)
    return f"<{header}> {standard}:\n{run.stderr}" if run.returncode else ""


def main():
    separator = sys.argv.index("--")
    include = Path(sys.argv[1:separator][0])
    command = [*sys.argv[separator + 1:], f"-I{include}"]
    headers = sorted(str(path.relative_to(include)) for path in include.rglob("*.h*"))
    jobs = [(header, standard, command) for header in headers for standard in STANDARDS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [words for words in pool.map(lambda job: compile_alone(*job), jobs) if words]
    for words in failures:
        print(words)
    print(f"{len(headers)} headers, {len(jobs)} compilations, {len(failures)} failed")
    # A run that finds no header proves nothing.
    return 1 if failures or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
