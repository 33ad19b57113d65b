"""How sure the strengths are when the votes of one person resemble each other: the jackknife by voter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import expit
from scipy.stats import norm, t

from arena.ranking.ballots import OUTCOMES, Ballots, Codes, numbered
from arena.ranking.counts import FloatMatrix, FloatVector, IntVector
from arena.ranking.newton import Fit
from arena.ranking.sandwich import centred_inverse

# Cells of the voters' own Hessians that are solved at once: 32 MB.
CELLS_AT_ONCE = 1 << 22
# Below this determinant of I − (leverage), the board falls apart without the voter.
PIVOTAL = 1e-8


def half_widths(covariance: FloatMatrix, *, level: float = 0.95, degrees: float | None = None) -> FloatVector:
    """Half the width of each strength's interval, in log-odds: Wald's, or Student's with these degrees of freedom."""
    quantile = norm.ppf((1 + level) / 2) if degrees is None else t.ppf((1 + level) / 2, degrees)
    return np.asarray(quantile * np.sqrt(np.diag(covariance)), dtype=np.float64)


def voter_covariance(ballots: Ballots, fit: Fit, ranked: Sequence[int]) -> tuple[FloatMatrix, float]:
    """Delete-one-voter jackknife of Bradley-Terry: the covariance of the centred strengths, and effective voters.

    `fit` holds the strengths of the models at the places `ranked`. Each voter is left out by one Newton step with the
    Hessian of the others, J_v = (H − H_v)⁻¹ s_v, and V = (m − 1) / m Σ J_v J_vᵀ: the estimator CR3 of Bell &
    McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples. Effective
    voters are (Σ w_v)² / Σ w_v² for the comparing votes w_v of each; their number less one are the degrees of freedom
    of a t quantile.

    A voter without whom the board falls apart cannot be left out: the variance that the model itself gives to his
    votes stands for him, H⁻¹ H_v H⁻¹. Raises ValueError where the ballots do not name their voters.
    """
    compared = ballots.take(ballots.outcome != OUTCOMES.index("both_bad")).among(ranked)
    voter = numbered(compared.voter)
    inverse = centred_inverse(fit.hessian)
    votes = np.ones(len(compared)) if compared.weight is None else compared.weight
    of_voter = np.bincount(voter, weights=votes)
    meat = np.zeros_like(inverse)
    for chosen in _batches(compared, voter):
        meat += _meat(compared.take(chosen), voter[chosen], votes[chosen], fit.strengths, inverse)
    number = len(of_voter)
    covariance = (number - 1) / number * (inverse @ meat @ inverse)
    return np.asarray((covariance + covariance.T) / 2), float(of_voter.sum() ** 2 / (of_voter**2).sum())


def _batches(ballots: Ballots, voter: IntVector) -> Iterator[Codes]:
    """Places of the votes of a batch of voters; voters who met about as many models are together."""
    n = len(ballots.models)
    met = np.unique(np.concatenate([voter * n + ballots.a, voter * n + ballots.b])) // n
    models = np.bincount(met)
    order = np.argsort(models[voter], kind="stable")
    order = order[np.lexsort((voter[order], models[voter[order]]))]
    start_of_voter = np.flatnonzero(np.diff(voter[order], prepend=-1))
    sizes = models[voter[order[start_of_voter]]]
    first = 0
    while first < len(sizes):
        last = first + max(1, int(np.searchsorted(np.cumsum(sizes[first:].astype(np.int64) ** 2), CELLS_AT_ONCE)))
        end = start_of_voter[last] if last < len(sizes) else len(order)
        yield order[start_of_voter[first] : end]
        first = last


def _meat(
    ballots: Ballots, voter: IntVector, votes: FloatVector, strengths: FloatVector, inverse: FloatMatrix
) -> FloatMatrix:
    """Σ u_v u_vᵀ (n × n) with J_v = H⁻¹ u_v: by Woodbury's identity only the k models that a voter met are solved for.

    u_v = (I − H_v H⁻¹)⁻¹ s_v, where H_v and H⁻¹ are cut to those k models.
    """
    voter, n = numbered(voter), len(inverse)
    people = int(voter.max()) + 1
    on_a, on_b = voter * n + ballots.a, voter * n + ballots.b
    expected = expit(strengths[ballots.a] - strengths[ballots.b])
    surplus = votes * (np.array([1.0, 0.0, 0.5])[ballots.outcome] - expected)
    weight = votes * expected * (1 - expected)
    size = people * n
    met = np.bincount(np.concatenate([on_a, on_b]), minlength=size).reshape(people, n) > 0
    place = np.cumsum(met, axis=1) - 1
    k = int(place[:, -1].max(initial=-1)) + 1
    # Rows of voters who met fewer than k are filled up with the first model, to which nothing is added.
    models = np.zeros((people, k), dtype=np.intp)
    rows, columns = np.nonzero(met)
    models[rows, place[rows, columns]] = columns
    scores = np.zeros((people, k))
    total = np.bincount(on_a, surplus, size) - np.bincount(on_b, surplus, size)
    scores[rows, place[rows, columns]] = total.reshape(people, n)[rows, columns]
    at_a, at_b = place[voter, ballots.a], place[voter, ballots.b]
    cells = [(at_a, at_a, weight), (at_b, at_b, weight), (at_a, at_b, -weight), (at_b, at_a, -weight)]
    summed = sum(np.bincount((voter * k + row) * k + column, value, people * k * k) for row, column, value in cells)
    hessians = np.reshape(summed, (people, k, k))
    rest = np.eye(k) - hessians @ inverse[models[:, :, None], models[:, None, :]]
    free = np.linalg.det(rest) > PIVOTAL
    solved = np.linalg.solve(rest[free], scores[free][:, :, None])[:, :, 0]
    where = (np.arange(len(solved))[:, None] * n + models[free]).ravel()
    changes = np.bincount(where, solved.ravel(), len(solved) * n).reshape(-1, n)
    meat = changes.T @ changes
    for held, at in zip(hessians[~free], models[~free], strict=True):
        np.add.at(meat, (at[:, None], at[None, :]), held)
    return np.asarray(meat)
