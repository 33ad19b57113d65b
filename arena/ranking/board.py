"""The board: ratings, intervals and reasons, as a pure function of the counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from arena.ranking.bradley_terry import POINTS, as_ratings, fit_strengths
from arena.ranking.connectivity import FEW_VOTES, Comparable, comparable_models
from arena.ranking.counts import Counts, PairOutcomes
from arena.ranking.elo import rate
from arena.ranking.intervals import covariance, half_widths

NO_VOTES = "no_votes"
NOBODY_RANKED = "nobody_ranked"
DISCONNECTED = "disconnected"


@dataclass(frozen=True)
class Row:
    """One model. Rank, rating and its 95 % interval are None for a provisional model; `reason` then says why."""

    model: str
    rank: int | None
    rating: float | None
    lower: float | None
    upper: float | None
    elo: float | None
    votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    reason: str
    # Comparing votes that a model with too few still needs.
    missing: int


@dataclass(frozen=True, eq=False)
class Board:
    """Rows by rating, then provisional models by name. `warnings` say what keeps the board from being whole."""

    rows: tuple[Row, ...]
    counts: Counts
    hash: str
    warnings: tuple[str, ...]

    def ranked(self) -> list[Row]:
        return [row for row in self.rows if row.rank is not None]

    def provisional(self) -> list[Row]:
        return [row for row in self.rows if row.rank is None]


def counts_hash(counts: Counts) -> str:
    """SHA-256 (hex) of the pairs that met and their outcomes; models without a vote leave it as it is."""
    return hashlib.sha256(json.dumps(counts.outcomes()).encode()).hexdigest()


def board_of(counts: Counts, *, minimum: int) -> Board:
    """Rate the models of `counts`; `minimum` comparing votes are asked of each."""
    return _cached(counts.models, tuple(counts.outcomes()), minimum)


@lru_cache(maxsize=16)
def _cached(models: tuple[str, ...], outcomes: tuple[PairOutcomes, ...], minimum: int) -> Board:
    counts = Counts.of(models, outcomes)
    comparable = comparable_models(counts, minimum=minimum)
    rows = sorted(_rows(counts, comparable, minimum), key=lambda row: (row.rank or len(models) + 1, row.model))
    return Board(tuple(rows), counts, counts_hash(counts), _warnings(counts, comparable))


def _rows(counts: Counts, comparable: Comparable, minimum: int) -> list[Row]:
    decided, ties, both_bad = counts.decided(), counts.ties().sum(axis=1), counts.both_bad_by_model()
    wins, losses, compared = decided.sum(axis=1), decided.sum(axis=0), counts.compared().sum(axis=1)
    elo = rate(counts.wins()).round(2)
    ratings = _ratings(counts, comparable.ranked)
    order = sorted((rating for rating, _lower, _upper in ratings.values()), reverse=True)
    rows = []
    for i, model in enumerate(counts.models):
        rating, lower, upper = ratings.get(i, (None, None, None))
        reason = comparable.reasons.get(i, "")
        rows.append(
            Row(
                model=model,
                rank=None if rating is None else order.index(rating) + 1,
                rating=rating,
                lower=lower,
                upper=upper,
                elo=float(elo[i]) if compared[i] else None,
                votes=int(compared[i] + both_bad[i]),
                wins=int(wins[i]),
                losses=int(losses[i]),
                ties=int(ties[i]),
                both_bad=int(both_bad[i]),
                reason=reason,
                missing=int(minimum - compared[i]) if reason == FEW_VOTES else 0,
            )
        )
    return rows


def _ratings(counts: Counts, ranked: Sequence[int]) -> dict[int, tuple[float, float, float]]:
    """Rating, lower and upper bound by index, to a hundredth of a point: finer would be the solver's noise."""
    if not ranked:
        return {}
    among = np.ix_(ranked, ranked)
    decided, ties = counts.decided()[among], counts.ties()[among]
    strengths = fit_strengths(decided + ties / 2)
    ratings, halves = as_ratings(strengths), POINTS * half_widths(covariance(decided, ties, strengths))
    bounds = np.stack([ratings, ratings - halves, ratings + halves], axis=1).round(2).tolist()
    return {i: (rating, lower, upper) for i, (rating, lower, upper) in zip(ranked, bounds, strict=True)}


def _warnings(counts: Counts, comparable: Comparable) -> tuple[str, ...]:
    """Codes of what a reader must know before the ratings."""
    if counts.total() == 0:
        return (NO_VOTES,)
    warnings = []
    if not comparable.ranked:
        warnings.append(NOBODY_RANKED)
    if set(comparable.reasons.values()) - {FEW_VOTES}:
        warnings.append(DISCONNECTED)
    return tuple(warnings)
