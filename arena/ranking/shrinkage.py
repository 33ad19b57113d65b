"""Small boards lean on a larger one: a language on all languages, a variety on its language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar

from arena.ranking.counts import Counts, FloatVector
from arena.ranking.newton import Fit, Prior, fit_bradley_terry, log_likelihood

# Of the board that has no parent: a model without a win then stands at about -1.6, and not at minus infinity.
ROOT_SPREAD = 1.0
# Boards below each number of comparing votes share a spread, and those above all: one for all of them would be
# that of the largest, which differ least from their parent.
SIZE_CLASSES = (300, 1_000, 5_000)
# What is expected of a spread before any vote: Gamma(2) with this mode, the spread that predicted the languages of a
# large arena best. It weighs as much as a single vote or two, and keeps a lone small board from a spread of zero.
USUAL_SPREAD = 0.3
SMALLEST_SPREAD, LARGEST_SPREAD = 0.02, 3.0


def shrunken(counts: Counts, *, towards: FloatVector, spread: float) -> Fit:
    """Strengths of which each is N(towards_i, spread²) before the votes; the covariance is the posterior's.

    `towards` (n, the models of `counts`) are the parent's strengths. A board without votes equals its parent, one
    with many its own maximum. The covariance takes the parent's strengths as known.
    Caron & Doucet (2012), Efficient Bayesian inference for generalized Bradley-Terry models.
    """
    return fit_bradley_terry(counts, prior=Prior(towards, spread**-2))


def fit_root(counts: Counts) -> Fit:
    """The board that has no parent: every strength is N(0, 1) before the votes, so that none is infinite."""
    return shrunken(counts, towards=np.zeros(len(counts.models)), spread=ROOT_SPREAD)


def choose_spread(boards: Sequence[Counts], towards: FloatVector) -> float:
    """How far boards usually stand from their parent, in log-odds: the spread under which their votes are likeliest.

    The evidence of each board is integrated over its strengths by Laplace's method (MacKay 1992, Bayesian
    interpolation), added up, and met by the boundary-avoiding prior of Chung et al. (2013), A nondegenerate
    penalized likelihood estimator for variance parameters in multilevel models. Without votes it is USUAL_SPREAD.
    """
    return _likeliest([(board, towards) for board in boards])


def choose_spreads(boards: Sequence[tuple[Counts, FloatVector]]) -> list[float]:
    """The spread of each board, given with its parent's strengths, chosen together with those of its size class."""
    classes = [size_class(board) for board, _towards in boards]
    chosen = {
        one: _likeliest([board for board, its in zip(boards, classes, strict=True) if its == one])
        for one in set(classes)
    }
    return [chosen[one] for one in classes]


def size_class(counts: Counts) -> int:
    """0 for the smallest boards, by the number of comparing votes."""
    return int(np.searchsorted(SIZE_CLASSES, counts.wins.sum(), side="right"))


def _likeliest(boards: Sequence[tuple[Counts, FloatVector]]) -> float:
    seen = [_only_seen(board, towards) for board, towards in boards if board.compared.any()]

    def against(log_spread: float) -> float:
        spread = float(np.exp(log_spread))
        expected = log_spread - spread / USUAL_SPREAD
        return -expected - sum(_log_evidence(board, mean, spread) for board, mean in seen)

    bounds = (np.log(SMALLEST_SPREAD), np.log(LARGEST_SPREAD))
    return float(np.exp(minimize_scalar(against, bounds=bounds, method="bounded", options={"xatol": 1e-3}).x))


def _only_seen(counts: Counts, towards: FloatVector) -> tuple[Counts, FloatVector]:
    """Without the models that nobody compared: they stay at their mean and add nothing to the evidence."""
    seen = np.flatnonzero(counts.compared.sum(axis=1))
    matrices = (counts.a, counts.b, counts.tie, counts.both_bad)
    names = tuple(counts.models[i] for i in seen)
    return Counts(names, *(matrix[np.ix_(seen, seen)] for matrix in matrices)), towards[seen]


def _log_evidence(counts: Counts, mean: FloatVector, spread: float) -> float:
    """Logarithm of the probability of the votes when strengths are N(mean, spread²), up to a constant."""
    fit = shrunken(counts, towards=mean, spread=spread)
    # The fit is centred; the posterior mode is not, and has the mean of its prior.
    apart = fit.strengths + mean.mean() - mean
    fits = log_likelihood(counts, fit.strengths) - float(apart @ apart) / (2 * spread**2)
    return fits - len(mean) * float(np.log(spread)) - float(np.linalg.slogdet(fit.hessian)[1]) / 2
