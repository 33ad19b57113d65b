"""Slices of a board, such as its languages: what one of them says of how far slices stand off helps the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from arena.ranking.ballots import Ballots
from arena.ranking.board import Board, board_of
from arena.ranking.bradley_terry import CENTRE, POINTS
from arena.ranking.counts import Counts
from arena.ranking.shrinkage import choose_spreads


def boards_of_slices(slices: Mapping[str, Counts | Ballots], *, minimum: int, parent: Board) -> dict[str, Board]:
    """A board for each slice, leaning on `parent` by the spread that suits the slices of its size."""
    strengths = {row.model: (row.rating - CENTRE) / POINTS for row in parent.rows if row.rating is not None}
    counts = [votes if isinstance(votes, Counts) else votes.counts() for votes in slices.values()]
    spreads = choose_spreads([(one, np.array([strengths.get(name, 0.0) for name in one.models])) for one in counts])
    return {
        value: board_of(votes, minimum=minimum, parent=parent, spread=spread)
        for (value, votes), spread in zip(slices.items(), spreads, strict=True)
    }
