"""Bradley-Terry strengths by maximum likelihood, on the table of wins."""

from __future__ import annotations

from math import log

import choix
import numpy as np

from arena.ranking.counts import FloatMatrix, FloatVector

# A difference of 400 points is odds of ten to one, as in chess.
POINTS = 400 / log(10)
CENTRE = 1000.0


def fit_strengths(wins: FloatMatrix, *, tolerance: float = 1e-8) -> FloatVector:
    """Log-strengths θ, centred on 0, with P(i beats j) = 1 / (1 + exp(θ_j - θ_i)).

    `wins` is n × n with n ≥ 2 and must be strongly connected (`arena.ranking.connectivity`); ties count half.
    The last step changed the strengths by at most `tolerance` on average.
    Bradley & Terry (1952), Rank analysis of incomplete block designs; solved by iterative Luce spectral ranking,
    Maystre & Grossglauser (2015), Fast and accurate inference of Plackett-Luce models.
    """
    strengths = np.asarray(choix.ilsr_pairwise_dense(wins, alpha=0.0, max_iter=1000, tol=tolerance), dtype=np.float64)
    return np.asarray(strengths - strengths.mean(), dtype=np.float64)


def as_ratings(strengths: FloatVector) -> FloatVector:
    """Elo's scale: the mean of the models ranked together is 1000."""
    return np.asarray(CENTRE + POINTS * (strengths - strengths.mean()), dtype=np.float64)


def chances(strengths: FloatVector) -> FloatMatrix:
    """`[i, j]`: the probability that i beats j."""
    odds = np.exp(strengths - strengths.max(initial=-np.inf))
    return np.asarray(odds[:, None] / (odds[:, None] + odds[None, :]), dtype=np.float64)
