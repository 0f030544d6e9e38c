#!/usr/bin/env python3
"""Checks what a machine can of the house style: who may include whom, and the rules around it.

The tables below are the rules. A row that proves too strict is changed here, by a commit of its
own that says why. Memory-order comments are checked in orders.py, next to this file.
"""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import orders  # noqa: E402
from source import C_SUFFIXES, Finding, read_tree  # noqa: E402

PUBLIC = "middleware/include/tarn/"

# Room -> row. A room includes from itself and from lower rows; rooms of one row do not see each
# other. Everyone sees row 0 through <tarn/...>.
ROWS = {
    PUBLIC: 0,
    "middleware/vocabulary/": 0,  # implements the parts of row 0 that are not templates
    "platform/": 1,
    "middleware/pool/": 2,
    "middleware/ring/": 2,
    "middleware/wire/": 2,
    "middleware/directory/": 3,
    "middleware/plan/": 4,  # what a configuration means for topics and memory
    "config/": 5,  # YAML into what plan/ knows
    "middleware/port/": 4,
    "middleware/event/": 4,
    "middleware/rpc/": 5,
    "middleware/node/": 6,
    "middleware/broker/": 6,
    "middleware/api/": 7,
    "middleware/host/": 7,  # the broker role inside a process: joins node/ and broker/
    "middleware/link/": 8,
    "middleware/gateway/": 8,
    "middleware/record/": 8,
    "middleware/cli/": 8,
    "middleware/capi/": 8,
    "middleware/python/": 8,
    "examples/": 8,
}

# Rooms that are users of <tarn/...> and see no other room, but for what is named here.
PLAIN_USERS = {
    "middleware/link/": {"middleware/wire/", "platform/"},
    "middleware/gateway/": set(),
    "middleware/record/": set(),
    "middleware/cli/": {"middleware/vocabulary/"},  # words alike and printable are no secret
    "middleware/capi/": set(),
    "middleware/python/": set(),
    "examples/": set(),
}

# Nobody sees these by their row; the files named here do, wherever they are.
CLOSED_ROOMS = {
    # And the one file that makes options of it for a broker inside a process.
    "config/": re.compile(r"(^|/)main\.cpp$|^middleware/host/options_from_config\.[ch]pp$"),
}
# The verbs that explain the configuration see it and what it means, which their room does not.
CONFIG_VERBS = re.compile(r"^middleware/cli/config_\w+\.[ch]pp$")
CONFIG_VERBS_SEE = {"config/", "middleware/plan/"}
# What a main.cpp may see besides: it puts the roles together.
MAIN_SEES = {"config/", "middleware/broker/", "middleware/host/", "platform/"}

# Tests and benchmarks look into every room.
EVERYWHERE = ("tests/", "bench/")

