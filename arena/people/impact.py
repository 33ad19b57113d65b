"""What somebody's votes did, for themselves alone. Of votes only: a battle without one is nowhere in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from arena.leaderboards.boards import boards_of, known_boards
from arena.leaderboards.news import Child, child_of_votes
from arena.lineage import votes_seen
from arena.models import Leaderboard, Participant, Vote
from arena.models.battles import Population
from arena.people.company import Company, company_of
from serving.models import LanguageModel


@dataclass(frozen=True)
class OnBoard:
    """The latest number of a board that counts so many of the votes."""

    board: str
    number: int
    published_at: datetime
    votes: int


@dataclass(frozen=True)
class Trained:
    """A model whose own preference set holds so many of the votes."""

    child: Child
    votes: int


@dataclass(frozen=True)
class Impact:
    """`months` is {"2026-11": votes}, the latest first. Withdrawn votes are in `trained` alone: nothing unlearns."""

    votes: int
    withdrawn: int
    months: dict[str, int]
    categories: int
    company: Company
    boards: list[OnBoard]
    trained: list[Trained]


def impact_of(participant: Participant) -> Impact:
    given = list(participant.votes.order_by("pk"))
    standing = [vote for vote in given if vote.withdrawn_at is None]
    months = Counter(f"{vote.created_at:%Y-%m}" for vote in standing)
    return Impact(
        votes=len(standing),
        withdrawn=len(given) - len(standing),
        months=dict(sorted(months.items(), reverse=True)),
        categories=len({vote.category for vote in standing if vote.category}),
        company=company_of(standing),
        boards=_boards(participant, standing),
        trained=_trained({vote.pk for vote in given}),
    )


def _boards(participant: Participant, votes: Sequence[Vote]) -> list[OnBoard]:
    """Every board whose latest published number counts any of the votes."""
    by_board: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.population == Population.PEOPLE and not vote.repeat:
            for board in boards_of(vote):
                by_board[board].append(vote)
    latest = (
        Leaderboard.objects.filter(board__in=by_board, simulated=False, excluded=False)
        .values("board")
        .annotate(number=Max("number"), published_at=Max("published_at"))
        .order_by()
    )
    excluded = list(participant.exclusions.values_list("decided_at", "lifted_at"))
    found = []
    for published in latest:
        at = published["published_at"]
        left_out = any(since <= at and (until is None or at < until) for since, until in excluded)
        counted = 0 if left_out else sum(vote.created_at < at for vote in by_board[published["board"]])
        if counted:
            found.append(OnBoard(**published, votes=counted))
    order = known_boards()
    return sorted(found, key=lambda one: order.index(one.board))


def _trained(votes: set[int]) -> list[Trained]:
    """The eldest first. A manifest names its votes whether they were withdrawn later or not."""
    children = LanguageModel.objects.exclude(parent=None).select_related("parent").order_by("pk")
    seen = ((model, len(votes & votes_seen(model))) for model in children.iterator(chunk_size=20))
    return [Trained(child_of_votes(model), number) for model, number in seen if number]
