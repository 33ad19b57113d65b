"""Published boards: numbered, immutable, and each computable again from the votes behind its hash."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from arena.leaderboards.agreement import agreement
from arena.leaderboards.boards import OVERALL, known_boards, parent_of
from arena.leaderboards.columns import votes_now
from arena.leaderboards.compute import board
from arena.leaderboards.counts import counts_now
from arena.models import Leaderboard, Standing
from arena.ranking.board import Board
from serving.models import LanguageModel
from serving.version import code_version

# A slice is published once a day at most: there may be many, and each number keeps a row for every model.
SLICE_EVERY = timedelta(days=1)


def publish_changed() -> list[Leaderboard]:
    """Publish every board whose votes have changed since its last number; return the new ones."""
    fresh = set(
        Leaderboard.objects.filter(published_at__gt=timezone.now() - SLICE_EVERY).values_list("board", flat=True)
    )
    due = [name for name in known_boards() if parent_of(name) is None or name not in fresh]
    return [published for name in due if (published := publish(name)) is not None]


def publish(name: str = OVERALL) -> Leaderboard | None:
    """Publish the people's board under its next number; None where it has no votes or none have changed.

    Where an organiser has excluded voters, the board with their votes is published under the same number.
    """
    hashes = _hashes(name)
    standing = Leaderboard.objects.filter(board=name, simulated=False)
    last = standing.filter(excluded=False).order_by("number").last()
    if not hashes or (last and set(standing.filter(number=last.number).values_list("hash", flat=True)) == set(hashes)):
        return None
    boards = [board(name, excluded=excluded) for excluded in (False, True)[: len(hashes)]]
    with transaction.atomic():
        published = [
            _write(name, current, number=last.number + 1 if last else 1, excluded=excluded)
            for current, excluded in zip(boards, (False, True), strict=False)
        ]
    return published[0]


def _hashes(name: str) -> list[str]:
    """Of the counts without excluded voters and, where that is another board, with them."""
    without, whole = (counts_now(name, excluded=excluded) for excluded in (False, True))
    if whole.total() == 0:
        return []
    return list(dict.fromkeys([without.hash(), whole.hash()]))


def _write(name: str, current: Board, *, number: int, excluded: bool) -> Leaderboard:
    votes = votes_now()
    published = Leaderboard.objects.create(
        number=number,
        board=name,
        excluded=excluded,
        method=current.method,
        intervals=current.intervals,
        votes=current.counts.total(),
        voters=votes.voters(votes.on(name, simulated=False, excluded=excluded)),
        hash=current.hash,
        code_version=code_version(),
        warnings=list(current.warnings),
        agreement=_agreement(name),
    )
    models = LanguageModel.objects.in_bulk(current.counts.models, field_name="name")
    Standing.objects.bulk_create(
        _standing(published, models[row.model], {**asdict(row), "elo": current.elo.get(row.model)})
        for row in current.rows
    )
    return published


def _agreement(name: str) -> dict[str, float]:
    found = agreement(name)
    if found is None:
        return {}
    return {
        "alpha": found.alpha,
        "alpha_lower": found.lower,
        "alpha_upper": found.upper,
        "raw": found.raw,
        "units": found.units,
    }


def _standing(published: Leaderboard, model: LanguageModel, figures: dict[str, object]) -> Standing:
    kept = {field.name for field in Standing._meta.fields} & figures.keys()
    return Standing(leaderboard=published, **{**{name: figures[name] for name in kept}, "model": model})
