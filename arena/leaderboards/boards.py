"""The boards a vote belongs to: overall, by language, variety, category and month, and one for each axis.

A board is a name: "overall", "content", "quality", "language:eu", "variety:eu-x-bizkai", "category:food",
"month:2026-11".
"""

from __future__ import annotations

from datetime import UTC, datetime

from arena.models import BoardVersion, Vote
from arena.models.battles import Axis, VoteQuerySet

OVERALL = "overall"
# What a board may be a slice of, in the order in which people look for it.
SLICES = ("language", "variety", "category", "month")


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


def votes_on(board: str, *, simulated: bool = False) -> VoteQuerySet:
    """The votes that the board counts."""
    votes = Vote.objects.counted(simulated=simulated)
    kind, _, value = board.partition(":")
    match kind:
        case Axis.OVERALL:
            return votes
        case Axis.CONTENT | Axis.QUALITY:
            return votes.exclude(**{kind: ""})
        case "month":
            start = datetime.strptime(value, "%Y-%m").replace(tzinfo=UTC)
            end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
            return votes.filter(created_at__gte=start, created_at__lt=end)
    return votes.filter(**{kind: value})


def known_boards() -> list[str]:
    """The axes, and every slice that ever had a vote: by kind, months from the latest."""
    names = BoardVersion.objects.filter(version__gt=0).values_list("board", flat=True)
    slices = [(SLICES.index(kind), value) for kind, _, value in (name.partition(":") for name in names) if value]
    months = [(place, value) for place, value in slices if SLICES[place] == "month"]
    others = [(place, value) for place, value in slices if SLICES[place] != "month"]
    found = sorted(others) + sorted(months, reverse=True)
    return [*Axis.values, *(f"{SLICES[place]}:{value}" for place, value in found)]


def parent_of(board: str) -> str | None:
    """The board that a slice is shrunk towards; the boards of whole axes have none."""
    return None if board in Axis.values else OVERALL
