"""The boards a vote belongs to: overall, by language, variety, category and month, and one for each axis.

A board is a name: "overall", "content", "quality", "language:eu", "variety:eu-x-bizkai", "category:food",
"month:2026-11".
"""

from __future__ import annotations

from arena.models import Vote
from arena.models.battles import Axis

OVERALL = "overall"


def boards_of(vote: Vote) -> dict[str, str]:
    """The boards that count the vote, with the outcome that each counts, in the order in which they are locked."""
    slices = {
        "language": vote.language,
        "variety": vote.variety,
        "category": vote.category,
        "month": f"{vote.created_at:%Y-%m}",
    }
    boards = {f"{name}:{value}": vote.outcome for name, value in slices.items() if value}
    boards |= {axis: vote.judged(axis) for axis in Axis.values if vote.judged(axis)}
    return dict(sorted(boards.items()))
