"""Runs the parts named in the Procfile under honcho, and says when each answers."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.db import connections
from django.utils import timezone
from honcho.environ import parse_procfile
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Printer

from arena.people.organiser import USERNAME, first_password
from arena.readiness import dead_engines, worker_is_alive

Say = Callable[[str], None]

ASK_EVERY = 0.5
REPORT_EVERY = 15.0


class PartDied(Exception):
    """A part ended although nobody asked it to: one sentence."""


class Terminal(Printer):  # type: ignore[misc]  # honcho is untyped
    """Shows the lines of the parts; of honcho's own words it only remembers what they mean."""

    def __init__(self, parts: int, on_started: Callable[[], None]) -> None:
        super().__init__(sys.stdout)
        self._waiting, self._on_started = parts, on_started
        self.asked_to_stop = False
        self.first_death = ""

    def write(self, message: Any) -> None:
        if message.name != SYSTEM_PRINTER_NAME:
            super().write(message)
        elif "received" in message.data:
            self.asked_to_stop = True
        elif death := re.match(r"(\w+) stopped \(rc=(-?\d+)\)", message.data):
            self.first_death = self.first_death or f"The part {death[1]} ended by itself (exit code {death[2]})."
        elif "started" in message.data:
            self._waiting -= 1
            if not self._waiting:
                self._on_started()


def run_parts(*, say: Say) -> None:
    """Run every part until Ctrl-C or SIGTERM, then stop them all. Raises PartDied."""
    parts = parse_procfile((settings.BASE_DIR / "Procfile").read_text()).processes
    stop = threading.Event()
    announcer = threading.Thread(target=announce, kwargs={"stop": stop, "say": say})
    # The thread begins after honcho has forked: a fork in the middle of its work could copy a held lock.
    terminal = Terminal(len(parts), on_started=announcer.start)
    manager = Manager(terminal)
    for name, command in parts.items():
        manager.add_process(name, command, env=environment(), cwd=str(settings.BASE_DIR))
    # What is open now would be shared with the forked processes.
    connections.close_all()
    manager.loop()
    stop.set()
    if announcer.ident is not None:
        announcer.join()
    if not terminal.asked_to_stop:
        raise PartDied(terminal.first_death)


def environment() -> dict[str, str]:
    """What the Procfile's lines refer to, and this very Python first on the path."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOST": settings.HOST,
        "PORT": str(settings.PORT),
        "HAREA_VAR": str(settings.VAR_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def announce(*, stop: threading.Event, say: Say) -> None:
    """Say when each part answers, and at last where the site is."""
    now = timezone.now()
    answers: dict[str, Callable[[], bool]] = {
        "web": web_answers,
        # A beat of the worker of an earlier start proves nothing.
        "worker": lambda: worker_is_alive(since=now),
        "engine": lambda: not dead_engines(),
    }
    started = reported = time.monotonic()
    try:
        while answers and not stop.wait(ASK_EVERY):
            seconds = time.monotonic() - started
            for part in [part for part, ready in answers.items() if ready()]:
                say(f"  {part} answers after {seconds:.0f} s")
                reported = time.monotonic()
                del answers[part]
            if answers and time.monotonic() - reported > REPORT_EVERY:
                say(f"  waiting for {' and '.join(answers)} ({seconds:.0f} s)")
                reported = time.monotonic()
        if not answers:
            say(f"\nHarea answers at {settings.SITE_URL}")
            if password := first_password():
                say(f"Organisers sign in at {settings.SITE_URL}/accounts/login/ as {USERNAME}, password {password}")
            say("Ctrl-C stops everything.")
    finally:
        connections.close_all()


def web_answers() -> bool:
    host = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104  (a comparison)
    try:
        with urlopen(f"http://{host}:{settings.PORT}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except HTTPError:
        # It answers, though not to this host name.
        return True
    except (URLError, OSError):
        return False
