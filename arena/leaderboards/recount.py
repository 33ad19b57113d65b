"""The counts once more, from the votes themselves: what the table kept with each vote must always equal."""

from __future__ import annotations

from collections import Counter

from arena.leaderboards.boards import boards_of
from arena.models import PairCount, Vote
from arena.models.battles import Outcome

# Board, population, model on side A, model on side B, outcome.
Cell = tuple[str, str, int, int, str]


def recount() -> Counter[Cell]:
    """Every vote that is neither withdrawn nor a repeat, in each of its boards."""
    votes = Vote.objects.standing()
    return Counter(
        (board, vote.population, vote.model_a_id, vote.model_b_id, outcome)
        for vote in votes.iterator()
        for board, outcome in boards_of(vote).items()
    )


def miscounted() -> dict[Cell, tuple[int, int]]:
    """Cells whose kept count differs from the recount, with both."""
    kept: Counter[Cell] = Counter()
    for pair in PairCount.objects.iterator():
        for outcome in Outcome.values:
            kept[pair.board, pair.population, pair.model_a_id, pair.model_b_id, outcome] = getattr(pair, outcome)
    found = recount()
    return {cell: (kept[cell], found[cell]) for cell in kept | found if kept[cell] != found[cell]}
