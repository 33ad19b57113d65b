"""How much hangs on single voters and votes: what each moves, and how few of them hold up the first place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from arena.ranking.ballots import Ballots
from arena.ranking.bradley_terry import chances
from arena.ranking.counts import Counts, FloatMatrix, FloatVector, IntVector
from arena.ranking.jackknife import leave_out
from arena.ranking.newton import Fit, Prior, fit_bradley_terry
from arena.ranking.sandwich import centred_inverse

# Votes are taken away here until a rating might not exist any more: this keeps it finite and changes no other.
PRECISION = 1e-3
# Challengers of the first place that are tried out in full: those who need the fewest removals by the first guess.
TRIED = 3
ROUNDS = 50


@dataclass(frozen=True, eq=False)
class Influence:
    """By how much each of V voters moves each of n strengths (V × n, log-odds); without them it goes away again.

    A row is NaN where the board falls apart without the voter.
    """

    voters: IntVector
    changes: FloatMatrix


@dataclass(frozen=True)
class Flip:
    """Without so many votes, or without these voters, the model at `challenger` is ahead of the first, at `leader`.

    The smallest set that was found: there may be a smaller one.
    """

    leader: int
    challenger: int
    votes: int
    voters: tuple[int, ...] = ()


def influence_of_voters(ballots: Ballots, fit: Fit) -> Influence:
    """The delete-one-voter jackknife's J_v, one Newton step from `fit`, the Bradley-Terry fit of these ballots."""
    parts = list(leave_out(ballots, fit))
    voters = np.concatenate([part.voters for part in parts])
    changes = np.concatenate([part.changes for part in parts])
    changes[~changes.any(axis=1)] = np.nan
    order = np.argsort(voters)
    return Influence(voters[order], changes[order])


def fewest_votes(counts: Counts) -> Flip | None:
    """The fewest votes whose removal changes the first place; None where none was found.

    Votes are taken away by their influence on the difference of the first two, as many as should suffice, the ratings
    are fitted anew, and so on until the challenger really is ahead: Broderick, Giordano & Meager (2020), An automatic
    finite-sample robustness metric; Huang et al. (2025), Dropping just a handful of preferences can change top large
    language model rankings. `counts` are those of models that are ranked together.
    """
    fit = _fit(counts)
    leader = int(np.argmax(fit.strengths))
    needed = {challenger: _guess(counts, fit, leader, challenger) for challenger in _others(counts, leader)}
    tried = sorted(needed, key=lambda challenger: needed[challenger])[:TRIED]
    flips = [_without_votes(counts, leader, challenger) for challenger in tried]
    return min((flip for flip in flips if flip), key=lambda flip: flip.votes, default=None)


def fewest_voters(ballots: Ballots) -> Flip | None:
    """The same with whole voters: everything that some of them voted is taken away."""
    fit = _fit(ballots.counts())
    leader = int(np.argmax(fit.strengths))
    known = np.nan_to_num(influence_of_voters(ballots, fit).changes)
    needed = {}
    for challenger in _others(ballots.counts(), leader):
        gains = np.sort(known[:, leader] - known[:, challenger])[::-1]
        needed[challenger] = _how_many(gains, _apart(fit, leader, challenger))
    tried = sorted(needed, key=lambda challenger: needed[challenger])[:TRIED]
    flips = [_without_voters(ballots, leader, challenger) for challenger in tried]
    return min((flip for flip in flips if flip), key=lambda flip: len(flip.voters), default=None)


def _without_votes(counts: Counts, leader: int, challenger: int) -> Flip | None:
    left, removed = counts, list[tuple[str, int, int]]()
    for _round in range(ROUNDS):
        fit = _fit(left)
        apart = _apart(fit, leader, challenger)
        if apart < 0:
            return Flip(leader, challenger, _fewest_of(removed, counts, leader, challenger))
        gone = list[tuple[str, int, int]]()
        for table, i, j, gain, votes in _best_first(left, fit, leader, challenger):
            if apart < 0 or gain <= 0:
                break
            number = min(votes, max(1, int(np.ceil(apart / gain))))
            apart -= number * gain
            gone += [(table, i, j)] * number
        if not gone:
            return None
        removed += gone
        left = _less(counts, removed)
    return None


