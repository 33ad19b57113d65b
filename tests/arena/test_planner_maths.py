"""The planner's formulae: published figures, and the power that simulated campaigns really have."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy.stats import norm

from arena.ranking.bradley_terry import POINTS
from arena.ranking.counts import Counts
from arena.ranking.newton import fit_bradley_terry
from arena.ranking.planner import Crowd, Goal, difference_told, most_models, votes_needed, votes_still_needed

ALIKE = Crowd(ties=0.25, design_effect=1.0)


class Campaign:
    """A board whose first two models lie 50 Elo points apart, and whose pairs are drawn alike; a quarter are ties."""

    def __init__(self, seed: int, *, models: int = 8) -> None:
        self.rng, self.models = np.random.default_rng(seed), models
        strengths = np.linspace(-0.4, 0.4, models)
        strengths[:2] = np.array([25, -25]) / POINTS
        self.pairs = np.argwhere(~np.eye(models, dtype=bool))
        apart = strengths[self.pairs[:, 0]] - strengths[self.pairs[:, 1]]
        # A quarter of ties between equals, fewer between others, so that with a tie as half a win the odds stay.
        p = 1 / (1 + np.exp(-apart))
        weights = np.stack([p - p * (1 - p) / 2, 1 - p - p * (1 - p) / 2, p * (1 - p)], axis=1)
        self.chances = (weights / len(apart)).ravel()
        self.table = np.zeros((3, models, models), dtype=np.int64)

    def vote(self, votes: int) -> None:
        drawn = self.rng.multinomial(votes, self.chances).reshape(-1, 3)
        self.table[:, self.pairs[:, 0], self.pairs[:, 1]] += drawn.T

    def variances(self) -> np.ndarray:
        covariance = fit_bradley_terry(self.counts()).covariance
        own = np.diag(covariance)
        return own[:, None] + own[None, :] - 2 * covariance

    def counts(self) -> Counts:
        return Counts(tuple(f"m{i:02}" for i in range(self.models)), *self.table, np.zeros_like(self.table[0]))

    def tells_apart(self) -> bool:
        """Whether the 95 % interval of the first two models' difference leaves 0 out, on the right side."""
        strengths = fit_bradley_terry(self.counts()).strengths
        return bool(strengths[0] - strengths[1] > norm.ppf(0.975) * np.sqrt(self.variances()[0, 1]))


@pytest.mark.parametrize(("models", "votes"), [(8, 1990), (20, 5400)])
def test_the_votes_that_a_board_needs_are_those_of_the_published_table(models: int, votes: int) -> None:
    assert votes_needed(models, Goal(), ALIKE) == pytest.approx(votes, rel=0.01)


@pytest.mark.parametrize(("models", "difference"), [(8, 71), (20, 116)])
def test_a_thousand_votes_tell_the_published_difference(models: int, difference: float) -> None:
    assert difference_told(models, 1000, Goal(), ALIKE) == pytest.approx(difference, abs=1)


def test_the_power_of_simulated_campaigns_is_the_one_that_was_planned() -> None:
    told = []
    for seed in range(400):
        campaign = Campaign(seed)
        campaign.vote(round(votes_needed(8, Goal(), ALIKE)))
        told.append(campaign.tells_apart())
    assert np.mean(told) == pytest.approx(0.8, abs=0.06)


def test_the_votes_still_needed_in_the_middle_of_a_campaign_bring_the_planned_power() -> None:
    told = []
    for seed in range(400):
        campaign = Campaign(1000 + seed)
        campaign.vote(700)
        needed = votes_still_needed(campaign.variances(), Goal(), ALIKE)[0, 1]
        campaign.vote(round(float(needed)))
        told.append(campaign.tells_apart())
    assert np.mean(told) == pytest.approx(0.8, abs=0.06)


def test_voters_who_differ_cost_more_votes() -> None:
    assert votes_needed(8, Goal(), Crowd()) == pytest.approx(1.6 * votes_needed(8, Goal(), ALIKE))


def test_votes_that_compare_nothing_count_for_nothing() -> None:
    half = Crowd(ties=0.25, comparing=0.5, design_effect=1.0)
    assert votes_needed(8, Goal(), half) == pytest.approx(2 * votes_needed(8, Goal(), ALIKE))


def test_half_the_difference_costs_four_times_the_votes() -> None:
    assert votes_needed(8, Goal(difference=25), ALIKE) == pytest.approx(4 * votes_needed(8, Goal(), ALIKE))


def test_as_many_models_fit_as_the_votes_can_tell_apart() -> None:
    votes = votes_needed(10, Goal(), ALIKE)
    assert (most_models(votes + 1, Goal(), ALIKE), most_models(votes - 1, Goal(), ALIKE)) == (10, 9)
    assert most_models(0, Goal(), ALIKE) == 1
    assert difference_told(8, 0, Goal(), ALIKE) == inf


def test_what_is_known_well_enough_needs_no_vote_and_what_is_unknown_all_of_them() -> None:
    known = np.full((3, 3), 1e-6)
    unknown = np.full((3, 3), inf)
    assert votes_still_needed(known, Goal(), ALIKE).max() == 0
    assert votes_still_needed(unknown, Goal(), ALIKE)[0, 1] == pytest.approx(votes_needed(3, Goal(), ALIKE))
