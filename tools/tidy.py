#!/usr/bin/env python3
"""Runs clang-tidy over the product sources, in parallel, leaving out what passed before unchanged.

    tidy.py BUILD_DIR [CHECKS]   a configured build; its compile_commands.json says how files compile.
                                 CHECKS, as clang-tidy takes them, are added to those of .clang-tidy

A file counts as unchanged while it, every header of the project that it includes, its compile
command and .clang-tidy are. What passed is remembered in BUILD_DIR/../tidy.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLANG_TIDY = "clang-tidy-16"
# Tests are left out: Catch2's macros trip most checks. Benchmarks are not shipped, and would take a
# tenth of the run.
PRODUCT = ("platform/", "config/", "middleware/", "examples/")
ROOT = Path(__file__).resolve().parents[1]


def product_commands(build):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(ROOT) and str(path.relative_to(ROOT)).startswith(PRODUCT):
            yield path, entry


def fingerprint(entry, checks):
    """Of everything that the verdict on this file depends on."""
    arguments = shlex.split(entry["command"])
    if "-o" in arguments:
        del arguments[arguments.index("-o"):arguments.index("-o") + 2]
    listing = subprocess.run([*arguments, "-MM"], cwd=entry["directory"], check=True, text=True,
                             capture_output=True).stdout
    files = sorted(set(listing.replace("\\\n", " ").partition(":")[2].split()))
    digest = hashlib.sha256(f"{CLANG_TIDY} {checks} {arguments}".encode())
    for name in [ROOT / ".clang-tidy", *files]:
        digest.update(Path(entry["directory"], name).read_bytes())
    return digest.hexdigest()


def tidy(path, entry, build, checks):
    """(what clang-tidy says, or "", whether it ran)."""
    try:
        stamp = build.parent / "tidy" / fingerprint(entry, checks)
    except subprocess.CalledProcessError as error:
        return error.stderr, True
    if stamp.exists():
        return "", False
    run = subprocess.run([CLANG_TIDY, "--quiet", f"--checks={checks}", "-p", str(build), str(path)],
                         text=True, capture_output=True)
    if run.returncode == 0:
        stamp.touch()
        return "", True
    return run.stdout or run.stderr, True


def main():
    build = Path(sys.argv[1]).resolve()
    checks = sys.argv[2] if len(sys.argv) > 2 else ""
    (build.parent / "tidy").mkdir(exist_ok=True)
    commands = list(product_commands(build))
    failures = ran = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # In the order of the list; each finding is shown as soon as everything before it is known.
        for text, new in pool.map(lambda command: tidy(*command, build, checks), commands):
            ran += new
            if text:
                failures += 1
                print(text, flush=True)
    print(f"clang-tidy: {len(commands)} files, {ran} new or changed, {failures} with findings")
    return 1 if failures or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
