"""The board as it stands, and publishing it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict

import numpy as np
from django.conf import settings
from django.db import transaction

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import kept
from arena.models import Leaderboard, Standing, Vote
from arena.models.battles import Outcome
from arena.ranking.board import Board, board_of
from arena.ranking.counts import Counts
from serving.models import LanguageModel
from serving.version import code_version


def counts_now(board: str = OVERALL, *, simulated: bool = False, excluded: bool = False) -> Counts:
    """The counts kept with the votes; `simulated` and `excluded` add those voters' to the people's.

    Retired models keep their votes; a contestant without any is there too.
    """
    found = kept(board, simulated=simulated, excluded=excluded)
    met = {found.ids[i] for i in np.flatnonzero(found.table.any(axis=(0, 1)) | found.table.any(axis=(0, 2)))}
    models = sorted(_models_of(met), key=lambda model: model[1])
    places = {model: place for place, model in enumerate(found.ids)}
    old = [places[pk] for pk, _name in models if pk in places]
    new = [n for n, (pk, _name) in enumerate(models) if pk in places]
    table = np.zeros((len(Outcome.values), len(models), len(models)), dtype=np.int64)
    table[:, *np.ix_(new, new)] = found.table[:, *np.ix_(old, old)]
    return Counts(tuple(name for _pk, name in models), **dict(zip(Outcome.values, table, strict=True)))


def _models_of(met: Collection[int]) -> list[tuple[int, str]]:
    """Number and name of every contestant and of everybody whose number is in `met`."""
    models = LanguageModel.objects.values_list("pk", "name", "state")
    return [(pk, name) for pk, name, state in models if state == LanguageModel.State.ACTIVE or pk in met]


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
