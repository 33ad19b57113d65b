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

# On a leash: the program ends when its supervisor does, kill -9 included, because the run is then taken up anew.
LEASH = [sys.executable, str(settings.BASE_DIR / "serving" / "leash.py")]
COMMAND = [sys.executable, "-m", "training"]
# How long a program may take to end by itself before it is killed.
GRACE_SECONDS = 1.0
# A status above it is this plus the number of the signal that ended the program, as a shell tells it.
KILLED = 128


class Program:
    """`python -m training <arguments>`, writing to `log` and appending its progress to `progress`.

    Leaving the context kills whatever still runs.
    """

    def __init__(self, arguments: list[str], *, log: Path, progress: Path) -> None:
        progress.unlink(missing_ok=True)
        self._progress, self._log = progress, log
        with log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(
                [*LEASH, *COMMAND, *arguments],
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
        """The exit status, KILLED and more for a signal; None while the program still runs after `seconds`."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return KILLED - status if status < 0 else status

    def said(self) -> str:
        """The end of what this program wrote to the log, without what earlier ones did."""
        return tail(self._log, start=self._log_start)

    def progress(self) -> dict[str, Any]:
        """The last whole line of the progress file; empty before the first."""
        return (read_progress(self._progress) or [{}])[-1]

    def kill(self) -> None:
        """End the whole group: asked first, then killed. Does nothing where nobody of it is left."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                break
            self.wait(GRACE_SECONDS)
        self._process.wait()
        assert self._process.stdin is not None, "the leash is a pipe"
        self._process.stdin.close()


def read_progress(path: Path) -> list[dict[str, Any]]:
    """Every line of a progress file, without one that is still being written."""
    if not path.exists():
        return []
    lines, _end, _unfinished = path.read_text().rpartition("\n")
    return [json.loads(line) for line in lines.splitlines()]


def tail(path: Path, *, start: int = 0, characters: int = 8000) -> str:
    """The end of a log, at most `characters` of what follows `start`; "" where there is none yet."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(start, path.stat().st_size - characters))
        return log.read().decode(errors="replace")
