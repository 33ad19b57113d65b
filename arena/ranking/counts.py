"""Votes as a table: how often each outcome fell on each ordered pair. All that a board is computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]
IntMatrix = npt.NDArray[np.int64]
IntVector = npt.NDArray[np.int64]
# Whole numbers are int64; float64 where votes have weights.
Table = IntMatrix | FloatMatrix


class PairOutcomes(NamedTuple):
    """Outcomes of one ordered pair: `model_a` was shown on side A. Fractions where votes have weights."""

    model_a: str
    model_b: str
    a: float
    b: float
    tie: float
    both_bad: float


@dataclass(frozen=True, eq=False)
class Counts:
    """Outcomes by display order: `a[i, j]` votes said that A is better with model i on side A and j on side B.

    All four matrices are n × n, in the order of `models`, with an empty diagonal.
    """

    models: tuple[str, ...]
    a: Table
    b: Table
    tie: Table
    both_bad: Table

    @classmethod
    def of(cls, models: Iterable[str], outcomes: Iterable[PairOutcomes]) -> Self:
        """Add up `outcomes`, in any order; models are sorted by name. Raises KeyError for an unknown model."""
        names = tuple(sorted(set(models)))
        place = {name: i for i, name in enumerate(names)}
        matrices = np.zeros((4, len(names), len(names)))
        for pair in outcomes:
            matrices[:, place[pair.model_a], place[pair.model_b]] += (pair.a, pair.b, pair.tie, pair.both_bad)
        whole = bool((matrices == np.rint(matrices)).all())
        return cls(names, *(matrices.astype(np.int64) if whole else matrices))

    def among(self, chosen: Sequence[int]) -> Self:
        """The votes between the models at these places, in this order."""
        corner = np.ix_(chosen, chosen)
        names = tuple(self.models[i] for i in chosen)
        return type(self)(names, self.a[corner], self.b[corner], self.tie[corner], self.both_bad[corner])

    def outcomes(self) -> list[PairOutcomes]:
        """The ordered pairs that met, by name: the inverse of `of`."""
        matrices = np.stack([self.a, self.b, self.tie, self.both_bad])
        return [
            PairOutcomes(self.models[i], self.models[j], *matrices[:, i, j].tolist())
            for i, j in np.argwhere(matrices.sum(axis=0) > 0)
        ]

    def hash(self) -> str:
        """SHA-256 (hex) of the pairs that met and their outcomes; models without a vote leave it as it is."""
        return hashlib.sha256(json.dumps(self.outcomes()).encode()).hexdigest()

    @cached_property
    def decided(self) -> Table:
        """`[i, j]`: votes for i over j, whichever side either was on."""
        return self.a + self.b.T

    @cached_property
    def ties(self) -> Table:
        """`[i, j]`: votes that found i and j equally good. Symmetric."""
        return self.tie + self.tie.T

    @cached_property
    def wins(self) -> FloatMatrix:
        """`[i, j]`: wins of i over j, a tie being half a win for each.

        *Both bad* is no tie: it says that neither is good, not that both are equal, and stays out.
        """
        return np.asarray(self.decided + self.ties / 2, dtype=np.float64)

    @cached_property
    def compared(self) -> Table:
        """`[i, j]`: votes that compared i with j: decided ones and ties. Symmetric."""
        return self.decided + self.decided.T + self.ties

    def win_rates(self) -> FloatMatrix:
        """`[i, j]`: share of i's wins in the votes that compared it with j (ties half); NaN where there are none."""
        compared = self.compared
        rates = np.full(compared.shape, np.nan)
        np.divide(self.wins, compared, out=rates, where=compared > 0)
        return rates

    def both_bad_by_model(self) -> IntVector | FloatVector:
        """How often each model's battle was judged bad on both sides."""
        return np.asarray((self.both_bad + self.both_bad.T).sum(axis=1))

    def total(self) -> float:
        """Number of votes, *both bad* included; their weight where they have one."""
        return (self.a.sum() + self.b.sum() + self.tie.sum() + self.both_bad.sum()).item()  # type: ignore[no-any-return]
