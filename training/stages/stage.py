"""What every stage of a recipe is: its parameters, one dataclass, and `run`, which does its work in a new folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from training.corpus.material import Data

# Called with the part of the stage that is done, in 0 to 1, and a few words or figures.
Progress = Callable[[float, str], None]
Metrics = dict[str, float | int | str]


@dataclass(frozen=True)
class Bench:
    """What a stage works with: the texts, the folders of finished stages, a seed, and whom to tell how far it is."""

    data: Data
    finished: Mapping[str, Path]
    seed: int
    progress: Progress

    def report(self, done: float, loss: float) -> None:
        self.progress(done, f"loss {loss:.2f}")


@dataclass(frozen=True, kw_only=True)
class Stage(ABC):
    """`seconds` is about how long it takes on two quiet cores: the progress bar's measure, nothing more."""

    kind: ClassVar[str]
    name: str
    seconds: float

    @property
    @abstractmethod
    def parents(self) -> list[str]:
        """Names of the stages whose folders this one reads."""

    @abstractmethod
    def run(self, bench: Bench, out: Path) -> Metrics:
        """Write the results into the folder `out` and return the figures."""


def say(name: str, figures: Mapping[str, Any]) -> None:
    """Print every derived number of a stage on one line, above the progress bar."""
    words = ", ".join(f"{key} {value:,.4g}" if isinstance(value, float) else f"{key} {value}"
                      for key, value in figures.items())  # fmt: skip
    print(f"\r\033[K  {name}: {words}" if _terminal() else f"  {name}: {words}", flush=True)


def _terminal() -> bool:
    import sys

    return sys.stdout.isatty()
