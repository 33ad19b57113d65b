"""How many votes it takes to tell models apart, before a campaign and in the middle of one.

A vote on a pair of equals carries 1 / v of information about their difference, v = (p(1 − p) − t/4) / (p(1 − p))² at
p = ½ with a share t of ties: 4 (1 − t). Where the pairs of n models are drawn alike, N votes leave the difference of
any two with the variance v (n − 1) / N. The two are told apart with power 1 − β at level α where that is at most
(Δ / (z_{α/2} + z_β))²: Lehr (1992), Sixteen S-squared over D-squared, with this variance. Draws by information need
fewer votes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, sqrt

import numpy as np
from scipy.stats import norm

from arena.ranking.bradley_terry import POINTS
from arena.ranking.counts import FloatMatrix

# By how much voters' own tastes widen the variance: measured on crowds, (1.25)² for the standard error.
DESIGN_EFFECT = 1.6
# The share of ties before there are votes to tell.
USUAL_TIES = 0.25


@dataclass(frozen=True)
class Goal:
    """Tell two models apart that differ by `difference` Elo points, with probability `power`, at `level`."""

    difference: float = 50.0
    power: float = 0.8
    level: float = 0.95

    def variance(self) -> float:
        """The largest variance of a difference (log-odds squared) with which the goal is reached."""
        quantiles = norm.ppf((1 + self.level) / 2) + norm.ppf(self.power)
        return float((self.difference / POINTS / quantiles) ** 2)


@dataclass(frozen=True)
class Crowd:
    """What votes are like here: shares of ties among comparing votes and of comparing votes among all."""

    ties: float = USUAL_TIES
    comparing: float = 1.0
    design_effect: float = DESIGN_EFFECT

    def variance_by_vote(self, models: int) -> float:
        """Variance × votes of the difference of two of so many models."""
        return self.design_effect * 4 * (1 - self.ties) * (models - 1) / self.comparing


def votes_needed(models: int, goal: Goal, crowd: Crowd) -> float:
    """Votes until a board of so many models tells any two apart that differ as much as the goal says."""
    return crowd.variance_by_vote(models) / goal.variance()


def difference_told(models: int, votes: float, goal: Goal, crowd: Crowd) -> float:
    """The difference (Elo points) that so many votes tell with the goal's power; infinite without a vote."""
    return goal.difference * sqrt(votes_needed(models, goal, crowd) / votes) if votes else inf


def most_models(votes: float, goal: Goal, crowd: Crowd) -> int:
    """How many models so many votes can tell apart at the goal's difference; at least one."""
    return floor(1 + votes * goal.variance() / crowd.variance_by_vote(2))


def votes_still_needed(variances: FloatMatrix, goal: Goal, crowd: Crowd) -> FloatMatrix:
    """`[i, j]` (n × n): further votes on a board of n models until i and j are told apart; 0 where they could be now.

    `variances` are those of the differences as they stand, infinite where nothing is known: information adds up.
    """
    with np.errstate(divide="ignore"):
        missing = 1 / goal.variance() - 1 / variances
    needed = np.maximum(0.0, missing) * crowd.variance_by_vote(len(variances))
    np.fill_diagonal(needed, 0)
    return np.asarray(needed, dtype=np.float64)
