"""The counts kept with each vote, and reading them without reading them all.

Every change of a board's counts first raises the board's version, which locks it: changes have an order, and who
knows the counts of version v reads only the rows that changed after it. So a board is exact in the moment of the vote,
whatever the number of votes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import F

from arena.leaderboards.boards import boards_of
from arena.models import PairCount, Vote
from arena.models.battles import Outcome, Population

Outcomes = tuple[int, int, int, int]
Table = npt.NDArray[np.int64]


def count(vote: Vote) -> None:
    """Add the vote to its boards, in the caller's transaction."""
    _change([(vote, vote.population, 1)])


def take_back(votes: Iterable[Vote]) -> None:
    """Take votes off their boards, in the caller's transaction."""
    _change([(vote, vote.population, -1) for vote in votes])


def move(votes: Iterable[Vote], *, to: str) -> None:
    """Take votes out of their population's counts and add them to those of `to`, in the caller's transaction."""
    _change([change for vote in votes for change in ((vote, vote.population, -1), (vote, to, 1))])


def _change(votes: Iterable[tuple[Vote, str, int]]) -> None:
    """Add each vote so many times to the counts of a population. A repeat is on no board.

    All boards are locked at once and in order, so that two who change several never wait for each other.
    """
    changes: dict[tuple[str, str, int, int], Counter[str]] = defaultdict(Counter)
    for vote, population, by in votes:
        for board, outcome in boards_of(vote).items() if not vote.repeat else ():
            changes[board, population, vote.model_a_id, vote.model_b_id][outcome] += by
    versions = _raise_versions(sorted({board for board, *_pair in changes}))
    for (board, population, a, b), by_outcome in changes.items():
        pair = {"board": board, "population": population, "model_a_id": a, "model_b_id": b}
        changed = {outcome: F(outcome) + number for outcome, number in by_outcome.items()}
        # Nobody else can make the row in between: the board is locked.
        if not PairCount.objects.filter(**pair).update(**changed, version=versions[board]):
            PairCount.objects.create(**pair, version=versions[board], **by_outcome)


def _raise_versions(boards: Sequence[str]) -> dict[str, int]:
    """One statement on either database; the rows stay locked until the transaction ends."""
    if not boards:
        return {}
    values = ", ".join(["(%s, 1)"] * len(boards))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO arena_boardversion (board, version) VALUES {values} "  # noqa: S608  (placeholders only)
            "ON CONFLICT (board) DO UPDATE SET version = arena_boardversion.version + 1 RETURNING board, version",
            list(boards),
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, eq=False)
class Kept:
    """The counts of one board.

    `table[o, i, j]` votes had the outcome `Outcome.values[o]` with model `ids[i]` on side A and `ids[j]` on side B.
    """

    version: int
    ids: tuple[int, ...]
    table: Table

    def pairs(self) -> list[tuple[int, int, Outcomes]]:
        """Every ordered pair of model ids that has a vote, with its four numbers."""
        return [
            (self.ids[i], self.ids[j], tuple(self.table[:, i, j].tolist()))
            for i, j in np.argwhere(self.table.any(axis=0)).tolist()
        ]


@dataclass
class _Known:
    """What this process knows of one board: a table a population, with room for more models than there are."""

    version: int = 0
    places: dict[int, int] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=lambda: {name: _empty(8) for name in Population.values})

    def place(self, model: int) -> int:
        place = self.places.setdefault(model, len(self.places))
        room = len(self.tables[Population.PEOPLE][0])
        if place == room:
            for name, table in self.tables.items():
                self.tables[name] = _empty(2 * room)
                self.tables[name][:, :room, :room] = table
        return place


def _empty(models: int) -> Table:
    return np.zeros((len(Outcome.values), models, models), dtype=np.int64)


_known: dict[str, _Known] = {}
_one_at_a_time = Lock()


def kept(board: str, *, simulated: bool = False, excluded: bool = False) -> Kept:
    """The counts of this moment. Reads only the rows that have changed since this process last looked."""
    wanted = Population.counted(simulated=simulated, excluded=excluded)
    with _one_at_a_time:
        known = _known.setdefault(board, _Known())
        # Rows first: should the version rise in between, the next reader reads them once more.
        news = PairCount.objects.filter(board=board, version__gt=known.version)
        for version, population, a, b, *outcomes in news.values_list(
            "version", "population", "model_a_id", "model_b_id", *Outcome.values
        ):
            i, j = known.place(a), known.place(b)
            known.tables[population][:, i, j] = outcomes
            known.version = max(known.version, version)
        size = len(known.places)
        table = np.sum([known.tables[population][:, :size, :size] for population in wanted], axis=0)
        return Kept(known.version, tuple(known.places), table)


def forget() -> None:
    """Throw away what this process knows, where the database has become another one."""
    with _one_at_a_time:
        _known.clear()
