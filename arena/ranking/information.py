"""How much a battle between two models is expected to tell about all ratings: what the draw of a pair goes by."""

from __future__ import annotations

import numpy as np

from arena.ranking.bradley_terry import chances
from arena.ranking.counts import Counts, FloatMatrix
from arena.ranking.newton import Prior, fit_bradley_terry


def expected_gain(counts: Counts) -> FloatMatrix:
    """`[i, j]` (n × n, symmetric, diagonal 0): by how much one more battle of i and j shrinks the ratings' variances.

    The sum of the posterior variances of all n strengths falls by w ‖H⁻¹(e_i - e_j)‖² / (1 + w d_ij) where a vote
    adds the information w (A-optimality; the rank-one update of Sherman & Morrison 1950), d_ij being the variance of
    θ_i - θ_j and H the information so far with the prior θ ~ N(0, 1). So a model that nobody knows yet comes first,
    against those whose strength is near its own and well known. Chaloner & Verdinelli (1995), Bayesian experimental
    design: a review, section 2.2.

    w = p (1 - p) × the share of the pair's votes that compare at all: *both bad* tells nothing about who is better.
    """
    fit = fit_bradley_terry(counts, prior=Prior(np.zeros(len(counts.models)), 1.0))
    p = chances(fit.strengths)
    weight = p * (1 - p) * _comparing(counts)
    inverse = np.asarray(np.linalg.inv(fit.hessian), dtype=np.float64)
    gained = _between(inverse @ inverse) * weight / (1 + weight * _between(inverse))
    np.fill_diagonal(gained, 0)
    return np.asarray(gained, dtype=np.float64)


def _comparing(counts: Counts) -> FloatMatrix:
    """The share of comparing votes of each pair; one vote that compared is added to all, for pairs that never met."""
    compared, both_bad = counts.compared, counts.both_bad + counts.both_bad.T
    return np.asarray((compared + 1) / (compared + both_bad + 1), dtype=np.float64)


def _between(covariance: FloatMatrix) -> FloatMatrix:
    """`[i, j]`: the variance of the difference of i and j."""
    own = np.diag(covariance)
    return np.asarray(own[:, None] + own[None, :] - 2 * covariance, dtype=np.float64)
