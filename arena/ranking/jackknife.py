"""What the strengths would be without each voter, by one Newton step each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from arena.ranking.ballots import OUTCOMES, Ballots, numbered
from arena.ranking.counts import FloatMatrix, FloatVector, IntVector
from arena.ranking.newton import Fit
from arena.ranking.sandwich import centred_inverse

# Numbers in the voters' own Hessians that are solved at once: 32 MB.
CELLS_AT_ONCE = 1 << 22
# Below this determinant of I − H_v H⁻¹, the board falls apart without the voter.
PIVOTAL = 1e-8
# By code of `OUTCOMES`: a, b, tie.
SCORES = np.array([1.0, 0.0, 0.5])


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Some voters, as numbered in the ballots, and by how much each moves every strength (voters × n, log-odds).

    Leaving the voter out takes that away again. `held` (n × n) is the sum of H_v over those of them without whom the
    board falls apart: they cannot be left out, and their rows are 0.
    """

    voters: IntVector
    changes: FloatMatrix
    held: FloatMatrix


def leave_out(ballots: Ballots, fit: Fit) -> Iterator[LeftOut]:
    """J_v = (H − H_v)⁻¹ s_v for every voter with a comparing vote, some voters at a time.

    `fit` is the Bradley-Terry fit of these ballots. s_v and H_v are the voter's part of score and Hessian. By
    Woodbury's identity only the k models that a voter met need solving for: J_v = H⁻¹ (I − H_v H⁻¹)⁻¹ s_v, with H_v
    and the inner H⁻¹ cut to those. Raises ValueError where the ballots do not name their voters.
    """
    comparing = ballots.take(ballots.outcome != OUTCOMES.index("both_bad"))
    voter, names = numbered(comparing.voter), np.unique(np.asarray(comparing.voter))
    inverse = centred_inverse(fit.hessian)
    for chosen in _batches(comparing, voter):
        own = voter[chosen]
        among = np.unique(own)
        own = np.searchsorted(among, own)
        solved, held = _solved(replace(comparing.take(chosen), voter=own), fit.strengths, inverse)
        yield LeftOut(names[among], solved @ inverse, held)


def _batches(ballots: Ballots, voter: IntVector) -> Iterator[IntVector]:
    """Places of the votes of voters who met the same number of models."""
    n = len(ballots.models)
    met = np.unique(np.concatenate([voter * n + ballots.a, voter * n + ballots.b])) // n
    models = np.bincount(met)
    order = np.lexsort((voter, models[voter]))
    first_votes = np.flatnonzero(np.diff(voter[order], prepend=-1))
    sizes = models[voter[order[first_votes]]]
    ends = np.append(first_votes, len(order))
    for k in np.unique(sizes):
        alike = np.flatnonzero(sizes == k)
        for some in np.array_split(alike, len(alike) * max(int(k) ** 2, n) // CELLS_AT_ONCE + 1):
            yield order[ends[some[0]] : ends[some[-1] + 1]]


def _solved(ballots: Ballots, strengths: FloatVector, inverse: FloatMatrix) -> tuple[FloatMatrix, FloatMatrix]:
    """(I − H_v H⁻¹)⁻¹ s_v (voters × n) of voters who met k models each, and Σ H_v of those who cannot be left out."""
    voter, a, b, n = numbered(ballots.voter), ballots.a, ballots.b, len(inverse)
    people = int(voter.max()) + 1
    expected = expit(strengths[a] - strengths[b])
    votes = np.ones(len(voter)) if ballots.weight is None else ballots.weight
    surplus, weight = votes * (SCORES[ballots.outcome] - expected), votes * expected * (1 - expected)

    met = np.zeros((people, n), dtype=bool)
    met[voter, a] = met[voter, b] = True
    models = np.nonzero(met)[1].reshape(people, -1)
    k = models.shape[1]
    scores = np.bincount(voter * n + a, surplus, met.size) - np.bincount(voter * n + b, surplus, met.size)

    place = np.cumsum(met, axis=1) - 1
    corners = [(a, a, weight), (b, b, weight), (a, b, -weight), (b, a, -weight)]
    cells = [(voter * k + place[voter, row]) * k + place[voter, column] for row, column, _value in corners]
    values = [value for _row, _column, value in corners]
    size = people * k * k
    hessians = np.bincount(np.concatenate(cells), np.concatenate(values), size).reshape(people, k, k)

    rest = np.eye(k) - hessians @ inverse[models[:, :, None], models[:, None, :]]
    free = np.linalg.det(rest) > PIVOTAL
    solved, held = np.zeros((people, n)), np.zeros((n, n))
    own_scores = scores.reshape(people, n)[met].reshape(people, k, 1)
    solved[np.flatnonzero(free)[:, None], models[free]] = np.linalg.solve(rest[free], own_scores[free])[:, :, 0]
    for hessian, at in zip(hessians[~free], models[~free], strict=True):
        held[np.ix_(at, at)] += hessian
    return solved, held
