"""The counts kept with each vote, and reading them without reading them all.

Every change of a board's counts first raises the board's version, which locks it: changes have an order, and who
knows the counts of version v reads only the rows that changed after it. So a board is exact in the moment of the vote,
whatever the number of votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from django.db import connection
from django.db.models import F

from arena.leaderboards.boards import boards_of
from arena.models import PairCount, Vote
from arena.models.battles import Outcome, Population
from arena.ranking.counts import PairOutcomes

# Population, model on side A, model on side B.
Pair = tuple[str, int, int]
Outcomes = tuple[int, int, int, int]


def count(vote: Vote, *, by: int) -> None:
    """Add the vote to its boards (`by=1`) or take it back (`by=-1`), in the caller's transaction."""
    if vote.repeat:
        return
    boards = boards_of(vote)
    versions = _raise_versions(list(boards))
    for board, outcome in boards.items():
        changed = {outcome: F(outcome) + by, "version": versions[board]}
        pair = {
            "board": board,
            "population": vote.population,
            "model_a_id": vote.model_a_id,
            "model_b_id": vote.model_b_id,
        }
        # Nobody else can make the row in between: the board is locked.
        if not PairCount.objects.filter(**pair).update(**changed):
            PairCount.objects.create(**pair, version=versions[board], **{outcome: by})


def _raise_versions(boards: Sequence[str]) -> dict[str, int]:
    """One statement on either database; the rows stay locked until the transaction ends."""
    values = ", ".join(["(%s, 1)"] * len(boards))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO arena_boardversion (board, version) VALUES {values} "  # noqa: S608  (placeholders only)
            "ON CONFLICT (board) DO UPDATE SET version = arena_boardversion.version + 1 RETURNING board, version",
            list(boards),
        )
        return dict(cursor.fetchall())


@dataclass
class _Known:
    """What this process knows of one board."""

    version: int = 0
    outcomes: dict[Pair, Outcomes] = field(default_factory=dict)


_known: dict[str, _Known] = {}
_one_at_a_time = Lock()


def counted(board: str, *, simulated: bool, excluded: bool) -> tuple[int, list[tuple[int, int, Outcomes]]]:
    """The board's version, and the outcomes of every ordered pair of model ids that has a vote."""
    wanted = {Population.PEOPLE, *([Population.SIMULATED] if simulated else [])}
    wanted |= {Population.EXCLUDED} if excluded else set()
    with _one_at_a_time:
        known = _known.setdefault(board, _Known())
        # Rows first: should the version rise in between, the next reader reads them once more.
        news = PairCount.objects.filter(board=board, version__gt=known.version)
        for version, population, a, b, *outcomes in news.values_list(
            "version", "population", "model_a_id", "model_b_id", *Outcome.values
        ):
            known.outcomes[population, a, b] = tuple(outcomes)
            known.version = max(known.version, version)
        return known.version, [
            (a, b, outcomes)
            for (population, a, b), outcomes in known.outcomes.items()
            if population in wanted and any(outcomes)
        ]


def forget() -> None:
    """Throw away what this process knows, where the database has become another one."""
    with _one_at_a_time:
        _known.clear()


def named(outcomes: Sequence[tuple[int, int, Outcomes]], names: dict[int, str]) -> list[PairOutcomes]:
    """The same with names for ids. `Outcome.values` is the order of the four numbers."""
    return [
        PairOutcomes(names[a], names[b], **dict(zip(Outcome.values, numbers, strict=True)))
        for a, b, numbers in outcomes
    ]
