"""Which models can be compared at all. A rating outside that set would be a guess with decimals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from arena.ranking.counts import Counts, FloatMatrix

FEW_VOTES = "few_votes"
NO_WIN = "no_win"
NO_LOSS = "no_loss"
NOT_CONNECTED = "not_connected"


@dataclass(frozen=True)
class Comparable:
    """Indices of the models that are ranked together, and why each of the others is not."""

    ranked: tuple[int, ...]
    reasons: dict[int, str]


def comparable_models(counts: Counts, *, minimum: int) -> Comparable:
    """The models whose Bradley-Terry ratings exist and rest on at least `minimum` comparing votes each.

    Models with fewer are set aside together with their votes. Among the others the maximum-likelihood estimate
    exists exactly where the directed graph of wins, ties going both ways, is strongly connected (Ford 1957, Solution
    of a ranking problem from binary comparisons): the largest strong component is ranked. Where two are equally
    large, neither is the board, and nobody is ranked.
    """
    votes = counts.compared.sum(axis=1)
    enough = np.flatnonzero(votes >= minimum)
    reasons = {int(i): FEW_VOTES for i in np.flatnonzero(votes < minimum)}
    wins = counts.wins[np.ix_(enough, enough)]
    chosen = largest_component(wins)
    for place in np.flatnonzero(~chosen):
        reasons[int(enough[place])] = _reason(wins, int(place))
    return Comparable(tuple(int(i) for i in enough[chosen]), reasons)


def models_with_enough(counts: Counts, minimum: int) -> Comparable:
    """The models with at least `minimum` comparing votes each, connected or not, where there are two of them."""
    votes = counts.compared.sum(axis=1)
    enough = np.flatnonzero(votes >= minimum)
    ranked = tuple(enough.tolist()) if len(enough) > 1 else ()
    lonely = dict.fromkeys(enough.tolist(), NOT_CONNECTED) if not ranked else {}
    return Comparable(ranked, lonely | dict.fromkeys(np.flatnonzero(votes < minimum).tolist(), FEW_VOTES))


def largest_component(wins: FloatMatrix) -> npt.NDArray[np.bool_]:
    """Mask of the largest strong component, by models and then by votes; empty where it is one model or not unique."""
    nobody = np.zeros(len(wins), dtype=bool)
    if len(wins) < 2:
        return nobody
    if _reaches_all(wins > 0) and _reaches_all(wins.T > 0):
        return ~nobody
    _number, labels = connected_components(csr_array(wins > 0), connection="strong")
    masks = [labels == label for label in np.unique(labels)]
    sizes = sorted(((int(mask.sum()), float(wins[np.ix_(mask, mask)].sum())) for mask in masks), reverse=True)
    if sizes[0][0] < 2 or sizes[:1] == sizes[1:2]:
        return nobody
    return next(mask for mask in masks if (int(mask.sum()), float(wins[np.ix_(mask, mask)].sum())) == sizes[0])


def _reaches_all(beats: npt.NDArray[np.bool_]) -> bool:
    """Whether a way along the edges leads from the first model to every other: on most boards in two steps."""
    reached = beats[0]
    while not reached.all():
        further = reached | beats[reached].any(axis=0)
        if (further == reached).all():
            return False
        reached = further
    return True


def _reason(wins: FloatMatrix, model: int) -> str:
    won, lost = wins[model].sum(), wins[:, model].sum()
    if won == lost == 0:
        return NOT_CONNECTED
    if won == 0:
        return NO_WIN
    return NO_LOSS if lost == 0 else NOT_CONNECTED
