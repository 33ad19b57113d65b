"""Votes weighted by how unlikely their draw was, as if every pair had been drawn alike often."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arena.ranking.counts import FloatVector

# In means of all weights. A single vote of a pair that was hardly ever drawn would else outweigh a whole board; what
# lies above is cut, at the price of a small bias.
CAP = 10.0


def inverse_propensity(probabilities: npt.ArrayLike, *, cap: float = CAP) -> FloatVector:
    """Weights of N votes whose pairs were drawn with these probabilities: 1 / P, of mean 1, then at most `cap`.

    Active sampling shows some pairs more often than others. Where the Bradley-Terry model is only nearly right, its
    ratings depend on how often; weighted, they aim at those of uniform draws (Chiang et al. 2024, Chatbot Arena,
    equation 7; Horvitz & Thompson 1952, A generalization of sampling without replacement from a finite universe).
    Raises ValueError, naming the first by its place, for what is no probability above 0.
    """
    drawn_with = np.asarray(probabilities, dtype=np.float64)
    wrong = np.flatnonzero(~((drawn_with > 0) & (drawn_with <= 1)))
    if len(wrong):
        raise ValueError(f"vote {wrong[0]}: {drawn_with[wrong[0]]} is not a probability with which a pair is drawn")
    weights = 1 / drawn_with
    return np.minimum(weights / weights.mean(), cap) if len(weights) else weights


def effective_votes(weights: FloatVector) -> float:
    """How many votes of equal weight would be as informative: (Σw)² / Σw². Kish (1965), Survey sampling."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0
