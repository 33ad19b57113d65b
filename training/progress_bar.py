"""One line on the terminal for a whole recipe: a bar, the remaining time, and what is being done."""

from __future__ import annotations

import sys
import time

WIDTH = 28


class ProgressBar:
    """Counts in expected seconds of work; the remaining time corrects them by how fast this machine has been.

    Elsewhere than on a terminal it prints a line now and then.
    """

    def __init__(self, total: float) -> None:
        self._total = max(total, 1e-9)
        self._started = self._shown = time.monotonic()
        self._terminal = sys.stdout.isatty()

    def show(self, done: float, words: str) -> None:
        """`done` of the total is finished."""
        now = time.monotonic()
        if now - self._shown < (0.2 if self._terminal else 20):
            return
        self._shown = now
        part = min(1.0, done / self._total)
        left = (now - self._started) * (1 - part) / part if part > 0.02 else self._total - done
        filled = round(WIDTH * part)
        line = f"  [{'█' * filled}{'·' * (WIDTH - filled)}] {part:4.0%}  {_clock(left)} left  {words}"
        print(f"\r\033[K{line}" if self._terminal else line, end="" if self._terminal else "\n", flush=True)

    def clear(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", flush=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
