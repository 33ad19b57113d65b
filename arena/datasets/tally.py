"""What is said of a file of votes beside it, counted while its rows go by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from arena.datasets.batches import Batch
from arena.models.battles import Axis, Outcome
from arena.ranking.counts import Counts, PairOutcomes


@dataclass
class Tally:
    """Votes by pair and outcome and by language, their voters, and the moments of the first and the last."""

    pairs: Counter[tuple[str, ...]] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    # Pseudonyms as numbers, eight bytes a voter; some of them more than once.
    _voters: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, batch: Batch, board: str) -> Tally:
        axis = board if board in {Axis.CONTENT, Axis.QUALITY} else "outcome"
        votes = batch.votes
        moments = pc.min_max(votes["timestamp"])
        return cls(
            pairs=_count(votes, ["model_a", "model_b", axis]),
            languages=Counter({language: number for (language,), number in _count(votes, ["language"]).items()}),
            _voters=[np.array([int(voter, 16) for voter in pc.unique(votes["voter"]).to_pylist()], np.uint64)],
            first=moments["min"].as_py(),
            last=moments["max"].as_py(),
        )

    def add(self, other: Tally) -> None:
        """Votes that came later."""
        # Not +=, which looks through all of them each time.
        self.pairs.update(other.pairs)
        self.languages.update(other.languages)
        self._voters += other._voters
        if sum(map(len, self._voters[1:])) > len(self._voters[0]):
            self._voters = [np.unique(np.concatenate(self._voters))]
        self.first = self.first or other.first
        self.last = other.last

    def voters(self) -> int:
        return len(np.unique(np.concatenate(self._voters))) if self._voters else 0

    def outcomes(self) -> dict[str, int]:
        return {
            outcome: sum(n for (*_pair, one), n in self.pairs.items() if one == outcome) for outcome in Outcome.values
        }

    def counts(self) -> Counts:
        """All that a board is computed from."""
        pairs = [
            PairOutcomes(a, b, **{name: number * (name == outcome) for name in Outcome.values})
            for (a, b, outcome), number in self.pairs.items()
        ]
        return Counts.of({name for pair in pairs for name in pair[:2]}, pairs)


def _count(votes: pa.Table, columns: list[str]) -> Counter[tuple[str, ...]]:
    found = votes.group_by(columns).aggregate([([], "count_all")])
    keys = zip(*(found[name].to_pylist() for name in columns), strict=True)
    return Counter(dict(zip(keys, found["count_all"].to_pylist(), strict=True)))
