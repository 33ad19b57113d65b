"""A site of the bench's own: a fresh database, uvicorn as `make run` starts it, participants with consent."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def fresh_database() -> Iterator[Path]:
    """Point Django at a new, migrated database in a temporary folder (DATABASE_URL in the environment wins)."""
    folder = Path(tempfile.mkdtemp(prefix="harea-bench-"))
    os.environ.update({"HAREA_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "arena.settings", "LOG_LEVEL": "ERROR"})
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def process(*command: str, answers: str, seconds: float = 60) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends; begin once `answers` (a URL) does."""
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL) as running:
        try:
            end = time.monotonic() + seconds
            while not responds(answers):
                assert running.poll() is None, f"{command[0]} ended by itself"
                assert time.monotonic() < end, f"{answers} does not answer"
                time.sleep(0.1)
            yield running
        finally:
            running.terminate()
            running.wait(10)


@contextmanager
def web(port: int) -> Iterator[str]:
    """uvicorn on the present database; yields its root."""
    root = f"http://127.0.0.1:{port}"
    options = ["--port", str(port), "--no-access-log", "--log-level", "error"]
    with process("-m", "uvicorn", "arena.asgi:application", *options, answers=f"{root}/healthz"):
        yield root


def responds(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def session_cookies(count: int) -> list[str]:
    """Session keys of `count` new simulated participants with consent."""
    from django.contrib.sessions.backends.db import SessionStore

    from arena.people.consent import give_consent

    keys: list[str] = []
    for _ in range(count):
        consent = give_consent(participant=None, language="en", publish=False, train=False, simulated=True)
        session = SessionStore()
        session["participant"] = str(consent.participant_id)
        session.create()
        assert session.session_key
        keys.append(session.session_key)
    return keys
