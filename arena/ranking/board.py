"""The board: ratings, intervals, ranks and reasons, as a pure function of the votes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

from arena.ranking.ballots import Ballots
from arena.ranking.bradley_terry import CENTRE, POINTS
from arena.ranking.connectivity import FEW_VOTES
from arena.ranking.counts import Counts
from arena.ranking.elo import rate
from arena.ranking.methods import BRADLEY_TERRY, Intervals
from arena.ranking.ranks import Ranks, rank_intervals
from arena.ranking.ratings import Ratings, ratings_of

NO_VOTES = "no_votes"
NOBODY_RANKED = "nobody_ranked"
DISCONNECTED = "disconnected"
FEW_VOTERS = "few_voters"


@dataclass(frozen=True)
class Row:
    """One model. Everything about its rank and rating is None for a provisional model; `reason` then says why.

    `lower` and `upper` are the 95 % interval of the rating; `rank_lower` and `rank_upper` hold the true ranks of all
    models at once with 95 %; `p_first` is the probability of the first rank. None where the method has no intervals.
    Votes are whole numbers unless the counts were not.
    """

    model: str
    rank: int | None
    rating: float | None
    lower: float | None
    upper: float | None
    rank_lower: int | None
    rank_upper: int | None
    p_first: float | None
    votes: float
    wins: float
    losses: float
    ties: float
    both_bad: float
    reason: str
    # Comparing votes that a model with too few still needs.
    missing: int


@dataclass(frozen=True, eq=False)
class Board:
    """Rows by rating, then provisional models by name. `warnings` say what a reader must know before the ratings.

    `intervals` is what the intervals are, which may be less than was asked: *iid* where the voters are not known,
    *posterior* on a board with a parent, *none* for Elo. `parameters` are what the method estimates besides, and
    `voters` as many equal voters as the jackknife had.
    """

    method: str
    intervals: str
    rows: tuple[Row, ...]
    counts: Counts
    warnings: tuple[str, ...]
    parameters: dict[str, float] = field(default_factory=dict)
    parameter_errors: dict[str, float] = field(default_factory=dict)
    voters: float | None = None

    @cached_property
    def hash(self) -> str:
        return self.counts.hash()

    @cached_property
    def elo(self) -> dict[str, float]:
        """Elo of every model that was compared, by name. Only where it is asked for: it takes longer than all else."""
        rated, compared = rate(self.counts.wins), self.counts.compared.sum(axis=1)
        return {model: round(float(rated[i]), 2) for i, model in enumerate(self.counts.models) if compared[i]}

    def ranked(self) -> list[Row]:
        return [row for row in self.rows if row.rank is not None]

    def provisional(self) -> list[Row]:
        return [row for row in self.rows if row.rank is None]


def board_of(
    votes: Counts | Ballots,
    *,
    minimum: int,
    method: str = BRADLEY_TERRY,
    intervals: Intervals = "voter",
    parent: Board | None = None,
    spread: float | None = None,
    anchor: tuple[str, float] | None = None,
    style: bool = False,
) -> Board:
    """Rate the models of `votes`; `minimum` comparing votes are asked of each.

    With a `parent` the board leans on its ratings (`arena.ranking.shrinkage`), as far as the evidence asks or by
    `spread` (log-odds), and needs no connection of its own. `anchor`: a model and the rating it is given. `style`: the
    ratings without the effect of the ballots' features. Raises ValueError where the method has no estimate, the anchor
    is not ranked, or style is asked of counts.
    """
    towards = None if parent is None else _strengths(parent)
    ratings = ratings_of(
        votes,
        minimum=minimum,
        method=method,
        intervals=intervals,
        towards=towards,
        spread=spread,
        anchor=anchor,
        style=style,
    )
    counts = votes if isinstance(votes, Counts) else votes.summed(None)
    rows = sorted(_rows(counts, ratings, minimum), key=lambda row: (row.rank or len(counts.models) + 1, row.model))
    return Board(
        method,
        ratings.intervals,
        tuple(rows),
        counts,
        _warnings(counts, ratings),
        ratings.parameters,
        ratings.parameter_errors,
        ratings.voters,
    )


def _strengths(board: Board) -> dict[str, float]:
    return {row.model: (row.rating - CENTRE) / POINTS for row in board.rows if row.rating is not None}


def _rows(counts: Counts, ratings: Ratings, minimum: int) -> list[Row]:
    decided, ties, both_bad = counts.decided, counts.ties.sum(axis=1), counts.both_bad_by_model()
    wins, losses = decided.sum(axis=1), decided.sum(axis=0)
    # Plain numbers at once: one by one, numpy takes ten times as long.
    columns = [column.tolist() for column in (wins + losses + ties, wins, losses, ties, both_bad)]
    rated = _rated(ratings)
    rows = []
    for i, (model, compared, won, lost, tied, bad) in enumerate(zip(counts.models, *columns, strict=True)):
        reason = ratings.reasons.get(i, "")
        missing = ceil(minimum - compared) if reason == FEW_VOTES else 0
        rows.append(Row(model, *rated.get(i, _UNRATED), compared + bad, won, lost, tied, bad, reason, missing))
    return rows


# Rank, rating, lower and upper bound, lower and upper rank, probability of being first.
_Rated = tuple[int | None, float | None, float | None, float | None, int | None, int | None, float | None]
_UNRATED: _Rated = (None, None, None, None, None, None, None)


def _rated(ratings: Ratings) -> dict[int, _Rated]:
    """By the model's place."""
    points = ratings.rating.tolist()
    order = sorted(points, reverse=True)
    ranks = [order.index(rating) + 1 for rating in points]
    if ratings.lower is None or ratings.upper is None or ratings.covariance is None:
        return {i: (rank, rating, *_UNRATED[2:]) for i, rank, rating in zip(ratings.ranked, ranks, points, strict=True)}
    sure: Ranks = rank_intervals(ratings.rating / POINTS, ratings.covariance, degrees=ratings.degrees)
    figures = [ratings.lower, ratings.upper, sure.lower, sure.upper, sure.p_first]
    columns = [ranks, points, *(figure.tolist() for figure in figures)]
    return dict(zip(ratings.ranked, zip(*columns, strict=True), strict=True))


def _warnings(counts: Counts, ratings: Ratings) -> tuple[str, ...]:
    """Codes of what a reader must know before the ratings."""
    if counts.total() == 0:
        return (NO_VOTES,)
    warnings = []
    if not ratings.ranked:
        warnings.append(NOBODY_RANKED)
    if set(ratings.reasons.values()) - {FEW_VOTES}:
        warnings.append(DISCONNECTED)
    if ratings.voters is not None and ratings.intervals != "voter":
        warnings.append(FEW_VOTERS)
    return tuple(warnings)
