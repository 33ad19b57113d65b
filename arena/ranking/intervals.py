"""How sure the ratings are: intervals of the centred Bradley-Terry strengths, from counts alone."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from arena.ranking.bradley_terry import chances
from arena.ranking.counts import FloatMatrix, FloatVector, IntMatrix


def covariance(decided: IntMatrix, ties: IntMatrix, strengths: FloatVector) -> FloatMatrix:
    """Sandwich covariance H⁺MH⁺ of the centred strengths (n × n, log-odds squared).

    H is the information of the likelihood in which a tie is half a win, and M the variance that the votes really
    show: ties vary less than the likelihood believes. The pseudo-inverse of the Laplacian H is the covariance under
    the constraint that the strengths sum to 0. Huber (1967), The behavior of maximum likelihood estimates under
    nonstandard conditions; Freedman (2006), On the so-called "Huber sandwich estimator".

    Votes count as independent: where a few people cast most of them, the truth is wider.
    """
    p = chances(strengths)
    inverse = np.linalg.pinv(_laplacian((decided + decided.T + ties) * p * (1 - p)), hermitian=True)
    shown = decided * (1 - p) ** 2 + decided.T * p**2 + ties * (0.5 - p) ** 2
    sandwich = inverse @ _laplacian(shown) @ inverse
    # Ties between equals leave no residual, and the sandwich would be sure of everything: then H alone speaks.
    only_tied = (decided + decided.T).sum(axis=1) == 0
    widened = np.where(only_tied, np.maximum(np.diag(inverse), np.diag(sandwich)), np.diag(sandwich))
    np.fill_diagonal(sandwich, widened)
    return np.asarray(sandwich, dtype=np.float64)


def half_widths(covariances: FloatMatrix, *, level: float = 0.95) -> FloatVector:
    """Half the width of each strength's Wald interval, in log-odds."""
    return np.asarray(norm.ppf((1 + level) / 2) * np.sqrt(np.diag(covariances)), dtype=np.float64)


def _laplacian(weights: FloatMatrix) -> FloatMatrix:
    """Σ w_ij (e_i - e_j)(e_i - e_j)ᵀ over unordered pairs, for symmetric weights."""
    return np.asarray(np.diag(weights.sum(axis=1)) - weights, dtype=np.float64)
