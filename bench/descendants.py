"""Which processes a command has led to, also those that moved to a session of their own and lost their parent."""

from __future__ import annotations

import ctypes
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """From now on an orphan among our descendants becomes our child, so that it can still be found (Linux)."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def descendants(ancestor: int) -> list[int]:
    """Every living process below `ancestor`; one that only waits to be reaped does not live."""
    children: dict[int, list[int]] = defaultdict(list)
    dead: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # The name before it, in brackets, may hold anything.
            state, parent, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            children[int(parent)].append(int(folder.name))
            if state in "ZX":
                dead.add(int(folder.name))
    found, waiting = [], [ancestor]
    while waiting:
        below = children[waiting.pop()]
        found += below
        waiting += below
    return [process for process in found if process not in dead]
