"""The board as it stands, and publishing it."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.db import transaction

from arena.models import Leaderboard, PairCount, Standing
from arena.ranking.board import Board, board_of
from arena.ranking.counts import Counts, PairOutcomes
from serving.models import LanguageModel


def counts_now(*, simulated: bool = False) -> Counts:
    """The counts kept with the votes; `simulated` adds the simulated voters' to the people's.

    Retired models keep their votes; a contestant without any is there too.
    """
    kept = PairCount.objects.select_related("model_a", "model_b")
    outcomes = [
        PairOutcomes(pair.model_a.name, pair.model_b.name, pair.a, pair.b, pair.tie, pair.both_bad)
        for pair in (kept if simulated else kept.filter(simulated=False))
        if pair.a or pair.b or pair.tie or pair.both_bad
    ]
    contesting = LanguageModel.objects.contesting().values_list("name", flat=True)
    met = {name for pair in outcomes for name in (pair.model_a, pair.model_b)}
    return Counts.of({*contesting, *met}, outcomes)


def board(*, simulated: bool = False) -> Board:
    """The board of this moment: a function of the counts and of nothing else."""
    return board_of(counts_now(simulated=simulated), minimum=settings.MINIMUM_VOTES)


def publish(*, simulated: bool) -> Leaderboard:
    """Write the board where its votes have changed since the last one; return the latest."""
    with transaction.atomic():
        current = board(simulated=simulated)
        latest = Leaderboard.objects.filter(simulated=simulated).order_by("pk").last()
        if latest is not None and latest.hash == current.hash:
            return latest
        published = Leaderboard.objects.create(
            simulated=simulated, votes=current.counts.total(), hash=current.hash, warnings=list(current.warnings)
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
