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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.descendants import adopt_orphans, descendants
from bench.figures import Figure, Report, give, parser_of
from bench.site import DEMO, ROOT, free_port, responds
from bench.volunteer import first_vote

START_SECONDS = 1800
STOP_SECONDS = 60


@dataclass
class Site:
    """A `make run` under way. `lines` is what it has said."""

    root: str
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
    """`make run` in `folder`, once it says where it answers. Leaving the context stops it, and kills what is left."""
    adopt_orphans()
    port = int(os.environ.get("PORT") or free_port())
    root = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PORT": str(port),
        "ENGINE_PORT": os.environ.get("ENGINE_PORT") or str(free_port()),
        "HOST": "127.0.0.1",
        "SITE_URL": root,
        "HAREA_VAR": str(var),
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
    site = Site(root, make, [])
    threading.Thread(target=_read, args=(site,), daemon=True).start()
    try:
        _wait_until_it_answers(site)
        yield site
    finally:
        if make.poll() is None:
            _interrupt(site)
        while left := descendants(os.getpid()):
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.1)
        make.wait()


def _interrupt(site: Site) -> None:
    """Ctrl-C, which a terminal sends to every process of the foreground group; return when `make` has ended."""
    os.killpg(site.make.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        site.make.wait(STOP_SECONDS)


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


def stop(site: Site) -> float:
    """Seconds from Ctrl-C until everything has ended."""
    start = time.monotonic()
    _interrupt(site)
    seconds = time.monotonic() - start
    left = descendants(os.getpid())
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
