"""Covariance of Bradley-Terry strengths from counts alone: votes count as independent."""

from __future__ import annotations

import numpy as np

from arena.ranking.bradley_terry import chances
from arena.ranking.counts import Counts, FloatMatrix, FloatVector, Table


def laplacian(weights: Table) -> FloatMatrix:
    """Σ w_ij (e_i - e_j)(e_i - e_j)ᵀ over unordered pairs, for symmetric weights (n × n)."""
    return np.asarray(np.diag(weights.sum(axis=1)) - weights, dtype=np.float64)


def information(counts: Counts, strengths: FloatVector) -> FloatMatrix:
    """−∂²ℓ/∂θ² (n × n) of the likelihood in which a tie is half a win; its rows sum to 0."""
    p = chances(strengths)
    return laplacian(counts.compared * p * (1 - p))


def centred_inverse(hessian: FloatMatrix) -> FloatMatrix:
    """The covariance under the constraint that the strengths sum to 0: the pseudo-inverse of a Laplacian.

    Adding c·11ᵀ/n makes the Laplacian of a connected graph invertible and changes the inverse by 11ᵀ/(c·n) alone.
    """
    n = len(hessian)
    scale = np.trace(hessian) / n
    inverse = np.linalg.inv(hessian + scale / n)
    return np.asarray((inverse + inverse.T) / 2 - 1 / (scale * n), dtype=np.float64)


def sandwich(
    counts: Counts, strengths: FloatVector, hessian: FloatMatrix, *, squared: Counts | None = None
) -> FloatMatrix:
    """Covariance H⁺MH⁺ of the centred strengths (n × n, log-odds squared), every vote independent of the others.

    H is `hessian`, the information of the likelihood in which a tie is half a win, and M the variance that the votes
    really show: ties vary less than the likelihood believes. Huber (1967), The behavior of maximum likelihood
    estimates under nonstandard conditions; Freedman (2006), On the so-called "Huber sandwich estimator". Where votes
    are weighted, `squared` are the sums of the squared weights, which M takes.
    """
    inverse = centred_inverse(hessian)
    decided, ties, p = (squared or counts).decided, (squared or counts).ties, chances(strengths)
    shown = decided * (1 - p) ** 2 + decided.T * p**2 + ties * (0.5 - p) ** 2
    covariance = inverse @ laplacian(shown) @ inverse
    # Ties between equals leave no residual, and the sandwich would be sure of everything: then H alone speaks.
    only_tied = decided.sum(axis=0) + decided.sum(axis=1) == 0
    widened = np.maximum(np.diag(inverse), np.diag(covariance))
    np.fill_diagonal(covariance, np.where(only_tied, widened, np.diag(covariance)))
    return np.asarray((covariance + covariance.T) / 2, dtype=np.float64)
