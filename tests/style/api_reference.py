#!/usr/bin/env python3
"""Lets doxygen read the public headers and fails when a public symbol has no words.

    api_reference.py ROOT

Exit 77 where there is no doxygen.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def complaints(root, headers, doxygen="doxygen"):
    """What doxygen says about the headers in a directory, a line each."""
    doxyfile = (root / "docs" / "api" / "Doxyfile").read_text()
    with tempfile.TemporaryDirectory() as output:
        settings = (f"{doxyfile}\nINPUT = {headers} {root}/docs/api/index.md\n"
                    f"OUTPUT_DIRECTORY = {output}\nGENERATE_HTML = NO\nGENERATE_XML = YES\n")
        done = subprocess.run([doxygen, "-"], cwd=root, input=settings, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = sorted({line for line in done.stdout.splitlines() if line.strip()})
    if done.returncode != 0 and not lines:
        lines = [f"doxygen ended with {done.returncode} and no words"]
    return lines


def main():
    root = Path(sys.argv[1]).resolve()
    if shutil.which("doxygen") is None:
        print("SKIPPED: the reference of the public headers: there is no doxygen; ./dev deps docs")
        return 77
    # A check that finds nothing proves something only if it would find something.
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "silent.hpp").write_text(
            "// A header.\n#pragma once\nnamespace tarn {\nint silent();\n}\n")
        if not any("silent" in line for line in complaints(root, Path(directory))):
            print("doxygen does not find a function without words")
            return 1
    found = complaints(root, root / "middleware" / "include" / "tarn")
    print("\n".join(found))
    print(f"{len(found) or 'no'} complaint(s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
