"""Bradley-Terry with a parameter for ties, instead of a tie being half a win for each."""

from __future__ import annotations

import numpy as np

from arena.ranking.choices import fit_choices
from arena.ranking.counts import Counts, FloatMatrix
from arena.ranking.newton import Fit

# Utilities of: i is better, j is better, tie, by θ_i, θ_j and log ν.
DESIGN = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 1]])


def fit_davidson(counts: Counts, *, squared: Counts | None = None) -> Fit:
    """P(i) : P(j) : P(tie) = π_i : π_j : ν √(π_i π_j) with π = exp(θ); *both bad* stays out.

    Davidson (1970), On extending the Bradley-Terry model to accommodate ties in paired comparison experiments.
    `parameters["tie"]` is ν, 0 without any tie. Raises ArithmeticError where the likelihood has no
    finite maximum: on counts that are not strongly connected, and where no circle of votes has more decided votes
    than ties. Where votes are weighted, `squared` are the sums of the squared weights, for the covariance.
    """
    return fit_choices(DESIGN, _outcomes(counts), _outcomes(squared or counts))


def _outcomes(counts: Counts) -> FloatMatrix:
    decided = counts.decided
    return np.stack([decided, decided.T, counts.ties]).astype(np.float64)
