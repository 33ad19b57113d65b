"""Weights by inverse propensity: they take back what an uneven draw did to the ratings."""

from __future__ import annotations

import numpy as np
import pytest

from arena.ranking.ballots import Ballots
from arena.ranking.bradley_terry import fit_strengths
from arena.ranking.counts import FloatMatrix, FloatVector
from arena.ranking.newton import fit_bradley_terry
from arena.ranking.weights import effective_votes, inverse_propensity

NAMES = tuple("vwxyz")
N = len(NAMES)
PAIRS = np.array([(i, j) for i in range(N) for j in range(i)])
# Some pairs are drawn ten times as often as others.
DRAWS = np.geomspace(1, 10, len(PAIRS)) / np.geomspace(1, 10, len(PAIRS)).sum()


def beaten(seed: int) -> FloatMatrix:
    """`[i, j]`: chance that i beats j, which no strengths explain: every pair has a taste of its own."""
    taste = np.triu(np.random.default_rng(seed).normal(0, 1, (N, N)), 1)
    return np.asarray(1 / (1 + np.exp(taste.T - taste)), dtype=np.float64)


def drawn(chances: FloatMatrix, votes: int, source: np.random.Generator) -> tuple[Ballots, FloatVector]:
    pair = source.choice(len(PAIRS), votes, p=DRAWS)
    a, b = PAIRS[pair].T
    outcome = (source.random(votes) > chances[a, b]).astype(np.int64)
    return Ballots(NAMES, a, b, outcome, weight=inverse_propensity(DRAWS[pair])), DRAWS[pair]


def test_weighted_ratings_are_those_of_uniform_draws() -> None:
    source, chances = np.random.default_rng(1), beaten(1)
    truth = fit_strengths(chances - np.diag(np.diag(chances)))
    boards = [drawn(chances, 4_000, source)[0].counts() for _board in range(100)]
    fits = np.array([fit_bradley_terry(board).strengths for board in boards])
    error_of_mean = fits.std(axis=0) / np.sqrt(len(fits))
    assert (np.abs(fits.mean(axis=0) - truth) < 4 * error_of_mean).all()


def test_without_weights_they_are_not() -> None:
    ballots, _probabilities = drawn(beaten(1), 400_000, np.random.default_rng(2))
    truth = fit_strengths(beaten(1) - np.diag(np.diag(beaten(1))))
    unweighted = fit_bradley_terry(ballots.summed(None)).strengths
    assert np.abs(unweighted - truth).max() > 0.1


def test_uniform_draws_weigh_one_each() -> None:
    weights = inverse_propensity(np.full(50, 0.1))
    assert weights == pytest.approx(1)
    assert effective_votes(weights) == pytest.approx(50)


def test_a_rarely_drawn_pair_weighs_no_more_than_the_cap() -> None:
    probabilities = np.append(np.full(999, 0.5), 1e-6)
    assert inverse_propensity(probabilities, cap=5).max() == 5


def test_uneven_weights_are_worth_fewer_votes() -> None:
    assert effective_votes(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)
    assert effective_votes(np.empty(0)) == 0


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.5, float("nan")])
def test_what_is_no_probability_is_named(wrong: float) -> None:
    with pytest.raises(ValueError, match="vote 2: "):
        inverse_propensity([0.5, 0.5, wrong, 0.0])
