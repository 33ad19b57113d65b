"""How sure the strengths are when the votes of one person resemble each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri, stdtrit

from arena.ranking.ballots import OUTCOMES, Ballots, numbered
from arena.ranking.counts import FloatMatrix, FloatVector
from arena.ranking.jackknife import leave_out
from arena.ranking.newton import Fit
from arena.ranking.sandwich import centred_inverse


def half_widths(covariance: FloatMatrix, *, level: float = 0.95, degrees: float | None = None) -> FloatVector:
    """Half the width of each strength's interval, in log-odds: Wald's, or Student's with these degrees of freedom."""
    quantile = ndtri((1 + level) / 2) if degrees is None else stdtrit(degrees, (1 + level) / 2)
    return np.asarray(quantile * np.sqrt(np.diag(covariance)), dtype=np.float64)


def voter_covariance(ballots: Ballots, fit: Fit, ranked: Sequence[int]) -> tuple[FloatMatrix, float]:
    """Delete-one-voter jackknife of Bradley-Terry: the covariance of the centred strengths, and effective voters.

    `fit` holds the strengths of the models at the places `ranked`. V = (m − 1) / m Σ J_v J_vᵀ over m voters: the
    estimator CR3 of Bell & McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage
    samples. For a voter without whom the board falls apart stands the variance that the model itself gives to their
    votes, H⁻¹ H_v H⁻¹.

    Effective voters are (Σ w_v)² / Σ w_v² for the comparing votes w_v of each; one less are the degrees of freedom of
    a t quantile. Raises ValueError where the ballots do not name their voters.
    """
    comparing = ballots.take(ballots.outcome != OUTCOMES.index("both_bad")).among(ranked)
    of_voter = np.bincount(numbered(comparing.voter), comparing.weight)
    inverse = centred_inverse(fit.hessian)
    covariance = np.zeros_like(inverse)
    for left_out in leave_out(comparing, fit):
        covariance += (1 - 1 / len(of_voter)) * left_out.changes.T @ left_out.changes
        covariance += inverse @ left_out.held @ inverse
    return (covariance + covariance.T) / 2, float(of_voter.sum() ** 2 / (of_voter**2).sum())
