"""How far voters agree about the same two answers: the ceiling for whatever is learned or measured from their votes."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from arena.ranking.counts import FloatVector, IntMatrix

DRAWS = 2000


@dataclass(frozen=True)
class Agreement:
    """Krippendorff's α with its 95 % interval, and raw agreement: how often two voters of a unit said the same.

    α is 1 for perfect agreement, 0 for what chance would give; NaN where everybody always said the same thing, so
    that there is nothing to agree about. `units` had at least two `votes` each.
    """

    alpha: float
    lower: float
    upper: float
    raw: float
    units: int
    votes: int


def agreement_of(said: IntMatrix, *, seed: int = 0) -> Agreement | None:
    """`said[u, c]` voters of unit u said c. None where no unit has two votes.

    Nominal α = 1 − D_o / D_e from the coincidences of pairs within units: Krippendorff (2019), Content analysis, 4th
    edition, section 12.3.1. The interval is a bootstrap of whole units: its votes hang together.
    """
    # Units in which the same was said are one row: there are few kinds, however many units.
    kinds, units = np.unique(said[said.sum(axis=1) >= 2], axis=0, return_counts=True)
    if not len(kinds):
        return None
    votes, number = kinds.sum(axis=1), int(units.sum())
    alike = (kinds * (kinds - 1)).sum(axis=1)
    disagreeing = votes - alike / (votes - 1)
    drawn = np.random.default_rng(seed).multinomial(number, units / number, size=DRAWS)
    alpha, *alphas = _alpha(np.concatenate([units[None], drawn]), disagreeing, kinds).tolist()
    known = [value for value in alphas if not isnan(value)]
    lower, upper = np.quantile(known, [0.025, 0.975]).tolist() if known else (nan, nan)
    raw = float(units @ alike / (units @ (votes * (votes - 1))))
    return Agreement(alpha, lower, upper, raw, number, int(units @ votes))


def _alpha(drawn: IntMatrix, disagreeing: FloatVector, kinds: IntMatrix) -> FloatVector:
    """α of several samples: how many units of each kind each has, what a unit of the kind disagrees, and what it says.

    D_o and D_e are both times the number of votes.
    """
    said = drawn @ kinds
    votes = said.sum(axis=1)
    expected = (votes**2 - (said**2).sum(axis=1)) / (votes - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - drawn @ disagreeing / expected, nan), dtype=np.float64)