# Headers of the operating system: any <x.h> that is not C's own.
C_HEADERS = {"assert.h", "limits.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}
OS_HEADERS_IN = ("platform/",) + EVERYWHERE + (
    # The demo's launcher: fork, exec and wait are what a user's own launcher would do, and an
    # example that reached into platform/ would be none.
    "examples/sensors/child_processes.cpp",
    # Event loops of a user's own, which is what these show.
    "examples/07_epoll.cpp",
    "examples/09_libuv.cpp",
)

# Headers of others: prefix -> where they may be included.
THIRD_PARTY = {
    "tl/expected.hpp": (PUBLIC + "result.hpp",),
    # Besides the loader: what it is measured beside, and an editor's way to read a file.
    "yaml-cpp/": ("config/load.cpp", "bench/config.cpp", "tests/unit/config/json_schema_test.cpp"),
    "catch2/": ("tests/support/",),
    "CLI/": ("middleware/cli/", "middleware/broker/main.cpp", "middleware/link/main.cpp"),
    "fmt/": ("middleware/cli/", "middleware/broker/main.cpp", "middleware/link/main.cpp",
             "examples/", "bench/"),
}

PUBLIC_HEADERS_MAX = 20
LINES_MAX = 400
TEST_LINES_MAX = 500
LENGTH_SUFFIXES = C_SUFFIXES | {".py"}

# Put together here so that this file does not hold them itself.
FORBIDDEN = {
    "TO" + "DO": "do it, or write down in docs/ that it is not done",
    "FIX" + "ME": "mend it, or write down in docs/ what is broken",
    "/" + "work/": "a path of one machine; say it relative to the root of the tree",
    "/" + "tmp/build": "a path of one machine; builds live in build/PRESET",
    "/" + "home/": "a path of one machine",
}

_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def room_of(path):
    """The longest room that holds this path; None outside every room."""
    rooms = [room for room in ROWS if path.startswith(room)]
    return max(rooms, key=len) if rooms else None


def includes(source):
    """(line number, name, quoted) of every #include."""
    for number, line in enumerate(source.code, 1):
        match = _INCLUDE.match(line)
        if match:
            yield number, match.group(1) or match.group(2), match.group(1) is not None


def may_include(path, target):
    """Why `path` must not include the project file `target`; None if it may."""
    mine, theirs = room_of(path), room_of(target)
    if path.startswith(EVERYWHERE) or mine == theirs or theirs == PUBLIC:
        return None
    if theirs is None:
        return f"{target} is in no room of the table"
    if path.endswith("/main.cpp") and theirs in MAIN_SEES:
        return None
    if CONFIG_VERBS.match(path) and theirs in CONFIG_VERBS_SEE:
        return None
    if theirs in CLOSED_ROOMS and not CLOSED_ROOMS[theirs].search(path):
        return f"only main.cpp files see {theirs}; everyone else receives an options struct"
    if mine is None:
        return f"this file is in no room of the table and includes {theirs}"
    if mine in PLAIN_USERS:
        if theirs in PLAIN_USERS[mine]:
            return None
        return f"{mine} is a plain user of <tarn/...> and does not see {theirs}"
    if ROWS[theirs] >= ROWS[mine]:
        return (f"{mine} is on row {ROWS[mine]} and sees lower rows only; "
                f"{theirs} is on row {ROWS[theirs]}")
    return None


def check_system_header(path, name):
    """Why `path` must not include <name>; None if it may."""
    if name.startswith("tarn/"):
        return None
    for prefix, places in THIRD_PARTY.items():
        if name.startswith(prefix):
            if path.startswith(places):
                return None
            return f"<{name}> is included by {', '.join(places)} only"
    if name.endswith(".h") and name not in C_HEADERS:
        if path.startswith(OS_HEADERS_IN):
            return None
        return (f"<{name}> is the operating system's; platform/ wraps it "
                "(std has <cerrno>, <csignal>, ... where it is C's)")
    if "/" in name:
        return f"<{name}>: a library the table does not know"
    return None


def check_includes(tree):
    for source in tree.values():
        if source.suffix not in C_SUFFIXES:
            continue
        for line, name, quoted in includes(source):
            if ".." in name.split("/"):
                why = f'"{name}" climbs; include from the root of the tree'
                yield Finding(source.path, line, "include-from-root", why)
            elif quoted and name not in tree:
                why = f'"{name}" is not a file of this tree; include from its root'
                yield Finding(source.path, line, "include-from-root", why)
            elif quoted and name.startswith(PUBLIC):
                why = f"say <{name.removeprefix('middleware/include/')}>"
                yield Finding(source.path, line, "include-from-root", why)
            elif quoted:
                why = may_include(source.path, name)
                if why:
                    yield Finding(source.path, line, "rooms", why)
            else:
                why = check_system_header(source.path, name)
                if why:
                    yield Finding(source.path, line, "system-headers", why)


def check_public_headers(tree):
    headers = [path for path in tree if path.startswith(PUBLIC)]
    # What lies in detail/ is installed but not for users to include.
    offered = [path for path in headers if not path.startswith(PUBLIC + "detail/")]
    if len(offered) > PUBLIC_HEADERS_MAX:
        yield Finding(PUBLIC, 1, "public-headers",
                      f"{len(offered)} files, at most {PUBLIC_HEADERS_MAX}: merge or hide some")
    for path in headers:
        for line, name, quoted in includes(tree[path]):
            if quoted:
                yield Finding(path, line, "public-headers",
                              f'"{name}": installed headers see std, tl/expected.hpp and <tarn/...>')


def check_files(tree):
    for source in tree.values():
        limit = TEST_LINES_MAX if source.path.startswith("tests/") else LINES_MAX
        if source.suffix in LENGTH_SUFFIXES and len(source.lines) > limit:
            yield Finding(source.path, limit + 1, "file-length",
                          f"{len(source.lines)} lines, at most {limit}: one concept per file")
        if source.suffix in (".hpp", ".h"):
            if not source.text.startswith(("//", "/*")):
                yield Finding(source.path, 1, "header-opens",
                              "a header opens with a paragraph: what it is and does not know, "
                              "who owns it, which threads may call it")
            if not re.search(r"^#pragma once$", source.text, re.MULTILINE):
                yield Finding(source.path, 1, "header-opens", "no #pragma once")
        for number, line in enumerate(source.lines, 1):
            for word, advice in FORBIDDEN.items():
                if word in line:
                    yield Finding(source.path, number, "words", f"'{word}': {advice}")


def check_layouts(tree):
    never = re.compile(r"hardware_(?:de|con)structive_interference_size|std::atomic\b|\batomic_\w+<")
    for source in tree.values():
        if not source.path.endswith("_layout.hpp"):
            continue
        for number, line in enumerate(source.code, 1):
            match = never.search(line)
            if match:
                yield Finding(source.path, number, "layout",
                              f"{match.group()} has no place in a layout: fixed-width integers only")


CHECKS = (check_includes, check_public_headers, check_files, check_layouts,
          orders.check_pairs, orders.check_operations)


def check(tree):
    findings = [finding for rule in CHECKS for finding in rule(tree)]
    return sorted(findings, key=lambda f: (f.path, f.line, f.rule))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[2])
    tree = read_tree(parser.parse_args().root)
    rooms = {room for path in tree if (room := room_of(path))}
    findings = check(tree)
    for finding in findings:
        print(finding)
    print(f"{len(tree)} files, {len(rooms)} rooms: {len(findings) or 'no'} finding(s)")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
