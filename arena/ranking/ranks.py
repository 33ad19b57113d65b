"""Ranks with simultaneous intervals, and the probability of being first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arena.ranking.counts import FloatMatrix, FloatVector, IntVector

# Of a difference, in log-odds: where a covariance is sure of everything, it may not divide by 0.
SMALLEST_ERROR = 1e-12


@dataclass(frozen=True, eq=False)
class Ranks:
    """Of n models: lowest and highest rank (1 is best) of the interval, and the probability of rank 1."""

    lower: IntVector
    upper: IntVector
    p_first: FloatVector


def rank_intervals(
    strengths: FloatVector,
    covariance: FloatMatrix,
    *,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
    degrees: float | None = None,
) -> Ranks:
    """Intervals that hold the true ranks of all n models at once with probability `level`.

    A model is behind every other that is surely stronger and before every other that is surely weaker, *surely* by
    the max-t quantile of all n (n − 1) / 2 differences, from `draws` of N(0, `covariance`): Mogstad, Romano, Shaikh &
    Wilhelm (2024), Inference for ranks with applications to mobility across neighbourhoods and academic achievement
    across countries. `degrees`: those of a multivariate t instead, for a covariance from few voters.
    """
    errors = np.sqrt(np.maximum(_variances_of_differences(covariance), SMALLEST_ERROR**2))
    sample = _sample(covariance, draws, seed, degrees)
    quantile = np.quantile(_largest(sample, errors), level, method="higher")
    apart = (strengths[None, :] - strengths[:, None]) / errors
    drawn = np.argmax(strengths[:, None] + sample, axis=0)
    return Ranks(
        lower=1 + (apart > quantile).sum(axis=1),
        upper=len(strengths) - (apart < -quantile).sum(axis=1),
        p_first=np.bincount(drawn, minlength=len(strengths)) / draws,
    )


def _variances_of_differences(covariance: FloatMatrix) -> FloatMatrix:
    own = np.diag(covariance)
    return np.asarray(own[:, None] + own[None, :] - 2 * covariance)


def _sample(covariance: FloatMatrix, draws: int, seed: int, degrees: float | None) -> FloatMatrix:
    """n × draws. A common shift of all strengths changes no difference: it makes the centred covariance definite."""
    source = np.random.default_rng(seed)
    n = len(covariance)
    scale = max(np.trace(covariance) / n, SMALLEST_ERROR**2)
    # The little on the diagonal is for covariances of fewer voters than models.
    root = np.linalg.cholesky(covariance + scale * (1 / n + 1e-9 * np.eye(n)))
    sample = root @ source.standard_normal((n, draws))
    if degrees is None:
        return np.asarray(sample)
    return np.asarray(sample / np.sqrt(source.chisquare(degrees, draws) / degrees))


def _largest(sample: FloatMatrix, errors: FloatMatrix) -> FloatVector:
    """max over i < j of |x_i − x_j| / se_ij, for every draw; single precision is finer than the draws."""
    values, inverse = sample.astype(np.float32), (1 / errors).astype(np.float32)
    largest = np.zeros(values.shape[1], dtype=np.float32)
    # One place for all differences: fresh memory each time would cost more than the arithmetic.
    room = np.empty_like(values)
    for i in range(len(values) - 1):
        differences = np.subtract(values[i + 1 :], values[i], out=room[i + 1 :])
        differences *= inverse[i, i + 1 :, None]
        np.maximum(largest, np.abs(differences, out=differences).max(axis=0), out=largest)
    return largest.astype(np.float64)
