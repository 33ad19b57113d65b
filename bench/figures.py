"""What every part of the bench gives back: named figures, what was asked of them, and the facts of the machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A measured value. `at_most` and `at_least` are what was asked; with neither it is only told."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def asked(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else ""

    @property
    def reached(self) -> bool | None:
        """None where nothing was asked."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.value >= self.at_least if self.at_least is not None else None


@dataclass(frozen=True)
class Report:
    """The figures of one part, with the rows or sentences they were read from."""

    figures: list[Figure]
    details: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Report:
        data = json.loads(path.read_text())
        return cls([Figure(**figure) for figure in data["figures"]], data["details"])


def parser_of(words: str | None) -> argparse.ArgumentParser:
    """The arguments that every part has; `words` is its docstring."""
    parser = argparse.ArgumentParser(description=(words or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="also write the figures to this file, as JSON")
    return parser


def give(report: Report, out: Path | None) -> None:
    print(table(report.figures), flush=True)
    if out is not None:
        report.write(out)


def table(figures: Sequence[Figure]) -> str:
    width = max((len(figure.name) for figure in figures), default=0)
    verdicts = {True: "ok", False: "NOT REACHED", None: ""}
    rows = [
        f"{figure.name:{width}}  {figure.value:10.4g} {figure.unit:10} {figure.asked:8} {verdicts[figure.reached]}"
        for figure in figures
    ]
    return "\n".join(row.rstrip() for row in rows)


def machine() -> dict[str, Any]:
    """What a reader needs to compare figures; nothing that names the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "cpu": _cpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        # Above one half of the cores, somebody else was at work while the bench ran.
        "load_before": os.getloadavg()[0],
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor()
