"""Ratings with intervals: which models are comparable, how strong they are, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from arena.ranking.ballots import Ballots
from arena.ranking.bootstrap import bootstrap
from arena.ranking.bradley_terry import CENTRE, POINTS
from arena.ranking.connectivity import Comparable, comparable_models, models_with_enough
from arena.ranking.counts import Counts, FloatMatrix, FloatVector
from arena.ranking.elo import rate
from arena.ranking.intervals import half_widths, voter_covariance
from arena.ranking.methods import BRADLEY_TERRY, ELO, LIKELIHOODS, METHODS, Intervals
from arena.ranking.newton import Fit
from arena.ranking.shrinkage import choose_spread, shrunken
from arena.ranking.style import fit_style

# Beyond the three that can be asked for: of a board that leans on its parent, and of Elo.
POSTERIOR = "posterior"
NONE = "none"
# A jackknife over fewer voters than this, however many their votes, would say nothing.
FEWEST_VOTERS = 2.0
# Of what independent votes would leave: a spread of the voters that is only rounding.
UNSEEN = 1e-9
ROUNDS = 1000


@dataclass(frozen=True, eq=False)
class Ratings:
    """Of the models at the places `ranked`, on Elo's scale; `reasons` say why each of the others is provisional.

    `lower` and `upper` bound the 95 % intervals, None where the method has none. `covariance` is that of the
    differences of the strengths (log-odds squared), with `degrees` of freedom, None: normal. `intervals` names what
    they really are: *iid* also where voters were asked for and are not known.
    """

    ranked: tuple[int, ...]
    reasons: dict[int, str]
    rating: FloatVector
    lower: FloatVector | None = None
    upper: FloatVector | None = None
    covariance: FloatMatrix | None = None
    degrees: float | None = None
    intervals: str = NONE
    voters: float | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    parameter_errors: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Spread:
    """How sure the strengths are: a covariance, and the errors of a bootstrap (rounds × n) where there was one."""

    name: str
    covariance: FloatMatrix
    degrees: float | None = None
    errors: FloatMatrix | None = None
    voters: float | None = None


def ratings_of(
    votes: Counts | Ballots,
    *,
    minimum: int,
    method: str = BRADLEY_TERRY,
    intervals: Intervals = "voter",
    towards: Mapping[str, float] | None = None,
    spread: float | None = None,
    anchor: tuple[str, float] | None = None,
    style: bool = False,
) -> Ratings:
    """Rate the comparable models by `method`; see `arena.ranking.board.board_of` for the arguments.

    `towards` are the strengths of the parent's models, and `spread` how far this board stands from it; chosen by
    the evidence of the votes where it is None. Raises ValueError for an anchor that is not ranked, an unknown method,
    and votes that the method has no estimate for.
    """
    if method not in METHODS:
        raise ValueError(f"{method!r} is none of {', '.join(METHODS)}")
    plain = votes if isinstance(votes, Counts) else votes.summed(None)
    comparable = comparable_models(plain, minimum=minimum) if towards is None else models_with_enough(plain, minimum)
    ranked = comparable.ranked
    if not ranked:
        return Ratings((), comparable.reasons, np.empty(0))
    names = [plain.models[i] for i in ranked]
    among = votes.among(ranked) if len(ranked) < len(plain.models) else votes
    if method == ELO:
        return _anchored(rate(_counts(among).wins), None, names, comparable, anchor)
    if towards is not None:
        mean = np.array([towards.get(name, 0.0) for name in names])
        counts = _counts(among)
        fit = shrunken(counts, towards=mean, spread=choose_spread([counts], mean) if spread is None else spread)
        # The prior keeps the board where its parent is: the same models have the same mean.
        rating = CENTRE + POINTS * (fit.strengths + mean.mean())
        return _anchored(rating, _Spread(POSTERIOR, fit.covariance), names, comparable, anchor, fit)
    fit = _fit(among, method, style)
    sure = _spread(among, fit, intervals if method == BRADLEY_TERRY and not style else "iid")
    return _anchored(CENTRE + POINTS * fit.strengths, sure, names, comparable, anchor, fit)


def _counts(votes: Counts | Ballots) -> Counts:
    return votes if isinstance(votes, Counts) else votes.counts()


def _fit(votes: Counts | Ballots, method: str, style: bool) -> Fit:
    try:
        return _fit_style(votes, method) if style else LIKELIHOODS[method](_counts(votes), squared=_squared(votes))
    except ArithmeticError as error:
        raise ValueError(f"{method} has no estimate for these votes: {error}") from error


def _fit_style(votes: Counts | Ballots, method: str) -> Fit:
    if isinstance(votes, Counts) or votes.features is None or method != BRADLEY_TERRY:
        raise ValueError(f"style is controlled for in votes with features, by {BRADLEY_TERRY}")
    return fit_style(votes)


def _squared(votes: Counts | Ballots) -> Counts | None:
    """Sums of the squared weights, where votes have weights."""
    return None if isinstance(votes, Counts) or votes.weight is None else votes.summed(votes.weight**2)


def _spread(votes: Counts | Ballots, fit: Fit, intervals: Intervals) -> _Spread:
    if intervals == "bootstrap":
        named = isinstance(votes, Ballots) and votes.voter is not None
        draws = bootstrap(votes, ROUNDS, unit="voter" if named else "vote")
        return _Spread("bootstrap", np.asarray(np.cov(draws.T), dtype=np.float64), errors=draws - fit.strengths)
    if intervals == "voter" and isinstance(votes, Ballots) and votes.voter is not None:
        covariance, voters = voter_covariance(votes, fit, range(len(votes.models)))
        # Voters who all voted alike leave no spread to see: that is too few voters, and not certainty.
        alike = np.trace(covariance) < UNSEEN * np.trace(fit.covariance)
        if voters >= FEWEST_VOTERS and not alike:
            return _Spread("voter", covariance, degrees=voters - 1, voters=voters)
        return _Spread("iid", fit.covariance, voters=voters)
    return _Spread("iid", fit.covariance)


def _anchored(
    rating: FloatVector,
    sure: _Spread | None,
    names: list[str],
    comparable: Comparable,
    anchor: tuple[str, float] | None,
    fit: Fit | None = None,
) -> Ratings:
    """Ratings and intervals, moved so that the anchor has its rating; it has no interval then, the others that of
    their difference from it."""
    place = None
    if anchor is not None:
        name, fixed = anchor
        if name not in names:
            raise ValueError(f"{name!r} is not ranked and cannot hold the others")
        place = names.index(name)
        rating = rating - rating[place] + fixed
    if sure is None or fit is None:
        return Ratings(comparable.ranked, comparable.reasons, rating.round(9))
    lower, upper = _bounds(rating, sure, place)
    return Ratings(
        comparable.ranked,
        comparable.reasons,
        # A billionth of a point is the rounding of the linear algebra.
        rating.round(9),
        lower.round(9),
        upper.round(9),
        sure.covariance,
        sure.degrees,
        sure.name,
        sure.voters,
        fit.parameters,
        fit.parameter_errors,
    )


def _bounds(rating: FloatVector, sure: _Spread, anchor: int | None) -> tuple[FloatVector, FloatVector]:
    if sure.errors is not None:
        errors = sure.errors if anchor is None else sure.errors - sure.errors[:, [anchor]]
        below, above = np.quantile(errors, [0.025, 0.975], axis=0)
        return rating + POINTS * below, rating + POINTS * above
    covariance = sure.covariance
    if anchor is not None:
        to_anchor = np.eye(len(rating))
        to_anchor[:, anchor] -= 1
        covariance = to_anchor @ covariance @ to_anchor.T
    halves = POINTS * half_widths(covariance, degrees=sure.degrees)
    return rating - halves, rating + halves
