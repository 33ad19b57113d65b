"""Ratings with style held still: what would the votes say of answers that look alike?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from arena.ranking.ballots import OUTCOMES, Ballots
from arena.ranking.choices import profile
from arena.ranking.counts import FloatMatrix, FloatVector
from arena.ranking.newton import Fit, maximise
from arena.ranking.sandwich import laplacian

# The advantage of standing on side A, in log-odds, beside the coefficients of the features.
SIDE = "side"
# Votes that are worked on at once: what is computed from them stays in the processor's cache.
BLOCK = 1 << 15
# So many votes a model are enough for a start from which Newton's method cannot miss.
START_VOTES = 200
# Holds the start where so few votes leave a model without a win; the ratings themselves know no prior.
START_PRECISION = 1e-3
# After it the error is less than its square, and one step more, which costs nothing, leaves rounding alone.
LAST_STEP = 1e-4
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
    at, information = _maximum(votes)
    bread = np.linalg.inv(_held(information, n))
    gradient, meat = votes.spread(at)
    at, covariance = at + bread @ gradient, bread @ meat @ bread
    return Fit(
        strengths=at[:n] - at[:n].mean(),
        covariance=(covariance + covariance.T)[:n, :n] / 2,
        hessian=profile(information, n),
        parameters=dict(zip(votes.names, at[n:].tolist(), strict=True)),
        parameter_errors=dict(zip(votes.names, np.sqrt(np.diag(covariance)[n:]).tolist(), strict=True)),
    )


def _maximum(votes: _Votes) -> tuple[FloatVector, FloatMatrix]:
    """The maximum of the likelihood to within the square of `LAST_STEP`, and minus the Hessian beside it."""
    n = len(votes.ballots.models)
    at = votes.thinned(START_VOTES * n).start()
    for _step in range(MOST_STEPS):
        gradient, information = votes.derivatives(at)
        held = _held(information, n)
        if np.linalg.matrix_rank(held, hermitian=True) < len(held):
            raise ArithmeticError("these votes cannot tell models, sides and style apart")
        step = np.linalg.solve(held, gradient)
        at = at + step
        if np.abs(step).max() < LAST_STEP:
            return at, information
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

    def thinned(self, number: int) -> Self:
        """About `number` of the votes, evenly spaced."""
        chosen = np.arange(0, len(self.ballots), max(1, len(self.ballots) // number))
        return replace(self, ballots=self.ballots.take(chosen), features=self.features[:, chosen])

    def start(self) -> FloatVector:
        """The maximum under a slight pull of every parameter towards 0."""
        pull = START_PRECISION * np.eye(len(self.ballots.models) + len(self.names))

        def derivatives(at: FloatVector) -> tuple[float, FloatVector, FloatMatrix]:
            gradient, information = self.derivatives(at)
            value = self._log_likelihood(at) - float(at @ pull @ at) / 2
            return value, gradient - pull @ at, information + pull

        return maximise(derivatives, np.zeros(len(pull)))

    def derivatives(self, at: FloatVector) -> tuple[FloatVector, FloatMatrix]:
        """Gradient and minus the Hessian of the log-likelihood."""
        return self._sums(at, lambda chance, _residual, weight: chance * (1 - chance) * weight)

    def spread(self, at: FloatVector) -> tuple[FloatVector, FloatMatrix]:
        """Gradient of the log-likelihood, and Σ over votes of score scoreᵀ."""
        return self._sums(at, lambda _chance, residual, _weight: residual * residual)

    def _sums(
        self, at: FloatVector, outer_weight: Callable[[FloatVector, FloatVector, FloatVector | float], FloatVector]
    ) -> tuple[FloatVector, FloatMatrix]:
        n, q = len(self.ballots.models), len(self.names)
        outer, surplus, common = _Outer.empty(n, q), np.zeros(n * n), np.zeros(q)
        for block in self._blocks(at):
            chance = 1 / (1 + np.exp(-block.logits))
            residual = (block.score - chance) * block.weight
            surplus += np.bincount(block.pair, residual, n * n)
            common += block.shared @ residual
            outer.add(block, outer_weight(chance, residual, block.weight))
        return np.concatenate([_by_model(surplus.reshape(1, n, n))[:, 0], common]), outer.matrix()

    def _log_likelihood(self, at: FloatVector) -> float:
        return sum(
            float(((block.score * block.logits - np.logaddexp(0, block.logits)) * block.weight).sum())
            for block in self._blocks(at)
        )

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
    """Σ w d dᵀ over votes, where d is (e_A − e_B, shared): from sums by pair, without ever writing d down."""

    by_pair: FloatMatrix  # q × n²: Σ w · shared; its first row is Σ w
    common: FloatMatrix  # q × q: Σ w · shared sharedᵀ

    @classmethod
    def empty(cls, models: int, shared: int) -> Self:
        return cls(np.zeros((shared, models * models)), np.zeros((shared, shared)))

    def add(self, block: _Block, weight: FloatVector) -> None:
        weighted = block.shared * weight
        for sums, row in zip(self.by_pair, weighted, strict=True):
            sums += np.bincount(block.pair, row, len(sums))
        self.common[:] += weighted @ block.shared.T

    def matrix(self) -> FloatMatrix:
        """(n + q) × (n + q)."""
        n = int(np.sqrt(self.by_pair.shape[1]))
        by_pair = self.by_pair.reshape(-1, n, n)
        cross = _by_model(by_pair)
        return np.block([[laplacian(by_pair[0] + by_pair[0].T), cross], [cross.T, self.common]])


def _by_model(by_pair: FloatMatrix) -> FloatMatrix:
    """q × n × n sums by model on side A and on side B to n × q: those on A minus those on B."""
    return np.asarray((by_pair.sum(axis=2) - by_pair.sum(axis=1)).T, dtype=np.float64)
