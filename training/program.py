"""One training program as a process group of its own, with a log file, a progress file and a leash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings

COMMAND = [sys.executable, "-m", "training.leash"]
# How long a program may take to end by itself before it is killed.
GRACE_SECONDS = 1.0


class Program:
    """`python -m training <arguments>`, writing to `log` and appending its progress to `progress`.

    Leaving the context kills whatever still runs.
    """

    def __init__(self, arguments: list[str], *, log: Path, progress: Path) -> None:
        progress.unlink(missing_ok=True)
        self._progress = progress
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*COMMAND, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=settings.BASE_DIR,
                # Beside a running engine a second thread makes training 10 to 40 times slower, not faster.
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def wait(self, seconds: float) -> int | None:
        """The exit status, negative for a signal; None while the program still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def progress(self) -> dict[str, Any]:
        """The last whole line of the progress file; empty before the first."""
        return (read_progress(self._progress) or [{}])[-1]

    def kill(self) -> None:
        """End the whole group: asked first, then killed. Does nothing to a program that has ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            if self.wait(GRACE_SECONDS) is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        assert self._process.stdin is not None, "the leash is a pipe"
        self._process.stdin.close()


def read_progress(path: Path) -> list[dict[str, Any]]:
    """Every line of a progress file, without one that is still being written."""
    if not path.exists():
        return []
    lines, _end, _unfinished = path.read_text().rpartition("\n")
    return [json.loads(line) for line in lines.splitlines()]


def tail(path: Path, *, characters: int = 8000) -> str:
    """The end of a log, from the beginning of a line; "" where there is none yet."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - characters))
        text = log.read().decode(errors="replace")
    return text if len(text) < characters else text.partition("\n")[2]
