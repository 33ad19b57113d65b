"""The Bayesian bootstrap of Bradley-Terry: every vote, or every voter, gets a random weight, and all is fitted anew.

Rubin (1981), The Bayesian bootstrap; with weights of its own in every cell a board that is connected stays connected,
where drawing votes with replacement loses a model's only win in every few rounds. All rounds are solved together, in
single precision, by steps with one shared Hessian.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.special import ndtri

from arena.ranking.ballots import OUTCOMES, Ballots, numbered
from arena.ranking.bradley_terry import chances, fit_strengths
from arena.ranking.counts import Counts, FloatMatrix, FloatVector
from arena.ranking.newton import maximise
from arena.ranking.sandwich import centred_inverse, information, laplacian

Single = npt.NDArray[np.float32]

# The weights that are worked on at once, 20 MB: fewer make numpy's calls outweigh what they compute.
WEIGHTS_AT_ONCE = 5_000_000
# From this many votes on, a sum of exponential weights is drawn by Wilson & Hilferty (1931), The distribution of
# chi-square, from a normal variable out of 65,536 equally likely ones: a sixth of the time of an exact gamma, with a
# mean and a variance right to 1 in 2,000 and a skewness right to 1 in 100.
MANY = 5
NORMAL = ndtri((np.arange(1 << 16) + 0.5) / (1 << 16)).astype(np.float32)
# 0.002 points; single precision reaches 1e-6.
TOLERANCE = 1e-5
MOST_STEPS = 60


def bootstrap(
    votes: Ballots | Counts, rounds: int, seed: int = 0, unit: Literal["vote", "voter"] = "vote"
) -> FloatMatrix:
    """Centred strengths of all models, rounds × n. `votes` must be strongly connected, as for `fit_bradley_terry`.

    Weights are independent and exponential, of mean 1: one a vote, or one a voter. Counts do not know their voters.
    Raises ValueError where voters are asked for and not named.
    """
    counts = votes if isinstance(votes, Counts) else votes.counts()
    start = fit_strengths(counts.wins)
    inverse = centred_inverse(information(counts, start)).astype(np.float32)
    weighted: _Cells | _Units
    if isinstance(votes, Ballots) and (unit == "voter" or votes.weight is not None):
        weighted = _Units(votes, unit)
    elif unit == "voter":
        raise ValueError("counts do not know their voters")
    else:
        weighted = _Cells(counts)

    source = np.random.default_rng(seed)
    at_once = max(1, WEIGHTS_AT_ONCE // max(1, weighted.weights))
    sizes = [min(at_once, rounds - first) for first in range(0, rounds, at_once)]
    blocks = [_solved(*weighted.draw(source, size), start, inverse) for size in sizes]
    strengths = np.concatenate([np.empty((len(start), 0)), *blocks], axis=1).T
    return np.asarray(strengths - strengths.mean(axis=1, keepdims=True))


class _Cells:
    """A weight for every vote of a table: the sum over a cell of k votes is a gamma variable of shape k."""

    def __init__(self, counts: Counts) -> None:
        upper = np.triu_indices(len(counts.models), 1)
        decided, ties = counts.decided, counts.ties
        self.models = len(counts.models)
        self.weights = len(upper[0])
        self.shapes = [cell[upper].astype(np.float64) for cell in (decided, decided.T, ties)]

    def draw(self, source: np.random.Generator, rounds: int) -> tuple[Single, Single]:
        """Wins of every model (n × rounds), ties half, and votes that compared every pair (pairs × rounds)."""
        n = self.models
        wins, met = np.zeros((n, rounds), dtype=np.float32), np.empty((n * (n - 1) // 2, rounds), dtype=np.float32)
        for i, row in enumerate(_rows(n)):
            first, second, tied = (_gamma(source, shape[row], rounds) for shape in self.shapes)
            met[row] = first + second + tied
            tied /= 2
            wins[i] += (first + tied).sum(axis=0)
            wins[i + 1 :] += second + tied
        return wins, met


class _Units:
    """A weight for every voter, or for every vote that has a weight already."""

    def __init__(self, ballots: Ballots, unit: Literal["vote", "voter"]) -> None:
        n = len(ballots.models)
        compared = ballots.take(ballots.outcome != OUTCOMES.index("both_bad"))
        units = np.arange(len(compared)) if unit == "vote" else numbered(compared.voter)
        weight = np.ones(len(compared)) if compared.weight is None else compared.weight
        won = weight * np.array([1.0, 0.0, 0.5])[compared.outcome]
        low, high = np.minimum(compared.a, compared.b).astype(np.intp), np.maximum(compared.a, compared.b)
        pair = low * (2 * n - low - 1) // 2 + high - low - 1
        self.units = int(units.max()) + 1
        self.weights = max(self.units, n * (n - 1) // 2)
        models, twice = np.concatenate([compared.a, compared.b]), np.concatenate([units, units])
        shares = np.concatenate([won, weight - won]).astype(np.float32)
        self.wins = csr_array((shares, (models, twice)), shape=(n, self.units))
        self.met = csr_array((weight.astype(np.float32), (pair, units)), shape=(n * (n - 1) // 2, self.units))

    def draw(self, source: np.random.Generator, rounds: int) -> tuple[Single, Single]:
        """As `_Cells.draw`."""
        weights = source.standard_exponential((self.units, rounds), dtype=np.float32)
        return self.wins @ weights, self.met @ weights


def _rows(n: int) -> list[slice]:
    """Where the pairs (i, i + 1) … (i, n − 1) of each i stand among all pairs."""
    ends = np.cumsum(np.arange(n - 1, 0, -1)).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def _gamma(source: np.random.Generator, shape: FloatVector, rounds: int) -> Single:
    """Gamma variables of these shapes and scale 1, shapes × rounds."""
    large = np.maximum(shape, MANY)[:, None]
    cube_root = _normal(source, (len(shape), rounds))
    cube_root *= np.asarray(large ** (1 / 3) / (3 * np.sqrt(large)), dtype=np.float32)
    cube_root += np.asarray(large ** (1 / 3) * (1 - 1 / (9 * large)), dtype=np.float32)
    drawn = cube_root * cube_root
    drawn *= cube_root
    few = np.flatnonzero(shape < MANY)
    exact = np.broadcast_to(shape[few, None].astype(np.float32), (len(few), rounds))
    drawn[few] = source.standard_gamma(exact, dtype=np.float32)
    return drawn


def _normal(source: np.random.Generator, shape: tuple[int, int]) -> Single:
    number = np.frombuffer(source.bytes(2 * shape[0] * shape[1]), dtype=np.uint16)
    return np.asarray(NORMAL[number].reshape(shape))


def _solved(wins: Single, met: Single, start: FloatVector, inverse: Single) -> Single:
    """Strengths (n × rounds) at which every model's expected wins are its wins.

    Chord iteration: Newton's with one Hessian for all rounds, that of the votes themselves; the secant through the
    last two steps of a round (Anderson 1965, Iterative procedures for nonlinear integral equations) makes up for what
    that Hessian is wrong by. Rounds that have not settled, which happens on sparse boards, are solved one by one.
    """
    strengths = np.repeat(start[:, None].astype(np.float32), wins.shape[1], axis=1)
    last = last_step = np.zeros_like(strengths)
    for number in range(MOST_STEPS):
        step = inverse @ (wins - _expected(np.exp(strengths), met))
        if np.abs(step).max() < TOLERANCE:
            return np.asarray(strengths + step)
        change = step - last_step
        along = (step * change).sum(axis=0) / np.maximum((change * change).sum(axis=0), np.float32(1e-20))
        mixed = along * (strengths - last + change) if number else np.float32(0)
        last, last_step, strengths = strengths, step, strengths + step - mixed
    for unsettled in np.flatnonzero(~(np.abs(step).max(axis=0) < TOLERANCE)):
        strengths[:, unsettled] = _alone(wins[:, unsettled], met[:, unsettled], start)
    return strengths


def _expected(odds: Single, met: Single) -> Single:
    """Wins of every model that the strengths let expect: π_i Σ_j N_ij / (π_i + π_j)."""
    shares = np.zeros_like(odds)
    for i, row in enumerate(_rows(len(odds))):
        share = odds[i + 1 :] + odds[i]
        np.divide(met[row], share, out=share)
        shares[i] += share.sum(axis=0)
        shares[i + 1 :] += share
    return np.asarray(odds * shares)


def _alone(wins: Single, met: Single, start: FloatVector) -> FloatVector:
    n = len(start)
    compared = np.zeros((n, n))
    compared[np.triu_indices(n, 1)] = met
    compared += compared.T

    def derivatives(strengths: FloatVector) -> tuple[float, FloatVector, FloatMatrix]:
        both = np.logaddexp(strengths[:, None], strengths[None, :])
        p = chances(strengths)
        hessian = laplacian(compared * p * (1 - p))
        slope = wins - (compared * p).sum(axis=1)
        value = float(wins @ strengths) - float((compared * both).sum()) / 2
        return value, slope - slope.mean(), hessian + np.trace(hessian) / n**2

    return maximise(derivatives, start)
