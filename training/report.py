"""Tells how far a program is: one JSON object a line, in a file for its supervisor and in the log for people."""

from __future__ import annotations

import json
from pathlib import Path


class Report:
    """Each line is whole and flushed before the work goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, *, stage: str, **figures: float) -> None:
        line = json.dumps({"stage": stage, **figures})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line, flush=True)
