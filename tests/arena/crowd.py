"""Simulated voters whose tastes differ, and the models they judge."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from arena.ranking.ballots import Ballots

MODELS = 8
TRUTH = np.linspace(-1, 1, MODELS)
TIES = 0.25


def crowd(source: np.random.Generator, *, votes: int, voters: int, taste: float) -> Ballots:
    """Votes on uniform pairs; every voter has strengths of their own, `taste` (sd, log-odds) around the truth."""
    own = TRUTH + taste * source.standard_normal((voters, MODELS))
    voter = source.integers(voters, size=votes)
    a = source.integers(MODELS, size=votes)
    b = (a + source.integers(1, MODELS, size=votes)) % MODELS
    won = source.random(votes) < expit(own[voter, a] - own[voter, b])
    outcome = np.where(source.random(votes) < TIES, 2, np.where(won, 0, 1)).astype(np.int8)
    return Ballots(tuple("abcdefgh"), a.astype(np.int32), b.astype(np.int32), outcome, voter.astype(np.int32))
