"""Strengths with a zero of their own: *both bad* says that neither answer reached it."""

from __future__ import annotations

import numpy as np

from arena.ranking.choices import fit_choices
from arena.ranking.counts import Counts, FloatMatrix
from arena.ranking.newton import Fit

# Utilities of: i is better, j is better, tie, both bad, by θ_i, θ_j and log ν.
DESIGN = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 1], [0, 0, 0]])


def fit_both_bad(counts: Counts, *, squared: Counts | None = None) -> Fit:
    """P(i) : P(j) : P(tie) : P(both bad) = π_i : π_j : ν √(π_i π_j) : 1 with π = exp(θ).

    *Both bad* is an outside option of strength 1 that stands in every battle, so θ = 0 means the same on every board:
    a model of θ > 0 is sooner chosen than refused where it stands alone against that option, with odds of π to 1.
    Davidson (1970) with the outside option of Luce (1959), Individual choice behavior; without ties it is the top-1
    choice of choix among i, j and one more item. `parameters["tie"]` is ν, 0 without any tie. Raises ArithmeticError
    where the likelihood has no finite maximum: without any *both bad* nothing holds the zero. `squared` as in
    `fit_davidson`.
    """
    return fit_choices(DESIGN, _outcomes(counts), _outcomes(squared or counts))


def _outcomes(counts: Counts) -> FloatMatrix:
    decided, both_bad = counts.decided, counts.both_bad + counts.both_bad.T
    return np.stack([decided, decided.T, counts.ties, both_bad]).astype(np.float64)