def _fewest_of(removed: Sequence[tuple[str, int, int]], counts: Counts, leader: int, challenger: int) -> int:
    """How many of the removed votes, in their order, are enough: influences do not quite add up."""

    def is_enough(number: int) -> bool:
        return _apart(_fit(_less(counts, removed[:number])), leader, challenger) < 0

    return bisect_left(range(len(removed)), True, key=is_enough)


def _best_first(counts: Counts, fit: Fit, leader: int, challenger: int) -> Iterator[tuple[str, int, int, float, int]]:
    """The cells of the counts by how much each vote in them holds the leader above the challenger."""
    cells = [
        (table, int(i), int(j), float(gain[i, j]), int(getattr(counts, table)[i, j]))
        for table, gain in _gains(fit, leader, challenger).items()
        for i, j in np.argwhere(getattr(counts, table) > 0)
    ]
    yield from sorted(cells, key=lambda cell: -cell[3])


def _gains(fit: Fit, leader: int, challenger: int) -> dict[str, FloatMatrix]:
    """By table of the counts: by how much one vote of the cell moves leader and challenger apart (log-odds)."""
    inverse = centred_inverse(fit.hessian)
    pull = inverse[leader] - inverse[challenger]
    between = pull[:, None] - pull[None, :]
    p = chances(fit.strengths)
    return {"a": (1 - p) * between, "b": -p * between, "tie": (0.5 - p) * between}


def _guess(counts: Counts, fit: Fit, leader: int, challenger: int) -> int:
    """How many votes should suffice, were influences to add up."""
    apart, votes = _apart(fit, leader, challenger), 0
    for _table, _i, _j, gain, number in _best_first(counts, fit, leader, challenger):
        if gain <= 0:
            break
        taken = min(number, int(np.ceil(apart / gain)))
        apart, votes = apart - taken * gain, votes + taken
        if apart < 0:
            return votes
    return int(counts.total()) + 1


def _without_voters(ballots: Ballots, leader: int, challenger: int) -> Flip | None:
    left, removed = ballots, list[int]()
    while len(left):
        fit = _fit(left.counts())
        apart = _apart(fit, leader, challenger)
        if apart < 0:
            return Flip(leader, challenger, len(ballots) - len(left), tuple(removed))
        found = influence_of_voters(left, fit)
        gains = np.nan_to_num(found.changes[:, leader] - found.changes[:, challenger])
        order = np.argsort(-gains)
        number = _how_many(gains[order], apart)
        gone = found.voters[order[: min(number, len(order))]][: int((gains > 0).sum())]
        if not len(gone):
            return None
        removed += gone.tolist()
        left = left.take(~np.isin(np.asarray(left.voter), gone))
    return None


def _how_many(gains: FloatVector, apart: float) -> int:
    """How many of the gains, largest first, make up `apart`; one more than there are where all do not."""
    return int(np.searchsorted(np.cumsum(np.maximum(gains, 0)), apart)) + 1


def _fit(counts: Counts) -> Fit:
    return fit_bradley_terry(counts, prior=Prior(np.zeros(len(counts.models)), PRECISION))


def _apart(fit: Fit, leader: int, challenger: int) -> float:
    return float(fit.strengths[leader] - fit.strengths[challenger])


def _others(counts: Counts, leader: int) -> list[int]:
    return [model for model in range(len(counts.models)) if model != leader]


def _less(counts: Counts, removed: Sequence[tuple[str, int, int]]) -> Counts:
    """The counts without a vote of each of these cells."""
    tables = {name: getattr(counts, name).copy() for name in ("a", "b", "tie", "both_bad")}
    for table, i, j in removed:
        tables[table][i, j] -= 1
    return Counts(counts.models, **tables)
