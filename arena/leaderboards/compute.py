"""The board as it stands: exact in the moment of the vote."""

from __future__ import annotations

import numpy as np
from django.conf import settings

from arena.leaderboards.boards import OVERALL, known_boards, parent_of
from arena.leaderboards.columns import Votes, votes_now
from arena.leaderboards.counts import counts_now, models_now, on_board
from arena.models.battles import Axis
from arena.ranking.ballots import Ballots
from arena.ranking.board import Board, board_of
from arena.ranking.slices import boards_of_slices

# Those of the last moment that this process has seen: until a vote comes or goes.
_boards: dict[tuple[object, ...], Board] = {}


def board(name: str = OVERALL, *, simulated: bool = False, excluded: bool = False) -> Board:
    """The board of this moment: a function of its votes and of nothing else. Raises KeyError for an unknown slice.

    `simulated` and `excluded` add those voters' votes to the people's. A slice is shrunk towards the overall board, as
    far as all slices of its kind tell.
    """
    votes = votes_now()
    moment = (votes.version, tuple(models_now()), settings.MINIMUM_VOTES, simulated, excluded)
    found = _boards.get((*moment, name))
    if found is None:
        if parent_of(name) is None:
            ballots = ballots_of(votes, name, simulated=simulated, excluded=excluded)
            boards = {name: board_of(ballots, minimum=settings.MINIMUM_VOTES)}
        else:
            boards = _slices(name.partition(":")[0], simulated=simulated, excluded=excluded)
        if any(key[0] != votes.version for key in list(_boards)):
            _boards.clear()
        _boards.update({(*moment, one): computed for one, computed in boards.items()})
        found = boards[name]
    return found


def _slices(kind: str, *, simulated: bool, excluded: bool) -> dict[str, Board]:
    """Every slice of a kind. Their intervals are those of a posterior, which knows no voters: counts are enough."""
    names = [name for name in known_boards() if name.startswith(f"{kind}:")]
    return boards_of_slices(
        {name: counts_now(name, simulated=simulated, excluded=excluded) for name in names},
        minimum=settings.MINIMUM_VOTES,
        parent=board(OVERALL, simulated=simulated, excluded=excluded),
    )


def forget() -> None:
    """Throw away what this process knows, where the database has become another one."""
    _boards.clear()


def ballots_of(votes: Votes, name: str, *, simulated: bool, excluded: bool) -> Ballots:
    """The votes of a board with their voters. Retired models keep theirs; a contestant without any is there too."""
    rows = votes.rows[votes.on(name, simulated=simulated, excluded=excluded)]
    models = on_board({*np.flatnonzero(np.bincount(rows["a"])), *np.flatnonzero(np.bincount(rows["b"]))})
    place = np.zeros(max([pk for pk, _name in models], default=0) + 1, dtype=np.int32)
    place[[pk for pk, _name in models]] = range(len(models))
    # From 0 without a gap: voters of other boards have numbers too.
    voter = (np.cumsum(np.bincount(rows["voter"]) > 0, dtype=np.int32) - 1)[rows["voter"]]
    outcome = rows[name if name in Axis.values else Axis.OVERALL]
    return Ballots(tuple(name for _pk, name in models), place[rows["a"]], place[rows["b"]], outcome, voter=voter)
