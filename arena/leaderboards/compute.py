"""The board as it stands, and publishing it."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.db import transaction

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import counted, named
from arena.models import Leaderboard, Standing, Vote
from arena.ranking.board import Board, board_of
from arena.ranking.counts import Counts
from serving.models import LanguageModel
from serving.version import code_version


def counts_now(board: str = OVERALL, *, simulated: bool = False, excluded: bool = False) -> Counts:
    """The counts kept with the votes; `simulated` adds the simulated voters' to the people's.

    Retired models keep their votes; a contestant without any is there too.
    """
    _version, kept = counted(board, simulated=simulated, excluded=excluded)
    names = dict(LanguageModel.objects.values_list("pk", "name"))
    contesting = LanguageModel.objects.contesting().values_list("name", flat=True)
    outcomes = named(kept, names)
    met = {name for pair in outcomes for name in (pair.model_a, pair.model_b)}
    return Counts.of({*contesting, *met}, outcomes)


def board(name: str = OVERALL, *, simulated: bool = False, excluded: bool = False) -> Board:
    """The board of this moment: a function of the counts and of nothing else."""
    return board_of(counts_now(name, simulated=simulated, excluded=excluded), minimum=settings.MINIMUM_VOTES)


def publish(*, simulated: bool) -> Leaderboard:
    """Write the board where its votes have changed since the last one; return the latest."""
    with transaction.atomic():
        current = board(simulated=simulated)
        latest = Leaderboard.objects.filter(board=OVERALL, simulated=simulated).order_by("number").last()
        if latest is not None and latest.hash == current.hash:
            return latest
        published = Leaderboard.objects.create(
            number=latest.number + 1 if latest else 1,
            board=OVERALL,
            simulated=simulated,
            method="bradley-terry",
            intervals="iid",
            votes=current.counts.total(),
            voters=Vote.objects.counted(simulated=simulated).values("participant").distinct().count(),
            hash=current.hash,
            code_version=code_version(),
            warnings=list(current.warnings),
        )
        Standing.objects.bulk_create(_standings(published, current))
    return published


def _standings(published: Leaderboard, current: Board) -> list[Standing]:
    models = LanguageModel.objects.in_bulk(current.counts.models, field_name="name")
    standings = []
    for row in current.rows:
        figures = asdict(row)
        del figures["missing"]
        standings.append(Standing(leaderboard=published, **{**figures, "model": models[row.model]}))
    return standings
