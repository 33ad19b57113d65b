"""Rank intervals hold all true ranks at once; the first place has a probability."""

from __future__ import annotations

import numpy as np
import pytest

from arena.ranking.newton import fit_bradley_terry
from arena.ranking.ranks import rank_intervals
from tests.arena.crowd import MODELS, crowd


def test_rank_intervals_hold_all_true_ranks_at_once() -> None:
    source, true = np.random.default_rng(9), np.arange(MODELS, 0, -1)
    held = []
    for _board in range(400):
        fit = fit_bradley_terry(crowd(source, votes=600, voters=600, taste=0).counts())
        ranks = rank_intervals(fit.strengths, fit.covariance)
        held.append(bool(((ranks.lower <= true) & (true <= ranks.upper)).all()))
    assert np.mean(held) >= 0.95


def test_models_that_are_sure_to_differ_have_one_rank_each() -> None:
    ranks = rank_intervals(np.array([0.0, 2.0, 1.0]), 1e-4 * np.eye(3))
    assert ranks.lower.tolist() == ranks.upper.tolist() == [3, 1, 2]
    assert ranks.p_first.tolist() == [0, 1, 0]


def test_models_that_cannot_be_told_apart_share_all_ranks() -> None:
    ranks = rank_intervals(np.zeros(4), np.eye(4))
    assert (ranks.lower.tolist(), ranks.upper.tolist()) == ([1] * 4, [4] * 4)
    assert ranks.p_first == pytest.approx([0.25] * 4, abs=0.05)


def test_a_difference_is_judged_by_its_own_error() -> None:
    """Two models whose strengths move together can be told apart where each alone is unsure."""
    together = np.array([[1.0, 1.0, -2.0], [1.0, 1.0, -2.0], [-2.0, -2.0, 4.0]]) + 1e-4 * np.eye(3)
    ranks = rank_intervals(np.array([0.3, 0.0, -0.3]), together)
    assert ranks.lower[1] > ranks.lower[0]


def test_few_voters_make_wider_ranks() -> None:
    strengths, covariance = np.array([0.0, 3.0, 6.0]), np.eye(3)
    sure, unsure = rank_intervals(strengths, covariance), rank_intervals(strengths, covariance, degrees=2)
    assert (unsure.upper - unsure.lower).sum() > (sure.upper - sure.lower).sum()


def test_the_probabilities_of_being_first_add_up() -> None:
    ranks = rank_intervals(np.linspace(0, 0.1, 30), np.eye(30))
    assert ranks.p_first.sum() == pytest.approx(1)
