"""A vote as a choice among the outcomes of its pair: the likelihood that Davidson and both-bad share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from arena.ranking.counts import FloatMatrix, FloatVector, IntMatrix
from arena.ranking.newton import Fit, maximise

# Of the outcomes of a design: i is better, j is better, tie, and any others.
TIE = 2


@dataclass(frozen=True, eq=False)
class Choices:
    """What was chosen in the P pairs of n models that met.

    Outcome k of the pair (i, j) has the utility `design[k] @ (θ_i, θ_j, δ)` and is chosen with a probability
    proportional to its exponential: the conditional logit of McFadden (1974), Conditional logit analysis of
    qualitative choice behavior. A design (K × 2 or K × 3) of two columns has no δ. Where its first two columns add
    up to the same in every row, the likelihood knows the strengths but for a constant; they are centred then.
    """

    models: int
    design: FloatMatrix
    places: IntMatrix  # 2 or 3 × P: where θ_i, θ_j, δ stand among the parameters (θ_1 … θ_n, δ)
    chosen: FloatMatrix  # K × P: how often each outcome was

    @classmethod
    def of(cls, design: FloatMatrix, outcomes: FloatMatrix) -> Self:
        """`outcomes[k, i, j]`, read where i < j: votes for outcome k of the pair."""
        n = outcomes.shape[1]
        first, second = np.nonzero(np.triu(outcomes.sum(axis=0), 1))
        common = np.full((design.shape[1] - 2, len(first)), n)
        return cls(n, design, np.concatenate([[first, second], common]), outcomes[:, first, second])

    @property
    def size(self) -> int:
        """Number of parameters."""
        return int(self.models + self.design.shape[1] - 2)

    @property
    def is_relative(self) -> bool:
        return len(set(self.design[:, :2].sum(axis=1))) == 1

    def maximum(self) -> FloatVector:
        """The parameters at which the likelihood is greatest. Raises ArithmeticError where it grows for ever."""
        try:
            return maximise(self._derivatives, np.zeros(self.size))
        except np.linalg.LinAlgError as error:
            raise ArithmeticError("the likelihood of these votes has no single maximum") from error

    def covariance(self, parameters: FloatVector, squared: FloatMatrix) -> FloatMatrix:
        """Sandwich covariance of all parameters, every vote independent of the others.

        `squared` (K × n × n, as `of` takes it) are the sums of the squared weights of the votes: without weights the
        votes themselves.
        """
        bread = np.linalg.inv(self._held(self.information(parameters)))
        surprise = self.design[:, :, None] - (self.design.T @ self._chances(parameters))[None]
        meat = self._scattered(np.einsum("kap,kbp,kp->abp", surprise, surprise, squared[:, *self.places[:2]]))
        return np.asarray(bread @ meat @ bread, dtype=np.float64)

    def information(self, parameters: FloatVector) -> FloatMatrix:
        """Minus the Hessian of the log-likelihood."""
        chances = self._chances(parameters)
        mean = self.design.T @ chances
        square = np.einsum("ka,kb,kp->abp", self.design, self.design, chances)
        return self._scattered(self.chosen.sum(axis=0) * (square - mean[:, None] * mean[None, :]))

    def gradient(self, parameters: FloatVector) -> FloatVector:
        expected = self.chosen.sum(axis=0) * self._chances(parameters)
        surplus = self.design.T @ (self.chosen - expected)
        return _added(self.places, surplus, self.size)

    def log_likelihood(self, parameters: FloatVector) -> float:
        utilities = self.design @ parameters[self.places]
        normaliser = np.logaddexp.reduce(utilities, axis=0)
        return float((self.chosen * (utilities - normaliser)).sum())

    def _derivatives(self, parameters: FloatVector) -> tuple[float, FloatVector, FloatMatrix]:
        information = self._held(self.information(parameters))
        return self.log_likelihood(parameters), self.gradient(parameters), information

    def _chances(self, parameters: FloatVector) -> FloatMatrix:
        utilities = self.design @ parameters[self.places]
        odds = np.exp(utilities - utilities.max(axis=0))
        return np.asarray(odds / odds.sum(axis=0), dtype=np.float64)

    def _scattered(self, blocks: FloatMatrix) -> FloatMatrix:
        """Each pair's small matrix (2 × 2 or 3 × 3, × P) added to the rows and columns of its parameters."""
        cells = self.places[:, None] * self.size + self.places[None, :]
        return _added(cells, blocks, self.size**2).reshape(self.size, self.size)

    def _held(self, information: FloatMatrix) -> FloatMatrix:
        """With weight on the direction that a relative likelihood does not see: the same added to every strength."""
        if not self.is_relative:
            return information
        held = information.copy()
        held[: self.models, : self.models] += np.trace(information) / self.models**2
        return held


def fit_choices(design: FloatMatrix, outcomes: FloatMatrix, squared: FloatMatrix) -> Fit:
    """The maximum of the likelihood; δ, the logarithm of the tie parameter, is given as `parameters["tie"]` = exp(δ).

    Without any tie that parameter is 0, on the border of what it can be, and has no error. Raises ArithmeticError.
    """
    n = outcomes.shape[1]
    tied = bool(outcomes[TIE].any())
    if not tied:
        design, outcomes = np.delete(design, TIE, axis=0)[:, :2], np.delete(outcomes, TIE, axis=0)
        squared = np.delete(squared, TIE, axis=0)
    choices = Choices.of(design, outcomes)
    parameters = choices.maximum()
    covariance = choices.covariance(parameters, squared)
    hessian = profile(choices.information(parameters), n)
    if not tied:
        return Fit(parameters, covariance, hessian, {"tie": 0.0})
    tie = float(np.exp(parameters[n]))
    error = tie * float(np.sqrt(covariance[n, n]))
    return Fit(parameters[:n], covariance[:n, :n], hessian, {"tie": tie}, {"tie": error})


def _added(places: IntMatrix, values: FloatMatrix, size: int) -> FloatVector:
    """`values` summed by their place, of `size` places."""
    return np.asarray(np.bincount(places.ravel(), weights=values.ravel(), minlength=size), dtype=np.float64)


def profile(information: FloatMatrix, models: int) -> FloatMatrix:
    """Information about the strengths with every other parameter chosen anew for each: the Schur complement."""
    cross, other = information[:models, models:], information[models:, models:]
    return np.asarray(information[:models, :models] - cross @ np.linalg.solve(other, cross.T), dtype=np.float64)
