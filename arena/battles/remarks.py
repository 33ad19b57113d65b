"""Remarks on the two answers: they come with the vote and are written with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from arena.models import Remark, Vote


@dataclass(frozen=True)
class Remarked:
    """What was said of one side: tags, and a comment that is "" where there is none."""

    side: str
    tags: list[str]
    comment: str


def write_remarks(vote: Vote, remarks: Iterable[Remarked]) -> None:
    """Write them beside the vote, in its transaction."""
    rows = [Remark(vote=vote, side=one.side, tags=one.tags, comment=one.comment) for one in remarks]
    Remark.objects.bulk_create(rows)
