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
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from serving.models import Engine

ROOT = Path(__file__).resolve().parent.parent
# What training/recipes/demo.toml made for the bench; `python -m bench.start` makes it.
DEMO = ROOT / "var" / "bench" / "demo"
# vLLM imports for a long time on a busy machine.
ENGINE_SECONDS = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def fresh_database() -> Iterator[Path]:
    """Point Django at a new, migrated database in a temporary folder (DATABASE_URL in the environment wins)."""
    folder = Path(tempfile.mkdtemp(prefix="harea-bench-"))
    os.environ.update(
        {
            "HAREA_VAR": str(folder),
            "DJANGO_SETTINGS_MODULE": "arena.settings",
            "LOG_LEVEL": "ERROR",
            # Its voters vote all day.
            "COUNTED_VOTES_A_DAY": "0",
            "ENGINE_PORT": str(free_port()),
        }
    )
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
    with running(*command) as started:
        end = time.monotonic() + seconds
        while not responds(answers):
            assert started.poll() is None, f"{command[0]} ended by itself"
            assert time.monotonic() < end, f"{answers} does not answer"
            time.sleep(0.1)
        yield started


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python command until the block ends."""
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL) as started:
        try:
            yield started
        finally:
            started.terminate()
            started.wait(30)


@contextmanager
def web(port: int) -> Iterator[str]:
    """uvicorn on the present database; yields its root."""
    root = f"http://127.0.0.1:{port}"
    options = ["--port", str(port), "--no-access-log", "--log-level", "error"]
    with process("-m", "uvicorn", "arena.asgi:application", *options, answers=f"{root}/healthz"):
        yield root


@contextmanager
def real_engine(contestants: Path) -> Iterator[Engine]:
    """Enter the file's contestants, of one engine, and serve them by vLLM."""
    from django.core.management import call_command

    from serving.models import Engine

    call_command("enter_contestants", contestants, verbosity=0)
    engine = Engine.objects.get(managed=True)
    health = f"{engine.url.removesuffix('/v1')}/health"
    with process("manage.py", "serve_engine", answers=health, seconds=ENGINE_SECONDS):
        yield engine


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


@asynccontextmanager
async def page(
    session: aiohttp.ClientSession, root: str, cookie: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """The WebSocket of a participant's open page."""
    headers = {"Cookie": f"sessionid={cookie}", "Origin": root}
    async with session.ws_connect(f"{root}/ws/arena/", headers=headers) as socket:
        yield socket
