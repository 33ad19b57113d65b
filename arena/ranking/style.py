"""Ratings with style held still: what would the votes say of answers that look alike?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from arena.ranking.ballots import Ballots
from arena.ranking.choices import profile
from arena.ranking.counts import FloatMatrix, FloatVector
from arena.ranking.newton import Fit, maximise
from arena.ranking.sandwich import laplacian

# The advantage of standing on side A, in log-odds, beside the coefficients of the features.
SIDE = "side"
# Votes that are worked on at once: what is computed from them stays in the processor's cache.
BLOCK = 1 << 15
# So many votes are enough for a start from which Newton's method cannot miss.
START_VOTES = 50_000
# Holds the start where so few votes leave a model without a win; the ratings themselves know no prior.
START_PRECISION = 1e-3
# Near the maximum the error left is less than the square of the last step.
LAST_STEP = 1e-5
MOST_STEPS = 25

# By code of `OUTCOMES`: a, b, tie.
SCORES = np.array([1.0, 0.0, 0.5])


def fit_style(ballots: Ballots) -> Fit:
    """Bradley-Terry with covariates: P(A is better) = σ(θ_A − θ_B + side + x·β), a tie being half a win for each.

    `parameters` holds the log-odds `side` of standing on side A and a coefficient for each of `feature_names`; a
    feature in which no two answers differ has none. The covariance is the sandwich of independent votes (White 1982,
    Maximum likelihood estimation of misspecified models; HC0). *Both bad* stays out. Votes must compare every model,
    strongly connected; raises ArithmeticError where the likelihood has no single finite maximum all the same, as
    where one side always wins or two features are the same.
    Chiang et al. (2024), Chatbot Arena, with the covariates of its style control.
    """
    votes, rows = _Votes.of(ballots).differing()
    names = [(SIDE, *ballots.feature_names)[row] for row in rows]
    n = votes.models
    at, information = _maximum(votes)
    bread = np.linalg.inv(votes.held(information))
    covariance = bread @ votes.meat(at) @ bread
    return Fit(
        strengths=at[:n] - at[:n].mean(),
        covariance=(covariance + covariance.T)[:n, :n] / 2,
        hessian=profile(information, n),
        parameters=dict(zip(names, at[n:].tolist(), strict=True)),
        parameter_errors=dict(zip(names, np.sqrt(np.diag(covariance)[n:]).tolist(), strict=True)),
    )


def _maximum(votes: _Votes) -> tuple[FloatVector, FloatMatrix]:
    """The maximum of the likelihood, and minus the Hessian there."""
    at = votes.thinned(START_VOTES).start()
    for _step in range(MOST_STEPS):
        gradient, information = votes.derivatives(at)
        held = votes.held(information)
        if np.linalg.matrix_rank(held, hermitian=True) < len(held):
            raise ArithmeticError("these votes cannot tell models, sides and style apart")
        step = np.linalg.solve(held, gradient)
        at = at + step
        if np.abs(step).max() < LAST_STEP:
            return at, information
    raise ArithmeticError("the votes drive a strength or a coefficient to infinity")


@dataclass(frozen=True, eq=False)
class _Votes:
    """M comparing votes. Parameters are (θ_1 … θ_n, the q coefficients of what all votes share)."""

    models: int
    pair: npt.NDArray[np.intp]  # model on side A times n, plus model on side B
    score: FloatVector
    weight: FloatVector | None
    shared: FloatMatrix  # q × M: ones for the side, then the features

    @classmethod
    def of(cls, ballots: Ballots) -> Self:
        n = len(ballots.models)
        compared = np.flatnonzero(ballots.outcome < len(SCORES))
        shared = np.ones((1 + len(ballots.feature_names), len(compared)))
        if ballots.features is not None:
            for start in range(0, len(compared), BLOCK):
                block = slice(start, start + BLOCK)
                shared[1:, block] = ballots.features.take(compared[block], axis=0).T
        return cls(
            models=n,
            pair=ballots.a[compared].astype(np.intp) * n + ballots.b[compared],
            score=SCORES[ballots.outcome[compared]],
            weight=None if ballots.weight is None else ballots.weight[compared],
            shared=shared,
        )

    def differing(self) -> tuple[Self, list[int]]:
        """Without features in which no two answers differ; and which rows of `shared` are left."""
        rows = [row for row, values in enumerate(self.shared) if values.any()]
        shared = self.shared if len(rows) == len(self.shared) else self.shared[rows]
        return replace(self, shared=shared), rows

    def thinned(self, number: int) -> Self:
        """About `number` of the votes, evenly spaced."""
        every = slice(None, None, max(1, len(self.pair) // number))
        weight = None if self.weight is None else self.weight[every]
        return replace(
            self, pair=self.pair[every], score=self.score[every], weight=weight, shared=self.shared[:, every].copy()
        )

    def start(self) -> FloatVector:
        """The maximum under a slight pull of every parameter towards 0."""
        pull = START_PRECISION * np.eye(self.models + len(self.shared))

        def derivatives(at: FloatVector) -> tuple[float, FloatVector, FloatMatrix]:
            gradient, information = self.derivatives(at)
            value = self._log_likelihood(at) - float(at @ pull @ at) / 2
            return value, gradient - pull @ at, information + pull

        return maximise(derivatives, np.zeros(len(pull)))

    def derivatives(self, at: FloatVector) -> tuple[FloatVector, FloatMatrix]:
        """Gradient and minus the Hessian of the log-likelihood."""
        n = self.models
        outer, surplus, common = _Outer.empty(n, len(self.shared)), np.zeros(n * n), np.zeros(len(self.shared))
        for block, chance in self._chances(at):
            weight = 1 if self.weight is None else self.weight[block]
            residual = (self.score[block] - chance) * weight
            surplus += np.bincount(self.pair[block], residual, n * n)
            common += self.shared[:, block] @ residual
            outer.add(self.pair[block], self.shared[:, block], chance * (1 - chance) * weight)
        return np.concatenate([_by_model(surplus.reshape(1, n, n))[:, 0], common]), outer.matrix()

    def meat(self, at: FloatVector) -> FloatMatrix:
        """Σ over votes of score scoreᵀ."""
        outer = _Outer.empty(self.models, len(self.shared))
        for block, chance in self._chances(at):
            residual = (self.score[block] - chance) * (1 if self.weight is None else self.weight[block])
            outer.add(self.pair[block], self.shared[:, block], residual * residual)
        return outer.matrix()

    def held(self, information: FloatMatrix) -> FloatMatrix:
        """With weight on the direction that the likelihood does not see: the same added to every strength."""
        n, held = self.models, information.copy()
        held[:n, :n] += np.trace(information[:n, :n]) / n**2
        return held

    def _log_likelihood(self, at: FloatVector) -> float:
        logits = self._logits(at, slice(None))
        value = self.score * logits - np.logaddexp(0, logits)
        return float(value.sum() if self.weight is None else self.weight @ value)

    def _chances(self, at: FloatVector) -> Iterator[tuple[slice, FloatVector]]:
        """Block by block, the probability that A is better."""
        for start in range(0, len(self.pair), BLOCK):
            block = slice(start, start + BLOCK)
            yield block, 1 / (1 + np.exp(-self._logits(at, block)))

    def _logits(self, at: FloatVector, block: slice) -> FloatVector:
        strengths, coefficients = at[: self.models], at[self.models :]
        apart = (strengths[:, None] - strengths[None, :]).ravel()
        return np.asarray(apart[self.pair[block]] + coefficients @ self.shared[:, block], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class _Outer:
    """Σ w d dᵀ over votes, where d is (e_A − e_B, shared): from sums by pair, without ever writing d down."""

    by_pair: FloatMatrix  # q × n²: Σ w · shared; its first row is Σ w
    common: FloatMatrix  # q × q: Σ w · shared sharedᵀ

    @classmethod
    def empty(cls, models: int, shared: int) -> Self:
        return cls(np.zeros((shared, models * models)), np.zeros((shared, shared)))

    def add(self, pair: npt.NDArray[np.intp], shared: FloatMatrix, weight: FloatVector) -> None:
        weighted = shared * weight
        for sums, row in zip(self.by_pair, weighted, strict=True):
            sums += np.bincount(pair, row, len(sums))
        self.common[:] += weighted @ shared.T

    def matrix(self) -> FloatMatrix:
        """(n + q) × (n + q)."""
        n = int(np.sqrt(self.by_pair.shape[1]))
        by_pair = self.by_pair.reshape(-1, n, n)
        cross = _by_model(by_pair)
        return np.block([[laplacian(by_pair[0] + by_pair[0].T), cross], [cross.T, self.common]])


def _by_model(by_pair: FloatMatrix) -> FloatMatrix:
    """q × n × n sums by model on side A and on side B to n × q: those on A minus those on B."""
    return np.asarray((by_pair.sum(axis=2) - by_pair.sum(axis=1)).T, dtype=np.float64)
