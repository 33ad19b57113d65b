"""Which votes are exported and in whose columns: their rows, their card, the file in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from django.conf import settings

from arena.datasets.batches import extent_of, read_batches
from arena.datasets.manifest import VoteManifest
from arena.datasets.schemas import OURS, SCHEMAS, VoteSchema
from arena.datasets.tables import in_pieces
from arena.datasets.tally import Tally
from arena.datasets.vote_card import vote_card
from arena.datasets.votes import publishable
from arena.leaderboards.boards import OVERALL, votes_on
from arena.leaderboards.counts import counts_now
from serving.version import code_version


@dataclass(frozen=True)
class Selection:
    """Which votes are exported, and in whose columns."""

    schema: str = OURS
    board: str = OVERALL
    simulated: bool = False
    conversations: bool = False

    @property
    def vote_schema(self) -> VoteSchema:
        return SCHEMAS[self.schema]

    @property
    def columns(self) -> pa.Schema:
        return self.vote_schema.columns(conversations=self.conversations)


class Rows:
    """The rows of a selection, to be read once: `tables` yields them, and `tally` counts those that went by."""

    def __init__(self, selection: Selection) -> None:
        votes = votes_on(selection.board, simulated=selection.simulated)
        self._selection = selection
        self._extent = extent_of(votes, conversations=selection.conversations)
        self._votes = publishable(votes)
        self.tally = Tally()
        self.votes = 0
        self._last = 0

    @property
    def candidates(self) -> int:
        """Votes to look at; those whose owners did not agree to publication make no row."""
        return self._extent.votes

    @property
    def looked_at(self) -> int:
        """How many of them have gone by."""
        return self._extent.before(self._last)

    def tables(self) -> Iterator[pa.Table]:
        return self._selection.vote_schema.in_order(self._tallied())

    def _tallied(self) -> Iterator[pa.Table]:
        chosen = self._selection
        for batch in read_batches(self._votes, self._extent, conversations=chosen.conversations):
            self.tally.add(Tally.of(batch, chosen.board))
            self.votes += batch.votes.num_rows
            self._last = batch.votes["vote"][-1].as_py()
            yield chosen.vote_schema.table(batch, conversations=chosen.conversations)

    def manifest(self, *, file: str) -> VoteManifest:
        """Of the rows that went by."""
        chosen, site = self._selection, counts_now(self._selection.board, simulated=self._selection.simulated)
        return VoteManifest(
            schema=chosen.schema,
            like=chosen.vote_schema.like,
            file=file,
            board=chosen.board,
            simulated=chosen.simulated,
            conversations=chosen.conversations,
            votes=self.votes,
            voters=self.tally.voters(),
            outcomes=self.tally.outcomes(),
            languages=dict(sorted(self.tally.languages.items())),
            columns={field.name: str(field.type) for field in chosen.columns},
            first=self.tally.first,
            last=self.tally.last,
            hash=self.tally.counts().hash(),
            site_votes=int(site.total()),
            site_hash=site.hash(),
            licence=settings.DATA_LICENCE,
            code_version=code_version(),
        )


def stream_votes(selection: Selection, format: str) -> Iterator[bytes]:  # noqa: A002  (the word people use)
    """The file, in pieces."""
    return in_pieces(Rows(selection).tables(), selection.columns, format)


def card_now(selection: Selection) -> str:
    """The card of what `stream_votes` would give."""
    rows = Rows(selection)
    for _table in rows.tables():
        pass
    return vote_card(rows.manifest(file=""))
