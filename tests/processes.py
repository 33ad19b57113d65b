"""What runs on this machine, read from /proc: tests look there for what was left behind."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Running:
    pid: int
    group: int
    command: str


def running() -> list[Running]:
    """Every process but zombies, which have ended and only wait for somebody to ask."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            # The name, in parentheses, may hold spaces; after it come the state, the parent and the group.
            state, _parent, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found.append(Running(int(folder.name), int(group), command))
    return found


def in_group(group: int) -> list[Running]:
    return [process for process in running() if process.group == group]


def with_variable(assignment: str) -> list[Running]:
    """Processes that were started with `NAME=value` in their environment, this one left out."""
    found = []
    for process in running():
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if assignment.encode() in environment and process.pid != os.getpid():
            found.append(process)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], object], *, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.1)
