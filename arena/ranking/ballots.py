"""Votes as columns: what an interval by voter, a bootstrap and style control need beyond the counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arena.ranking.counts import Counts, FloatMatrix, FloatVector, IntVector

# The code of an outcome is its place here.
OUTCOMES = ("a", "b", "tie", "both_bad")
# Rows that are encoded or counted at once: their codes stay in the processor's cache.
BLOCK = 1 << 17
# Stands among the columns for what is wrong between two of them; after every name, where a row is wrong in both ways.
MEETS_ITSELF = "\uffff"

Codes = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, eq=False)
class Ballots:
    """N votes. `a` and `b` are places in `models` (sorted by name), `outcome` places in `OUTCOMES`.

    `voter` numbers the voters from 0, None: every vote has its own; `weight` is positive, None: 1 each; `features`
    (N × k) are those of side A minus those of side B, named by `feature_names`.
    """

    models: tuple[str, ...]
    a: Codes
    b: Codes
    outcome: Codes
    voter: Codes | None = None
    weight: FloatVector | None = None
    features: FloatMatrix | None = None
    feature_names: tuple[str, ...] = ()

    @classmethod
    def of_frame(
        cls,
        frame: pd.DataFrame,
        *,
        a: str = "model_a",
        b: str = "model_b",
        outcome: str = "outcome",
        voter: str | None = None,
        weight: str | None = None,
        models: Iterable[str] = (),
    ) -> Self:
        """Encode the named columns of `frame`; `models` are on the board even without a vote.

        Raises ValueError, naming the first wrong row by its index, where a model, an outcome, a voter or a weight is
        missing or unknown, or a model meets itself; KeyError for a column that is not there.
        """
        columns = [frame[name] for name in (a, b, outcome)]
        # Arrow encodes strings outside Python's lock: three columns take hardly longer than one.
        with ThreadPoolExecutor(len(columns)) as pool:
            (a_codes, a_names), (b_codes, b_names), (labels, found) = pool.map(_encoded, columns)
        names = sorted({*models, *a_names, *b_names}, key=str)
        known = {label: code for code, label in enumerate(OUTCOMES)}
        on_a, on_b = _moved(a_codes, a_names, names), _moved(b_codes, b_names, names)
        outcomes = _recoded(labels, [known.get(label, -1) for label in found], np.int8)
        unnamed = [place for place, name in enumerate(names) if not isinstance(name, str) or not name]
        wrong = {a: _is_missing(on_a, unnamed), b: _is_missing(on_b, unnamed), outcome: outcomes < 0}
        voters = weights = None
        if voter is not None:
            voters, _names = _encoded(frame[voter])
            wrong[voter] = voters < 0
        if weight is not None:
            weights = pd.to_numeric(frame[weight], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
            wrong[weight] = ~(np.isfinite(weights) & (weights > 0))
        wrong[MEETS_ITSELF] = on_a == on_b
        first, column = min((_first(mask), column) for column, mask in wrong.items())
        if first < len(frame):
            raise ValueError(f"row {frame.index[first]}: {_what_is_wrong(frame, first, column, of=(a, outcome))}")
        return cls(tuple(names), on_a, on_b, outcomes, voters, weights)

    def __len__(self) -> int:
        return len(self.outcome)

    def take(self, chosen: npt.NDArray[np.bool_] | Codes) -> Self:
        """The votes under the mask, or at these places; models stay."""
        return type(self)(
            self.models,
            self.a[chosen],
            self.b[chosen],
            self.outcome[chosen],
            None if self.voter is None else self.voter[chosen],
            None if self.weight is None else self.weight[chosen],
            None if self.features is None else self.features[chosen],
            self.feature_names,
        )

    def among(self, chosen: Sequence[int]) -> Self:
        """The votes between the models at these places, which become the models, in this order."""
        place = np.full(len(self.models), -1, dtype=np.int32)
        place[list(chosen)] = np.arange(len(chosen), dtype=np.int32)
        within = self.take((place[self.a] >= 0) & (place[self.b] >= 0))
        names = tuple(self.models[i] for i in chosen)
        return replace(within, models=names, a=place[within.a], b=place[within.b])

    def counts(self) -> Counts:
        """Votes, or their weights, by display order."""
        return self.summed(self.weight)

    def summed(self, weight: FloatVector | None) -> Counts:
        """`weight` (N) added up by display order and outcome; votes, as whole numbers, where it is None."""
        n = len(self.models)
        cells: npt.NDArray[Any] = np.zeros(len(OUTCOMES) * n * n, dtype=np.int64 if weight is None else np.float64)
        for start in range(0, len(self), BLOCK):
            block = slice(start, start + BLOCK)
            cell = (self.outcome[block].astype(np.intp) * n + self.a[block]) * n + self.b[block]
            cells += np.bincount(cell, None if weight is None else weight[block], minlength=len(cells))
        return Counts(self.models, *cells.reshape(len(OUTCOMES), n, n))


def numbered(voter: Codes | None) -> IntVector:
    """The same voters, numbered without a gap. Raises ValueError where they are not named."""
    if voter is None:
        raise ValueError("these ballots do not name their voters")
    return np.asarray(np.unique(voter, return_inverse=True)[1], dtype=np.int64)


def _encoded(column: pd.Series) -> tuple[Codes, list[Any]]:
    """int32 codes in the order of first appearance, −1 for what is missing, and the values they stand for."""
    codes = np.empty(len(column), dtype=np.int32)
    found: dict[Any, int] = {}
    for start in range(0, len(column), BLOCK):
        block = slice(start, start + BLOCK)
        local, values = pd.factorize(column.array[block])
        codes[block] = _recoded(local, [found.setdefault(value, len(found)) for value in values], np.int32)
    return codes, list(found)


def _moved(codes: Codes, values: list[Any], names: list[str]) -> Codes:
    """The same column with places in `names`."""
    place = {name: i for i, name in enumerate(names)}
    return _recoded(codes, [place[value] for value in values], np.int32)


def _recoded(codes: Codes, new: list[int], kind: type[np.signedinteger[Any]]) -> Codes:
    # −1, the code of what is missing, finds the last.
    return np.array([*new, -1], dtype=kind)[codes]


def _is_missing(codes: Codes, unnamed: list[int]) -> npt.NDArray[np.bool_]:
    return (codes < 0) | np.isin(codes, unnamed) if unnamed else codes < 0


def _first(mask: npt.NDArray[np.bool_]) -> int:
    """Where the mask is first true; its length where it never is."""
    return int(mask.argmax()) if mask.any() else len(mask)


def _what_is_wrong(frame: pd.DataFrame, row: int, column: str, *, of: tuple[str, str]) -> str:
    model, outcome = of
    value = frame[model if column == MEETS_ITSELF else column].iloc[[row]].tolist()[0]
    if column == MEETS_ITSELF:
        return f"{value!r} meets itself"
    if pd.isna(value) or value == "":
        return f"{column} is missing"
    return f"{column} is {value!r}, which " + (
        f"is none of {', '.join(OUTCOMES)}" if column == outcome else "cannot be"
    )
