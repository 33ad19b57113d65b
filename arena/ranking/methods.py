"""The methods of rating, by name."""

from __future__ import annotations

from typing import Literal, Protocol

from arena.ranking.both_bad import fit_both_bad
from arena.ranking.counts import Counts
from arena.ranking.davidson import fit_davidson
from arena.ranking.newton import Fit, fit_bradley_terry

BRADLEY_TERRY = "bradley-terry"
ELO = "elo"

Intervals = Literal["voter", "iid", "bootstrap"]


class Method(Protocol):
    """Fits strongly connected counts; `squared` are the sums of the squared weights of votes that have weights."""

    def __call__(self, counts: Counts, *, squared: Counts | None = None) -> Fit: ...


# Those with a likelihood; Elo has none.
LIKELIHOODS: dict[str, Method] = {
    BRADLEY_TERRY: fit_bradley_terry,
    "davidson": fit_davidson,
    "both-bad": fit_both_bad,
}
METHODS = (*LIKELIHOODS, ELO)
