"""Every counted vote as columns in this process's memory: what voters' intervals and votes a day need beyond counts.

Kept up like the counts: a reader asks for new votes only. Every vote raises the version of the overall board by one, so
the version tells whether anything but new votes has happened: a vote withdrawn, a voter excluded or let back in. Then,
and only then, everything is read once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import CharField, Max
from django.db.models.functions import Cast, Substr

from arena.leaderboards.boards import OVERALL
from arena.models import BoardVersion, Vote
from arena.models.battles import Axis, Population
from arena.ranking.ballots import OUTCOMES

POPULATIONS = tuple(Population.values)
# Texts that are kept as numbers; a vote's month is the start of its day.
_TEXTS = ("voter", "language", "variety", "category", "day")
_ROW = np.dtype(
    [
        ("a", "i4"),
        ("b", "i4"),
        *((axis, "i1") for axis in Axis.values),
        ("population", "i1"),
        ("voter", "i4"),
        ("language", "i2"),
        ("variety", "i2"),
        ("category", "i2"),
        ("day", "i4"),
    ]
)
_OUTCOME_CODES = {"": -1, **{outcome: code for code, outcome in enumerate(OUTCOMES)}}

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Votes:
    """One row a vote, by its number. `a` and `b` are ids of models; an axis holds the code of its outcome, or -1.

    `texts[name]` lists what the numbers in the column `name` stand for. `version` is that of the overall board.
    """

    version: int = 0
    last: int = 0
    rows: npt.NDArray[np.void] = field(default_factory=lambda: np.zeros(0, _ROW))
    texts: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in _TEXTS})

    def on(self, board: str, *, simulated: bool, excluded: bool) -> Mask:
        """Which votes the board counts."""
        populations = Population.counted(simulated=simulated, excluded=excluded)
        counted = np.isin(self.rows["population"], [POPULATIONS.index(name) for name in populations])
        kind, _, value = board.partition(":")
        if not value:
            return np.asarray(counted & (self.rows[board] >= 0))
        if kind == "month":
            days = [code for day, code in self.texts["day"].items() if day.startswith(value)]
            return np.asarray(counted & np.isin(self.rows["day"], days))
        return np.asarray(counted & (self.rows[kind] == self.texts[kind].get(value, -1)))

    def voters(self, counted: Mask) -> int:
        """How many people cast these votes."""
        return int(np.count_nonzero(np.bincount(self.rows["voter"][counted])))

    @property
    def any_excluded(self) -> bool:
        return bool((self.rows["population"] == POPULATIONS.index(Population.EXCLUDED)).any())

    def per_day(self, counted: Mask) -> dict[date, int]:
        """Number of votes by day (UTC), from the first to the last day that has any."""
        numbers = np.bincount(self.rows["day"][counted], minlength=len(self.texts["day"])).tolist()
        found = zip(self.texts["day"], numbers, strict=True)
        return {date.fromisoformat(day): number for day, number in sorted(found) if number}


_votes = Votes()
_one_at_a_time = Lock()


def votes_now() -> Votes:
    """The votes of this moment."""
    global _votes
    with _one_at_a_time:
        version, last = _mark()
        if version != _votes.version:
            _votes = _after(_votes, version, last)
        return _votes


def forget() -> None:
    """Throw away what this process knows, where the database has become another one."""
    global _votes
    with _one_at_a_time:
        _votes = Votes()


def _mark() -> tuple[int, int]:
    """The overall board's version, and the number of the last vote at that version."""
    while True:
        version = _version()
        last = Vote.objects.aggregate(last=Max("pk"))["last"] or 0
        if _version() == version:
            return version, last


def _version() -> int:
    return BoardVersion.objects.filter(board=OVERALL).values_list("version", flat=True).first() or 0


def _after(known: Votes, version: int, last: int) -> Votes:
    fresh = _read(known, last)
    if known.last and known.version + len(fresh) != version:
        known = Votes()
        fresh = _read(known, last)
    return Votes(version, last, np.concatenate([known.rows, fresh]), known.texts)


def _read(known: Votes, last: int) -> npt.NDArray[np.void]:
    """The standing votes after those that are known, up to the number `last`; adds to the texts."""
    return np.fromiter(_encoded(known, last), dtype=_ROW)


def _encoded(known: Votes, last: int) -> Iterator[tuple[Any, ...]]:
    votes = (
        Vote.objects.standing()
        .filter(pk__gt=known.last, pk__lte=last)
        .order_by("pk")
        # As text: making a million UUIDs and dates takes longer than reading them.
        .annotate(voter=Cast("participant", CharField()), day=Substr(Cast("created_at", CharField()), 1, 10))
        .values_list("model_a_id", "model_b_id", "outcome", "content", "quality", "population", *_TEXTS)
    )
    outcomes, populations = _OUTCOME_CODES, {name: code for code, name in enumerate(POPULATIONS)}
    voters, languages, varieties, categories, days = (known.texts[name] for name in _TEXTS)
    for a, b, outcome, content, quality, population, voter, language, variety, category, day in votes.iterator(20_000):
        yield (
            *(a, b, outcomes[outcome], outcomes[content], outcomes[quality], populations[population]),
            voters.setdefault(voter, len(voters)),
            languages.setdefault(language, len(languages)),
            varieties.setdefault(variety, len(varieties)),
            categories.setdefault(category, len(categories)),
            days.setdefault(day, len(days)),
        )
