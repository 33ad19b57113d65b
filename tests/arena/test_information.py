"""Expected information: what a battle is worth, and what drawing by it saves and costs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from arena.battles.sampling import _lots
from arena.ranking.bradley_terry import POINTS, chances
from arena.ranking.counts import Counts, FloatMatrix, FloatVector, IntMatrix
from arena.ranking.information import expected_gain
from arena.ranking.newton import Prior, fit_bradley_terry

OLD, NEW = 20, 2
BATCH = 50


def counts_of(wins: IntMatrix) -> Counts:
    nothing = np.zeros_like(wins)
    return Counts(tuple(f"m{i:02}" for i in range(len(wins))), wins, nothing, nothing, nothing)


def posterior(wins: IntMatrix) -> FloatMatrix:
    n = len(wins)
    return np.linalg.inv(fit_bradley_terry(counts_of(wins), prior=Prior(np.zeros(n), 1.0)).hessian)


def test_the_gain_is_the_fall_of_the_summed_variances() -> None:
    """Against the direct computation: the information of one more vote added, the matrix inverted anew."""
    wins = np.array([[0, 9, 2, 0], [4, 0, 3, 1], [5, 1, 0, 0], [0, 2, 0, 0]])
    fit = fit_bradley_terry(counts_of(wins), prior=Prior(np.zeros(4), 1.0))
    p, apart = chances(fit.strengths)[0, 3], np.array([1.0, 0, 0, -1.0])
    after = np.linalg.inv(fit.hessian + p * (1 - p) * np.outer(apart, apart))
    assert expected_gain(counts_of(wins))[0, 3] == pytest.approx(np.trace(posterior(wins)) - np.trace(after))


def test_without_votes_every_pair_tells_the_same() -> None:
    gains = expected_gain(counts_of(np.zeros((5, 5), dtype=np.int64)))
    assert gains[np.triu_indices(5, 1)] == pytest.approx(gains[0, 1])
    assert np.diag(gains).tolist() == [0] * 5


def test_the_gain_does_not_depend_on_sides_or_names() -> None:
    rng = np.random.default_rng(3)
    wins, order = rng.poisson(4, (6, 6)), rng.permutation(6)
    np.fill_diagonal(wins, 0)
    counts = counts_of(wins)
    swapped = Counts(counts.models, counts.tie, wins.T, counts.tie, counts.tie)
    assert expected_gain(swapped) == pytest.approx(expected_gain(counts))
    assert expected_gain(counts_of(wins[np.ix_(order, order)])) == pytest.approx(
        expected_gain(counts)[np.ix_(order, order)]
    )


class Arena:
    """A warm board of twenty models and two that have just come, whose true chances are `chances`."""

    def __init__(self, seed: int, *, taste: float = 0.0, warm: int = 40_000) -> None:
        self.rng = np.random.default_rng(seed)
        n = OLD + NEW
        # With a taste the truth is no Bradley-Terry: some models do well against some others.
        tastes = np.triu(np.random.default_rng(0).normal(0, taste, (n, n)), 1)
        strengths = np.random.default_rng(99).normal(0, 0.9, n)
        odds = strengths[:, None] - strengths[None, :] + tastes - tastes.T
        self.chances = 1 / (1 + np.exp(-odds))
        self.wins = np.zeros((n, n), dtype=np.int64)
        self.rows, self.columns = np.triu_indices(n, 1)
        self.vote(self.rng.multinomial(warm, np.where(self.columns < OLD, 1 / (OLD * (OLD - 1) / 2), 0)))

    def vote(self, battles: IntMatrix) -> IntMatrix:
        """Hold so many battles of every pair; returns how many the first of each won."""
        won = self.rng.binomial(battles, self.chances[self.rows, self.columns])
        self.wins[self.rows, self.columns] += won
        self.wins[self.columns, self.rows] += battles - won
        return won

    def probabilities(self, floor: float) -> FloatVector:
        table = np.stack([self.wins, *np.zeros((3, *self.wins.shape), dtype=np.int64)])
        return _lots(tuple(range(len(self.wins))), frozenset(), table.tobytes(), floor).probabilities

    def half_width(self) -> float:
        """Mean half of the 95 % interval of the two new ratings, in Elo points."""
        fit = fit_bradley_terry(counts_of(self.wins), prior=Prior(np.zeros(OLD + NEW), 1.0))
        return float(1.96 * POINTS * np.sqrt(np.diag(fit.covariance)[OLD:]).mean())


def votes_to_place(seed: int, *, floor: float, width: float) -> int:
    arena, votes = Arena(seed), 0
    while arena.half_width() > width:
        arena.vote(arena.rng.multinomial(BATCH, arena.probabilities(floor)))
        votes += BATCH
    return votes


def test_two_new_models_are_placed_with_a_quarter_of_the_votes_of_uniform_draws() -> None:
    informed = [votes_to_place(seed, floor=0.3, width=35) for seed in range(8)]
    uniform = [votes_to_place(seed, floor=1.0, width=35) for seed in range(8)]
    assert sum(informed) <= sum(uniform) / 4, (informed, uniform)


def uniform_truth(true: FloatMatrix) -> FloatVector:
    """The strengths that uniform draws without end would find, by scipy: a second road to the target."""

    def loss(strengths: FloatVector) -> float:
        return float(np.sum(true * np.logaddexp(0, strengths[None, :] - strengths[:, None])))

    found = minimize(loss, np.zeros(len(true)), method="BFGS", options={"gtol": 1e-9}).x
    return np.asarray(found - found.mean())


def reweighted_and_plain(seed: int) -> tuple[FloatVector, FloatVector]:
    """Strengths of the eight models of a small arena after 4,000 informed draws, where Bradley-Terry is wrong."""
    arena, size = small_arena(seed), 8
    weighted = np.zeros((size, size))
    for _batch in range(80):
        probabilities = arena.probabilities(0.3)
        battles = arena.rng.multinomial(BATCH, probabilities)
        won = arena.vote(battles)
        weighted[arena.rows, arena.columns] += won / probabilities
        weighted[arena.columns, arena.rows] += (battles - won) / probabilities
    fits = [fit_bradley_terry(counts_of(wins)).strengths for wins in (weighted, arena.wins)]
    return fits[0], fits[1]


def small_arena(seed: int) -> Arena:
    """Eight of the models, without a vote yet."""
    arena = Arena(seed, taste=1.5, warm=0)
    arena.chances, arena.wins = arena.chances[:8, :8], arena.wins[:8, :8]
    arena.rows, arena.columns = np.triu_indices(8, 1)
    return arena


def test_reweighted_by_the_stored_probabilities_the_ratings_are_those_of_uniform_draws() -> None:
    """Where Bradley-Terry does not hold, the ratings depend on who meets whom; the weights undo that."""
    truth = uniform_truth(small_arena(0).chances)
    found = np.array([reweighted_and_plain(seed) for seed in range(30)])
    bias, error = found.mean(axis=0) - truth, found.std(axis=0) / np.sqrt(len(found))
    reweighted, plain = np.abs(bias / error).max(axis=1)
    assert reweighted < 3.5
    assert plain > 5
