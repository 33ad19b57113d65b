"""From `make run` to the site that answers, and on to a first vote; then Ctrl-C, after which nothing stays behind.

    python -m bench.start            warm: the demo models are there (the first time, they are made before)
    python -m bench.start --cold     from `git clone` of this repository: installs everything, takes minutes

PORT and ENGINE_PORT say where the site listens; without them free ports are taken.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, Report, give, parser_of
from bench.site import DEMO, ROOT, free_port, responds
from bench.volunteer import first_vote

START_SECONDS = 1800
STOP_SECONDS = 60
# Every process that the start leads to inherits this variable, wherever it moves.
MARK = "HAREA_BENCH_MARK"


@dataclass
class Site:
    """A `make run` under way. `lines` is what it has said."""

    root: str
    mark: str
    make: subprocess.Popen[str]
    lines: list[str]


@dataclass(frozen=True)
class Start:
    """Seconds since `make run` (or the clone), and seconds from Ctrl-C to the end."""

    answers: float
    first_vote: float
    stop: float


@contextmanager
def made(folder: Path, var: Path) -> Iterator[Site]:
    """`make run` in `folder`, until it says where it answers. Leaving the context kills what is left."""
    port, mark = int(os.environ.get("PORT") or free_port()), uuid.uuid4().hex
    root = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PORT": str(port),
        "ENGINE_PORT": os.environ.get("ENGINE_PORT") or str(free_port()),
        "HOST": "127.0.0.1",
        "SITE_URL": root,
        "HAREA_VAR": str(var),
        MARK: mark,
    }
    make = subprocess.Popen(
        ["make", "run"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    site = Site(root, mark, make, [])
    threading.Thread(target=_read, args=(site,), daemon=True).start()
    try:
        _wait_until_it_answers(site)
        yield site
    finally:
        for process in left_behind(mark):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        make.wait()


def _read(site: Site) -> None:
    assert site.make.stdout is not None, "opened as a pipe"
    for line in site.make.stdout:
        site.lines.append(line)


def _wait_until_it_answers(site: Site) -> None:
    end = time.monotonic() + START_SECONDS
    while not any(f"answers at {site.root}" in line for line in list(site.lines)):
        tail = "".join(site.lines[-20:])
        assert site.make.poll() is None, f"`make run` ended by itself:\n{tail}"
        assert time.monotonic() < end, f"`make run` does not answer:\n{tail}"
        time.sleep(0.05)


def left_behind(mark: str) -> list[int]:
    """Processes that carry the mark; those that are only waiting to be reaped carry nothing."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def stop(site: Site) -> float:
    """Ctrl-C; seconds until everything has ended. A terminal sends it to every process of the foreground group."""
    start = time.monotonic()
    os.killpg(site.make.pid, signal.SIGINT)
    site.make.wait(STOP_SECONDS)
    seconds = time.monotonic() - start
    left = left_behind(site.mark)
    assert not left, f"these processes were left behind: {left}"
    assert not responds(f"{site.root}/healthz"), "the site still answers"
    return seconds


def measure(folder: Path, var: Path, since: float) -> Start:
    with made(folder, var) as site:
        answers = time.monotonic() - since
        asyncio.run(first_vote(site.root))
        voted = time.monotonic() - since
        return Start(answers, voted, stop(site))


def warm() -> list[Figure]:
    if not (DEMO / "contestants.toml").exists():
        measure(ROOT, DEMO.parent, time.monotonic())  # makes what is kept
    start = measure(ROOT, DEMO.parent, time.monotonic())
    return [
        Figure("warm start: answers", start.answers, "s"),
        Figure("warm start: first vote", start.first_vote, "s", at_most=60),
        Figure("warm start: Ctrl-C to the end", start.stop, "s"),
    ]


def cold() -> list[Figure]:
    """A machine that has never seen the project has no packages in pip's cache either."""
    os.environ["PIP_NO_CACHE_DIR"] = "1"
    with tempfile.TemporaryDirectory(prefix="harea-cold-") as parent:
        folder = Path(parent) / "harea"
        since = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)
        start = measure(folder, folder / "var", since)
    return [
        Figure("cold start: answers", start.answers / 60, "min"),
        Figure("cold start: first vote", start.first_vote / 60, "min", at_most=8),
    ]


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--cold", action="store_true", help="from a clone, installing everything")
    options = parser.parse_args()
    give(Report(cold() if options.cold else warm()), options.out)


if __name__ == "__main__":
    main()
