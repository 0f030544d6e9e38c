"""Reading the tree: which files it has, and their lines with code and comments apart.

Knows the lexical shape of C and C++ (comments, strings, raw strings), nothing of the language.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

C_SUFFIXES = {".hpp", ".cpp", ".h", ".c"}


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


_TOKEN = re.compile(
    r"""(?P<line>//[^\n]*)
      | (?P<block>/\*.*?\*/)
      | (?P<raw>R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<char>(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+')""",
    re.VERBOSE | re.DOTALL,
)


def _blank(text):
    """The same line structure with nothing in it."""
    return re.sub(r"[^\n]", " ", text)


class Source:
    """One file. `code` and `comments` have a line for each line of `lines`."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()

    @property
    def suffix(self):
        return os.path.splitext(self.path)[1]

    @cached_property
    def _split(self):
        code, comments, end = [], [], 0
        for match in _TOKEN.finditer(self.text):
            between = self.text[end : match.start()]
            token = match.group()
            is_comment = match.lastgroup in ("line", "block")
            is_include = re.search(r"^[ \t]*#[ \t]*include[ \t]*$", between.rpartition("\n")[2])
            code += [between, token if is_include else _blank(token)]
            comments += [_blank(between), token if is_comment else _blank(token)]
            end = match.end()
        code.append(self.text[end:])
        comments.append(_blank(self.text[end:]))
        return "".join(code).splitlines(), "".join(comments).splitlines()

    @property
    def code(self):
        """Lines without comments and literals; the name in an #include stays."""
        return self._split[0]

    @property
    def comments(self):
        """Lines with only the comments, at their columns."""
        return self._split[1]


def tracked_paths(root):
    """What git tracks or would add; without git (an unpacked archive), every file but build/."""
    try:
        listing = subprocess.run(
            ["git", "-C", str(root), "-c", "safe.directory=*", "ls-files", "-z",
             "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout
        paths = listing.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        paths = [str(p.relative_to(root)) for p in Path(root).rglob("*")
                 if p.relative_to(root).parts[0] not in ("build", ".git")]
    return sorted(p for p in set(paths) if p and (Path(root) / p).is_file())


def read_tree(root):
    """Every text file of the tree, as Source, by path."""
    tree = {}
    for path in tracked_paths(root):
        data = (Path(root) / path).read_bytes()
        if b"\0" in data[:8000]:
            continue
        tree[path] = Source(path, data.decode("utf-8", errors="replace"))
    return tree
