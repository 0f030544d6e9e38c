#!/usr/bin/env python3
"""Runs clang-tidy over the product sources, in parallel, leaving out what passed before unchanged.

    tidy.py BUILD_DIR [CHECKS]   a configured build; its compile_commands.json says how files compile.
                                 CHECKS, as clang-tidy takes them, are added to those of .clang-tidy

Most of a run goes into the standard library's headers, so files that compile alike are read together, as
one file that includes them; files that cannot be (two names alike) are parted until they can. A group
counts as unchanged while its files, every header of the project that they include, their compile command
and .clang-tidy are. What passed is remembered in BUILD_DIR/../tidy.
"""

import hashlib
import itertools
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
# Findings in a file that another one includes are shown when this matches.
OURS = f"^{ROOT}/({'|'.join(PRODUCT)}).*\\.[ch]pp$"


class Group:
    """Sources of one target and one directory, which one command compiles."""

    def __init__(self, arguments, directory, sources):
        self.arguments = arguments
        self.directory = directory
        self.sources = sources

    def halves(self):
        middle = len(self.sources) // 2
        return [Group(self.arguments, self.directory, part)
                for part in (self.sources[:middle], self.sources[middle:])]

    def text(self):
        return "".join(f'#include "{source}"  // NOLINT\n' for source in self.sources)

    def fingerprint(self, checks):
        """Of everything that the verdict depends on. Raises CalledProcessError when it does not compile."""
        listing = subprocess.run([*self.arguments, "-MM", *self.sources], cwd=self.directory, check=True,
                                 text=True, capture_output=True).stdout
        names = (word for word in listing.replace("\\\n", " ").split() if not word.endswith(":"))
        digest = hashlib.sha256(f"{CLANG_TIDY} {checks} {self.arguments} {self.sources}".encode())
        for name in [ROOT / ".clang-tidy", *sorted(set(names))]:
            digest.update(Path(self.directory, name).read_bytes())
        return digest.hexdigest()


def product_groups(build):
    def parted(entry):
        arguments = shlex.split(entry["command"])
        output = arguments.index("-o")
        target = arguments[output + 1].partition(".dir/")[0]
        del arguments[output:output + 2]
        source = str(Path(entry["directory"], entry["file"]).resolve())
        arguments = [word for word in arguments if word not in ("-c", entry["file"])]
        return (target, str(Path(source).parent), arguments, entry["directory"]), source

    ours = []
    for key, source in map(parted, json.loads((build / "compile_commands.json").read_text())):
        if key[0].startswith("tests/"):
            continue  # compiled once more, for a test that looks into it
        path = Path(source)
        if path.is_relative_to(ROOT) and str(path.relative_to(ROOT)).startswith(PRODUCT):
            ours.append((key, source))
    for key, members in itertools.groupby(sorted(ours), lambda one: one[0]):
        yield Group(key[2], key[3], [source for _, source in members])


def run_clang_tidy(group, memory, checks):
    source = memory / f"{hashlib.sha256(group.text().encode()).hexdigest()[:16]}.cpp"
    source.write_text(group.text())
    launcher = 1 if Path(group.arguments[0]).name == "ccache" else 0
    return subprocess.run(
        [CLANG_TIDY, "--quiet", f"--checks={checks}", f"--header-filter={OURS}", str(source), "--",
         *group.arguments[launcher + 1:]],
        cwd=group.directory, text=True, capture_output=True)


def tidy(group, memory, checks):
    """(what clang-tidy says, or "", how many files it read)."""
    try:
        stamp = memory / group.fingerprint(checks)
    except subprocess.CalledProcessError as error:
        return error.stderr, len(group.sources)
    if stamp.exists():
        return "", 0
    run = run_clang_tidy(group, memory, checks)
    if run.returncode == 0:
        stamp.touch()
        return "", len(group.sources)
    if "[clang-diagnostic-error]" in run.stdout and len(group.sources) > 1:
        answers = [tidy(half, memory, checks) for half in group.halves()]
        if not any(text for text, _ in answers):
            stamp.touch()
        return "".join(text for text, _ in answers), sum(count for _, count in answers)
    return run.stdout or run.stderr, len(group.sources)


def main():
    build = Path(sys.argv[1]).resolve()
    checks = sys.argv[2] if len(sys.argv) > 2 else ""
    memory = build.parent / "tidy"
    memory.mkdir(exist_ok=True)
    groups = sorted(product_groups(build), key=lambda group: -len(group.sources))
    failures = ran = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # In the order of the list; each finding is shown as soon as everything before it is known.
        for text, new in pool.map(lambda group: tidy(group, memory, checks), groups):
            ran += new
            if text:
                failures += 1
                print(text, flush=True)
    files = sum(len(group.sources) for group in groups)
    print(f"clang-tidy: {files} files, {ran} new or changed, {failures} groups of them with findings")
    return 1 if failures or not groups else 0


if __name__ == "__main__":
    sys.exit(main())
