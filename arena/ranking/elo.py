"""Elo ratings that do not depend on the order of the votes."""

from __future__ import annotations

import numpy as np

from arena.ranking.bradley_terry import CENTRE, POINTS, chances
from arena.ranking.counts import FloatMatrix, FloatVector

K = 4.0
# Of the busiest model. Small beside 4 POINTS / k = 174 votes, at which such steps begin to overshoot.
VOTES_A_PERIOD = 5


def rate(wins: FloatMatrix, *, k: float = K) -> FloatVector:
    """Elo ratings after all votes, every model starting from 1000. `wins` is n × n, ties half; any graph will do.

    Vote by vote, Elo depends on arrival order (standard deviation 12 to 14 points over shufflings of the same votes),
    so it could not be computed again from an export. Here the votes come in rating periods, each with the same share
    of every pair's votes, and ratings move at the end of a period, as in Elo's own tournaments (Elo 1978, The rating
    of chessplayers, past and present). Measured, this is the mean of vote-by-vote Elo over shuffled orders to within
    its Monte Carlo error (1 point); a test holds it there.
    """
    compared = wins + wins.T
    periods = int(np.ceil(compared.sum(axis=1).max(initial=0) / VOTES_A_PERIOD))
    strengths = np.zeros(len(wins))
    for _period in range(periods):
        surplus = (wins - compared * chances(strengths)).sum(axis=1) / periods
        strengths = strengths + k * surplus / POINTS
    return np.asarray(CENTRE + POINTS * strengths, dtype=np.float64)
