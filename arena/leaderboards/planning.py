"""The plan of a board: how many more votes until its models are told apart, and when that will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, inf

import numpy as np
from django.conf import settings
from django.utils import timezone

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.columns import votes_now
from arena.leaderboards.compute import ballots_of
from arena.leaderboards.counts import counts_now
from arena.ranking.ballots import Ballots
from arena.ranking.counts import Counts, FloatMatrix
from arena.ranking.planner import (
    DESIGN_EFFECT,
    USUAL_TIES,
    Crowd,
    Goal,
    difference_told,
    most_models,
    votes_needed,
    votes_still_needed,
)
from arena.ranking.ratings import ratings_of
from serving.models import LanguageModel

# The pace is that of the last four weeks; what would take longer than a century has no date.
PACE_DAYS = 28
FARTHEST = timedelta(days=36_525)


@dataclass(frozen=True)
class Need:
    """Further votes on the board, and the day on which they are there at the present pace (None: nobody votes)."""

    votes: int
    day: date | None


@dataclass(frozen=True, eq=False)
class Plan:
    """Of the contestants at `models` (names): `needed[i, j]` more votes until i and j are told apart.

    `told` is the difference in Elo points that the votes tell now with the goal's power, were they spread evenly, and
    `most` how many models they could tell apart. `pace` is in votes a day.
    """

    goal: Goal
    crowd: Crowd
    models: tuple[str, ...]
    needed: FloatMatrix
    votes: int
    pace: float

    @property
    def told(self) -> float:
        return difference_told(len(self.models), self.votes, self.goal, self.crowd)

    @property
    def most(self) -> int:
        return most_models(self.votes, self.goal, self.crowd)

    @property
    def too_many(self) -> bool:
        return len(self.models) > self.most

    def whole(self) -> Need:
        """Until every two are told apart."""
        return self._need(float(self.needed.max(initial=0.0)))

    def model(self, name: str) -> Need:
        """Until the model is told apart from every other. Raises ValueError where it does not contest."""
        return self._need(float(self.needed[self.models.index(name)].max()))

    def pair(self, one: str, other: str) -> Need:
        """Raises ValueError where one of them does not contest."""
        return self._need(float(self.needed[self.models.index(one), self.models.index(other)]))

    def from_nothing(self, models: int) -> int:
        """Votes that a board of so many models needs in all."""
        return ceil(votes_needed(models, self.goal, self.crowd))

    def _need(self, votes: float) -> Need:
        days = votes / self.pace if self.pace else (inf if votes else 0.0)
        return Need(ceil(votes), timezone.localdate() + timedelta(days=days) if days < FARTHEST.days else None)


def plan_board(goal: Goal, name: str = OVERALL, *, simulated: bool = False) -> Plan:
    """The plan of a board as it stands, for the models that contest. A slice is planned as if it stood alone."""
    votes = votes_now()
    counted = votes.on(name, simulated=simulated, excluded=False)
    ballots = ballots_of(votes, name, simulated=simulated, excluded=False)
    models = _contestants()
    crowd = _crowd(ballots.summed(None))
    return Plan(
        goal=goal,
        crowd=crowd,
        models=models,
        needed=votes_still_needed(_variances(ballots, models), goal, crowd),
        votes=len(ballots),
        pace=_pace(votes.per_day(counted)),
    )


def votes_until_told(goal: Goal) -> int:
    """Further votes on the overall board until every two contestants are told apart, from its counts alone.

    The same plan without knowing the voters: it takes a few milliseconds, whatever the number of votes.
    """
    counts, models = counts_now(), _contestants()
    needed = votes_still_needed(_variances(counts, models), goal, _crowd(counts))
    return ceil(float(needed.max(initial=0.0)))


def _contestants() -> tuple[str, ...]:
    return tuple(LanguageModel.objects.contesting().order_by("name").values_list("name", flat=True))


def _variances(votes: Ballots | Counts, models: tuple[str, ...]) -> FloatMatrix:
    """Of the differences of the models as they stand; infinite where one of the two is not ranked."""
    variances = np.full((len(models), len(models)), inf)
    found = ratings_of(votes, minimum=settings.MINIMUM_VOTES)
    if found.covariance is None:
        return variances
    # Where too few voters are known to see how they differ, their usual difference stands for it.
    covariance = found.covariance if found.intervals == "voter" else DESIGN_EFFECT * found.covariance
    ranked = [votes.models[i] for i in found.ranked]
    places = [(models.index(name), place) for place, name in enumerate(ranked) if name in models]
    here, there = [here for here, _there in places], [there for _here, there in places]
    own = np.diag(covariance)
    between = own[:, None] + own[None, :] - 2 * covariance
    variances[np.ix_(here, here)] = np.maximum(between[np.ix_(there, there)], 1e-12)
    return variances


def _crowd(counts: Counts) -> Crowd:
    """What votes have been like on this board; as usual where there are none."""
    compared, ties = counts.compared.sum() / 2, counts.tie.sum()
    if not compared:
        return Crowd()
    # Without a single tie, or with nothing else, a little of the usual keeps the plan finite.
    return Crowd(ties=float((ties + USUAL_TIES) / (compared + 1)), comparing=float(compared / counts.total()))


def _pace(per_day: Mapping[date, int]) -> float:
    """Votes a day over the last four weeks, or since the first vote."""
    if not per_day:
        return 0.0
    # Days of votes are those of UTC.
    today = timezone.now().date()
    since = max(min(per_day), today - timedelta(days=PACE_DAYS - 1))
    return sum(number for day, number in per_day.items() if day >= since) / ((today - since).days + 1)
