"""Memory-order comments: finding them, pairing them, and what they must say.

The form is a comment directly above the operation, in // or /* */:

    // order(ring.head): release. Publishes the slot written above to try_take(). Weaker, ...

Several tags may share one comment: order(ring.pin, ring.sleep): full fence. ...
Where nothing has to be ordered the comment starts with "relaxed:" and says why.
"""

import re
from dataclasses import dataclass

from source import C_SUFFIXES, Finding

# Where product code touches memory that others touch, and the file that only wraps the builtins.
CHECKED = ("platform/", "middleware/", "config/")
SHIM = "middleware/ring/atomics.h"

_TAG = re.compile(r"order\(([^)]*)\)\s*:?\s*")
_NAME = re.compile(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
_ORDER = re.compile(r"relaxed|release|acquire|acq_rel|seq_cst|full fence")
_PUBLISHES = re.compile(r"release|acq_rel|seq_cst|full fence")
_OBSERVES = re.compile(r"acquire|acq_rel|seq_cst|full fence")

_OPERATION = re.compile(
    r"\btarn_(?:load|store|add|or|and|exchange|compare\w*)_(relaxed|acquire|release|acq_rel|seq_cst)_"
    r"|\btarn_fence_(acquire|release|full)\b"
    r"|\bmemory_order(?:_|::)(relaxed|acquire|release|acq_rel|seq_cst)\b"
    r"|\b__ATOMIC_(RELAXED|ACQUIRE|RELEASE|ACQ_REL|SEQ_CST)\b")
_CALL = re.compile(
    r"(?:\.|->)(?:load\(\)|(?:store|exchange|fetch_\w+|compare_exchange_\w+)\()")
_EXPLAINS = re.compile(r"order\(|\b(?:relaxed|acquire|release|acq_rel|seq_cst|ordered)\b")


@dataclass(frozen=True)
class Place:
    """One order(...) comment. `order` is its first words, `says` the rest, `last` its last line."""

    tags: tuple
    path: str
    line: int
    last: int
    function: str
    order: str
    says: str


def _comment_text(line):
    return re.sub(r"^\s*(?://+|/\*+|\*+(?!/))?\s?|\s*\*/\s*$", "", line).strip()


def _function_around(source, line):
    """The name before the parenthesis of the nearest line further out; "" at the outermost level."""
    indent = len(source.lines[line - 1]) - len(source.lines[line - 1].lstrip())
    for number in range(line - 1, 0, -1):
        code = source.code[number - 1]
        if not code.strip() or len(code) - len(code.lstrip()) >= indent:
            continue
        match = re.search(r"([A-Za-z_~]\w*(?:::~?\w+)*)\s*\(", code)
        if match and match.group(1) not in ("if", "for", "while", "switch", "alignas", "catch"):
            return match.group(1)
        if re.match(r"\s*(namespace|class|struct|enum)\b", code):
            return ""
        indent = len(code) - len(code.lstrip())
    return ""


def places(tree):
    """Every order(...) comment of the product code, in order of path and line."""
    found = []
    for source in tree.values():
        if source.suffix in C_SUFFIXES and source.path.startswith(CHECKED):
            found += _places_in(source)
    return found


def _places_in(source):
    number = 0
    while number < len(source.comments):
        number += 1
        match = _TAG.match(_comment_text(source.comments[number - 1]))
        if not match:
            continue
        first, text = number, [_comment_text(source.comments[number - 1])[match.end():]]
        while number < len(source.comments) and source.comments[number].strip() \
                and not source.code[number].strip() \
                and not _TAG.match(_comment_text(source.comments[number])):
            number += 1
            text.append(_comment_text(source.comments[number - 1]))
        order, _, says = " ".join(text).strip().partition(".")
        yield Place(tuple(tag.strip() for tag in match.group(1).split(",")), source.path, first,
                    number, _function_around(source, first), order.strip(), says.strip())


def check_pairs(tree):
    """Each tag on a side that publishes and on a side that observes, each comment well formed."""
    by_tag = {}
    for place in places(tree):
        for tag in place.tags:
            if not _NAME.match(tag):
                yield Finding(place.path, place.line, "order-form",
                              f"order({tag}): a tag is room.name in lower case, like ring.head")
            by_tag.setdefault(tag, []).append(place)
        if not _ORDER.match(place.order):
            yield Finding(place.path, place.line, "order-form",
                          f"order({', '.join(place.tags)}) starts with its order: release, acquire, "
                          f"acquire fence, full fence, ...; found '{place.order[:40]}'")
        elif not place.says and len(place.order.split()) < 4:  # "acquire, as in x()" says enough
            yield Finding(place.path, place.line, "order-form",
                          f"order({', '.join(place.tags)}): a sentence on its partner and on what "
                          "breaks without it is missing")
        yield from _check_claim(tree[place.path], place)
    for tag, sides in sorted(by_tag.items()):
        publishes = [p for p in sides if _PUBLISHES.search(p.order)]
        observes = [p for p in sides if _OBSERVES.search(p.order)]
        if len({(p.path, p.line) for p in publishes + observes}) < 2 or not publishes or not observes:
            here = ", ".join(f"{p.path}:{p.line} ({p.order or '?'})" for p in sides)
            yield Finding(sides[0].path, sides[0].line, "order-pair",
                          f"order({tag}) needs a release side and an acquire side; it has {here}")


def _operations_below(source, line):
    """The orders of the atomic operations in the lines below `line`, up to a blank or a comment."""
    orders = []
    for number in range(line + 1, min(line + 12, len(source.lines)) + 1):
        if not source.lines[number - 1].strip() or source.lines[number - 1].strip() == "}":
            break
        for match in _OPERATION.finditer(source.code[number - 1]):
            orders.append(next(group for group in match.groups() if group).lower())
    return orders


def _check_claim(source, place):
    """Where the operation stands right below, it must have the order that the comment gives it."""
    below = _operations_below(source, place.last)
    for word in _ORDER.findall(place.order) if below else ():
        meant = {"full fence": ("full", "seq_cst")}.get(word, (word,))
        if not any(order in meant for order in below):
            yield Finding(place.path, place.line, "order-claim",
                          f"the comment says {word}, the operations below are {', '.join(below)}")


def check_operations(tree):
    """Each atomic operation states its order, and a comment on or above its group explains it."""
    for source in tree.values():
        if (source.suffix not in C_SUFFIXES or not source.path.startswith(CHECKED)
                or source.path == SHIM):
            continue
        atomic = "std::atomic" in source.text
        for number, line in enumerate(source.code, 1):
            if atomic and _is_unordered(source.code, number):
                yield Finding(source.path, number, "order-stated",
                              "an atomic operation without its order is seq_cst by accident")
            if _OPERATION.search(line) and not _explained(source, number):
                yield Finding(source.path, number, "order-comment",
                              "an atomic operation without a comment: above it (or its group), name "
                              "the pair with order(room.name), or say why relaxed is enough")


def _is_unordered(code, number):
    """True for x.store(1) and the like; the call may go on for a few lines."""
    call = _CALL.search(code[number - 1])
    if not call:
        return False
    statement = " ".join([code[number - 1][call.start():]] + code[number:number + 4])
    return "memory_order" not in statement.partition(";")[0]


def _explained(source, number):
    """Whether the line, or the lines above it up to a blank or the end of a function, say why."""
    for above in range(number, 0, -1):
        if not source.lines[above - 1].strip() or source.code[above - 1].startswith("}"):
            return False
        if _EXPLAINS.search(source.comments[above - 1]):
            return True
    return False
