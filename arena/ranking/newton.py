"""Newton's method, and what every method of rating gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from arena.ranking.bradley_terry import chances, fit_strengths
from arena.ranking.counts import Counts, FloatMatrix, FloatVector
from arena.ranking.sandwich import information, laplacian, sandwich

TOLERANCE = 1e-10
MOST_STEPS = 100
# A Newton step squares the error: from here one is enough.
ROUGH = 1e-5


@dataclass(frozen=True, eq=False)
class Fit:
    """Strengths θ of n models on the natural log scale, centred on 0 unless the method has a zero of its own.

    `covariance` (n × n) belongs to these strengths: a sandwich of independent votes, or a posterior. `hessian`
    (n × n) is −∂²ℓ/∂θ², a prior's precision included. `parameters` are what the method estimates besides.
    """

    strengths: FloatVector
    covariance: FloatMatrix
    hessian: FloatMatrix
    parameters: dict[str, float] = field(default_factory=dict)
    parameter_errors: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Prior:
    """Every strength is N(mean_i, 1 / precision), independently of the others. `mean` is of length n."""

    mean: FloatVector
    precision: float


# The value of a concave function, its gradient and its negative Hessian (positive definite) at a point.
Derivatives = Callable[[FloatVector], tuple[float, FloatVector, FloatMatrix]]


def maximise(derivatives: Derivatives, start: FloatVector) -> FloatVector:
    """Where a concave function is greatest: Newton's method, a step halved until the value does not fall.

    Raises ArithmeticError where it has not settled after `MOST_STEPS` steps: there is no maximum then.
    """
    at = start
    value, gradient, hessian = derivatives(at)
    for _step in range(MOST_STEPS):
        step = cho_solve(cho_factor(hessian), gradient)
        if np.abs(step).max(initial=0) < TOLERANCE:
            return np.asarray(at + step, dtype=np.float64)
        # The slack is for rounding: near the top the value cannot rise any more, but the step is still good.
        while (tried := derivatives(at + step))[0] < value - 1e-12 * (1 + abs(value)):
            step = step / 2
        at, (value, gradient, hessian) = at + step, tried
    raise ArithmeticError(f"no maximum within {MOST_STEPS} steps of Newton's method")


def fit_bradley_terry(counts: Counts, *, prior: Prior | None = None, squared: Counts | None = None) -> Fit:
    """Bradley-Terry, a tie being half a win for each and *both bad* left out.

    Without a prior the maximum of the likelihood, by choix, for strongly connected counts
    (`arena.ranking.connectivity`), with the sandwich covariance; `squared` as in `sandwich`. With a prior the
    posterior mode and its covariance (Laplace), for any counts; both centred.
    """
    if prior is not None:
        return _posterior(counts, prior)
    strengths = _polished(counts, fit_strengths(counts.wins, tolerance=ROUGH))
    hessian = information(counts, strengths)
    return Fit(strengths, sandwich(counts, strengths, hessian, squared=squared), hessian)


def log_likelihood(counts: Counts, strengths: FloatVector) -> float:
    """Σ S_ij log σ(θ_i - θ_j), S the wins with ties as half."""
    differences = strengths[None, :] - strengths[:, None]
    return -float((counts.wins * np.logaddexp(0, differences)).sum())


def score(counts: Counts, strengths: FloatVector) -> FloatVector:
    """∂ℓ/∂θ: wins of each model beyond what its strength lets expect."""
    return np.asarray((counts.wins - counts.compared * chances(strengths)).sum(axis=1), dtype=np.float64)


def _polished(counts: Counts, strengths: FloatVector) -> FloatVector:
    """Newton steps, in most cases one, from where choix stopped: what is left is rounding, wherever it started."""
    wins, compared = counts.wins, counts.compared
    for _step in range(MOST_STEPS):
        p = chances(strengths)
        hessian = laplacian(compared * p * (1 - p))
        step = np.linalg.solve(hessian + np.trace(hessian) / len(hessian) ** 2, (wins - compared * p).sum(axis=1))
        strengths = strengths + step - (strengths + step).mean()
        if np.abs(step).max() < ROUGH:
            return np.asarray(strengths, dtype=np.float64)
    raise ArithmeticError(f"not settled after {MOST_STEPS} steps of Newton's method")


def _posterior(counts: Counts, prior: Prior) -> Fit:
    precision = prior.precision * np.eye(len(prior.mean))

    def derivatives(strengths: FloatVector) -> tuple[float, FloatVector, FloatMatrix]:
        apart = strengths - prior.mean
        value = log_likelihood(counts, strengths) - prior.precision * float(apart @ apart) / 2
        slope = score(counts, strengths) - prior.precision * apart
        return value, slope, information(counts, strengths) + precision

    strengths = maximise(derivatives, prior.mean)
    hessian = information(counts, strengths) + precision
    centring = np.eye(len(strengths)) - 1 / len(strengths)
    covariance = centring @ np.linalg.inv(hessian) @ centring
    return Fit(strengths - strengths.mean(), covariance, hessian)
