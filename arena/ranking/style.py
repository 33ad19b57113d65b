"""Ratings with style held still: what would the votes say of answers that look alike?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from arena.ranking.ballots import OUTCOMES, Ballots
from arena.ranking.choices import profile
from arena.ranking.counts import FloatMatrix, FloatVector
from arena.ranking.newton import Fit
from arena.ranking.sandwich import laplacian
from arena.ranking.shrinkage import fit_root

# The advantage of standing on side A, in log-odds, beside the coefficients of the features.
SIDE = "side"
# Votes that are worked on at once: what is computed from them stays in the processor's cache.
BLOCK = 1 << 15
# From a step so small the next point is near enough to the maximum to gather there what the covariance is made of.
NEAR = 0.02
# After it the error is less than its square.
LAST_STEP = 5e-5
MOST_STEPS = 25

# By code of `OUTCOMES`. A vote for both bad has no weight.
SCORES = np.array([1.0, 0.0, 0.5, 0.5])
BOTH_BAD = OUTCOMES.index("both_bad")


def fit_style(ballots: Ballots) -> Fit:
    """Bradley-Terry with covariates: P(A is better) = σ(θ_A − θ_B + side + x·β), a tie being half a win for each.

    `parameters` holds the log-odds `side` of standing on side A and a coefficient for each of `feature_names`; a
    feature in which no two answers differ has none. The covariance is the sandwich of independent votes (White 1982,
    Maximum likelihood estimation of misspecified models; HC0). *Both bad* stays out. Votes must compare every model,
    strongly connected; raises ArithmeticError where the likelihood has no single finite maximum all the same, as
    where one side always wins or two features are the same.
    Chiang et al. (2024), Chatbot Arena, with the covariates of its style control.
    """
    votes, n = _Votes.of(ballots), len(ballots.models)
    at, information, meat = _maximum(votes)
    bread = np.linalg.inv(_held(information, n))
    covariance = bread @ meat @ bread
    return Fit(
        strengths=at[:n] - at[:n].mean(),
        covariance=(covariance + covariance.T)[:n, :n] / 2,
        hessian=profile(information, n),
        parameters=dict(zip(votes.names, at[n:].tolist(), strict=True)),
        parameter_errors=dict(zip(votes.names, np.sqrt(np.diag(covariance)[n:]).tolist(), strict=True)),
    )


def _maximum(votes: _Votes) -> tuple[FloatVector, FloatMatrix, FloatMatrix]:
    """The maximum of the likelihood; and from beside it minus the Hessian, and Σ over votes of score scoreᵀ.

    Newton's method, a step halved while it overshoots.
    """
    n, at = len(votes.ballots.models), votes.start()
    here = votes.point(at, with_meat=False)
    for _step in range(MOST_STEPS):
        held = _held(here.information, n)
        if np.linalg.matrix_rank(held, hermitian=True) < len(held):
            raise ArithmeticError("these votes cannot tell models, sides and style apart")
        step = np.linalg.solve(held, here.gradient)
        length = np.abs(step).max()
        if here.meat is not None and length < LAST_STEP:
            return at + step, here.information, here.meat
        # The slack is for rounding.
        while (there := votes.point(at + step, with_meat=length < NEAR)).value < here.value - 1e-12 * abs(here.value):
            step = step / 2
        at, here = at + step, there
    raise ArithmeticError("the votes drive a strength or a coefficient to infinity")


def _held(information: FloatMatrix, models: int) -> FloatMatrix:
    """With weight on the direction that the likelihood does not see: the same added to every strength."""
    held = information.copy()
    held[:models, :models] += np.trace(information[:models, :models]) / models**2
    return held


@dataclass(frozen=True, eq=False)
class _Block:
    """M votes. `pair` is the model on side A times n, plus the model on side B."""

    pair: npt.NDArray[np.intp]
    score: FloatVector
    shared: FloatMatrix  # q × M: ones for the side, then the features
    weight: FloatVector | float
    logits: FloatVector


@dataclass(frozen=True, eq=False)
class _Point:
    """The log-likelihood, its gradient and minus its Hessian; and Σ over votes of score scoreᵀ, where asked for."""

    value: float
    gradient: FloatVector
    information: FloatMatrix
    meat: FloatMatrix | None


@dataclass(frozen=True, eq=False)
class _Votes:
    """The likelihood at (θ_1 … θ_n, β_1 … β_q), β for what all votes share: the side, and features that differ."""

    ballots: Ballots
    features: FloatMatrix  # (q − 1) × N
    names: tuple[str, ...]  # q

    @classmethod
    def of(cls, ballots: Ballots) -> Self:
        given = np.empty((0, len(ballots))) if ballots.features is None else ballots.features.T
        differs = [bool(row.any()) for row in given]
        names = [name for name, kept in zip(ballots.feature_names, differs, strict=True) if kept]
        return cls(ballots, given if all(differs) else given[differs], (SIDE, *names))

    def start(self) -> FloatVector:
        """Without style, under a prior that holds a model without a win."""
        return np.concatenate([fit_root(self.ballots.counts()).strengths, np.zeros(len(self.names))])

    def point(self, at: FloatVector, *, with_meat: bool) -> _Point:
        n, q = len(self.ballots.models), len(self.names)
        value, surplus, common = 0.0, np.zeros(n * n), np.zeros(q)
        information, meat = _Outer.empty(n, q), _Outer.empty(n, q)
        for block in self._blocks(at):
            # 1 / σ(η) is in both, the chance and its logarithm.
            inverse = 1 + np.exp(-block.logits)
            chance = 1 / inverse
            value += float((((block.score - 1) * block.logits - np.log(inverse)) * block.weight).sum())
            residual = (block.score - chance) * block.weight
            surplus += np.bincount(block.pair, residual, n * n)
            common += block.shared @ residual
            information.add(block, chance * (1 - chance) * block.weight)
            if with_meat:
                meat.add(block, residual * residual)
        gradient = np.concatenate([_by_model(surplus[None])[:, 0], common])
        return _Point(value, gradient, information.matrix(), meat.matrix() if with_meat else None)

    def _blocks(self, at: FloatVector) -> Iterator[_Block]:
        votes, n = self.ballots, len(self.ballots.models)
        apart = (at[:n, None] - at[None, :n]).ravel()
        shared = np.ones((len(self.names), BLOCK))
        for start in range(0, len(votes), BLOCK):
            of = slice(start, start + BLOCK)
            outcome = votes.outcome[of]
            pair = votes.a[of].astype(np.intp) * n + votes.b[of]
            its = shared[:, : len(outcome)]
            its[1:] = self.features[:, of]
            yield _Block(pair, SCORES[outcome], its, self._weight(of), apart[pair] + at[n:] @ its)

    def _weight(self, of: slice) -> FloatVector | float:
        """1 where all weigh as much, which saves a multiplication by each."""
        compared = self.ballots.outcome[of] != BOTH_BAD
        if self.ballots.weight is not None:
            return np.asarray(self.ballots.weight[of] * compared, dtype=np.float64)
        return 1.0 if compared.all() else compared.astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Outer:
    """Σ w d dᵀ over votes, d being (e_A − e_B, shared): from sums by pair, without ever writing d down."""

    by_pair: FloatMatrix  # q × n²: Σ w · shared; its first row is Σ w
    common: FloatMatrix  # q × q: Σ w · shared sharedᵀ

    @classmethod
    def empty(cls, n: int, q: int) -> Self:
        return cls(np.zeros((q, n * n)), np.zeros((q, q)))

    def add(self, block: _Block, weight: FloatVector) -> None:
        weighted = block.shared * weight
        for sums, row in zip(self.by_pair, weighted, strict=True):
            sums += np.bincount(block.pair, row, len(sums))
        self.common[:] += weighted @ block.shared.T

    def matrix(self) -> FloatMatrix:
        """(n + q) × (n + q)."""
        cross = _by_model(self.by_pair)
        weights = self.by_pair[0].reshape(len(cross), -1)
        return np.block([[laplacian(weights + weights.T), cross], [cross.T, self.common]])


def _by_model(by_pair: FloatMatrix) -> FloatMatrix:
    """q × n² sums by pair to n × q: those with the model on side A minus those with it on side B."""
    n = int(np.sqrt(by_pair.shape[1]))
    square = by_pair.reshape(-1, n, n)
    return np.asarray((square.sum(axis=2) - square.sum(axis=1)).T, dtype=np.float64)
