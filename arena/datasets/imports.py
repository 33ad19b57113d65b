"""Votes from a file, whoever published it: every schema is read into the same columns.

A file that holds anything else than votes is refused whole, with one sentence that names the file and the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from arena.datasets.files import Table, UnreadableFile, open_table
from arena.ranking.appearance import FEATURES, appearances, style_features
from arena.ranking.ballots import OUTCOMES, Ballots
from arena.ranking.counts import Counts, FloatMatrix, PairOutcomes
from arena.ranking.weights import inverse_propensity

A, B, TIE, BOTH_BAD = OUTCOMES
_OUR_LABELS = {"model_a": A, "model_b": B, "tie": TIE, "both_bad": BOTH_BAD}


@dataclass(frozen=True)
class Schema:
    """Where a schema keeps what is needed. The first three columns must be there, the rest may be.

    `known_by` are columns that tell it from the others; `slices` names the column of each slice that it knows.
    """

    model_a: str
    model_b: str
    winner: str
    labels: Mapping[str, str]
    known_by: tuple[str, ...]
    # In the order in which they are tried: the first that is not missing.
    voter: tuple[str, ...]
    conversations: tuple[str, str]
    slices: Mapping[str, str]
    # Two rows with the same are one vote; "" where every row is a vote.
    identity: str = ""
    probability: str = ""


SCHEMAS = {
    "harea": Schema(
        "model_a", "model_b", "winner", _OUR_LABELS, ("model_a", "model_b", "winner"), ("voter",),
        ("conversation_a", "conversation_b"),
        {"language": "language", "variety": "variety", "category": "category"},
        identity="id", probability="pair_probability",
    ),
    "lmsys": Schema(
        "model_a", "model_b", "winner", {**_OUR_LABELS, "tie (bothbad)": BOTH_BAD}, ("question_id", "winner"),
        ("judge",), ("conversation_a", "conversation_b"), {"language": "language"},
    ),
    "arena140k": Schema(
        "model_a", "model_b", "winner", _OUR_LABELS, ("evaluation_session_id", "winner"), ("evaluation_session_id",),
        ("conversation_a", "conversation_b"), {"language": "language"},
    ),
    "ebaluatoia": Schema(
        "model_a", "model_b", "winner", _OUR_LABELS, ("username", "winner"), ("username",), ("conv_a", "conv_b"), {},
    ),
    "comparia": Schema(
        "model_a_name", "model_b_name", "chosen_model_name", {}, ("model_a_name", "chosen_model_name"),
        ("visitor_id", "session_hash"), ("conversation_a", "conversation_b"), {"category": "selected_category"},
    ),
}  # fmt: skip
COUNTS = "counts"
COUNT_COLUMNS = ("model_a", "model_b", *OUTCOMES)
AUTO = "auto"
NAMES = (AUTO, *SCHEMAS, COUNTS)


@dataclass(frozen=True, eq=False)
class VoteFile:
    """What was read: votes, or counts of them; `slices` has each vote's slice, "" for none, where one was asked for."""

    schema: str
    votes: Ballots | Counts
    slices: npt.NDArray[np.object_] | None = None


def read_votes(
    path: Path, *, schema: str = AUTO, by: str | None = None, style: bool = False, weighted: bool = False
) -> VoteFile:
    """Read a file, or the folder of an export, in one of `NAMES`.

    `by` reads the slice of every vote, `style` what both answers look like, `weighted` weighs every vote by the inverse
    of the probability of its draw. Raises UnreadableFile.
    """
    table = open_table(path)
    name = _recognised(table) if schema == AUTO else schema
    if name == COUNTS:
        for option, asked in (("--by", by), ("--style", style), ("--weights", weighted)):
            if asked:
                raise UnreadableFile(f"{table.path}: {option} needs votes, and these are counts")
        return VoteFile(name, _counts(table))
    return _read(table, name, by=by, style=style, weighted=weighted)


def _recognised(table: Table) -> str:
    """The schema whose columns the file has; the particular ones first."""
    columns = set(table.columns)
    for name in ("comparia", "arena140k", "lmsys", "ebaluatoia", "harea"):
        if columns.issuperset(SCHEMAS[name].known_by):
            return name
    if columns.issuperset(COUNT_COLUMNS):
        return COUNTS
    # Most likely meant to be ours: reading it says which column is missing.
    return COUNTS if {A, B} <= columns else "harea"


def _read(table: Table, name: str, *, by: str | None, style: bool, weighted: bool) -> VoteFile:
    schema = SCHEMAS[name]
    slices = _slice_column(table, name, by) if by else None
    looks = _look_columns(table, schema) if style else []
    voters = [column for column in schema.voter if column in table.columns]
    needed = [schema.model_a, schema.model_b, schema.winner, *voters, *looks]
    needed += [slices] if slices else []
    needed += [_probability_column(table, name)] if weighted else []
    needed += [schema.identity] if schema.identity in table.columns else []
    needed += ["both_equal"] if name == "comparia" else []
    frame = table.read(needed)
    if schema.identity in table.columns:
        identity = frame[schema.identity]
        frame = frame[~(identity.duplicated(keep="last") & identity.notna())]
    frame = frame.assign(
        outcome=_chosen(table, frame, schema) if name == "comparia" else _outcomes(table, frame, schema)
    )
    if voters:
        frame["voter"] = _voters(frame, voters)
    if weighted:
        frame["weight"] = _weights(table, frame, schema.probability)
    ballots = _ballots(table, frame, schema, voter="voter" if voters else None, weight="weight" if weighted else None)
    if style:
        ballots = replace(ballots, features=_style(table, frame, schema), feature_names=FEATURES)
    return VoteFile(name, ballots, None if slices is None else _slices(frame[slices]))


def _ballots(table: Table, frame: pd.DataFrame, schema: Schema, *, voter: str | None, weight: str | None) -> Ballots:
    try:
        return Ballots.of_frame(frame, a=schema.model_a, b=schema.model_b, voter=voter, weight=weight)
    except ValueError as error:
        # "row 3: …", as `of_frame` says it.
        row, _colon, what = str(error).removeprefix("row ").partition(": ")
        raise UnreadableFile(f"{table.path}, {table.place(int(row))}: {what}") from error


def _outcomes(table: Table, frame: pd.DataFrame, schema: Schema) -> pd.Series:
    column = frame[schema.winner]
    found = column.map(lambda label: schema.labels.get(label) if isinstance(label, str) else None)
    _refuse_first(table, column, found.isna(), f"none of {', '.join(schema.labels)}")
    return found


def _chosen(table: Table, frame: pd.DataFrame, schema: Schema) -> pd.Series:
    """compar:IA names the chosen model, or says that both are equal."""
    chosen, equal = frame[schema.winner], frame["both_equal"].map(_is_true)
    found = pd.Series(None, index=frame.index, dtype=object)
    found[chosen == frame[schema.model_b]] = B
    found[chosen == frame[schema.model_a]] = A
    found[chosen.isna() & equal] = TIE
    _refuse_first(table, chosen, found.isna(), "neither of its models, and both_equal is not true")
    return found


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() in {"true", "1"}


def _refuse_first(table: Table, column: pd.Series, wrong: pd.Series, what: str) -> None:
    if wrong.any():
        row = int(wrong.idxmax())
        value = column[row]
        problem = "is missing" if _is_missing(value) else f"is {value!r}, which is {what}"
        raise UnreadableFile(f"{table.path}, {table.place(row)}: {column.name} {problem}")


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _voters(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    first, *others = (frame[column].mask(frame[column] == "") for column in columns)
    for other in others:
        first = first.where(first.notna(), other)
    return first


# Slices and weights


def _slice_column(table: Table, name: str, by: str) -> str:
    column = SCHEMAS[name].slices.get(by)
    if column is None or column not in table.columns:
        raise UnreadableFile(f"{table.path}: it does not say the {by} of a vote")
    return column


def _slices(column: pd.Series) -> npt.NDArray[np.object_]:
    """compar:IA has lists of categories: the first counts."""
    first = [value[0] if isinstance(value, list | np.ndarray) and len(value) else value for value in column]
    return np.array([value if isinstance(value, str) else "" for value in first], dtype=object)


def _probability_column(table: Table, name: str) -> str:
    column = SCHEMAS[name].probability
    if not column or column not in table.columns:
        raise UnreadableFile(f"{table.path}: it does not say with which probability a pair was drawn")
    return column


def _weights(table: Table, frame: pd.DataFrame, column: str) -> pd.Series:
    probabilities = _numbers(table, frame[column])
    _refuse_first(table, frame[column], ~((probabilities > 0) & (probabilities <= 1)), "no probability")
    return pd.Series(inverse_propensity(probabilities.to_numpy()), index=frame.index)


def _numbers(table: Table, column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
    _refuse_first(table, column, ~np.isfinite(numbers), "no number")
    return numbers


# What answers look like


def _look_columns(table: Table, schema: Schema) -> list[str]:
    """Counted already, in our own schema; else the texts, to be counted."""
    counted = [f"{name}_{side}" for name in FEATURES for side in "ab"]
    if set(counted) <= set(table.columns):
        return counted
    return list(schema.conversations)


def _style(table: Table, frame: pd.DataFrame, schema: Schema) -> FloatMatrix:
    if f"{FEATURES[0]}_a" in frame:
        on_a, on_b = (
            np.stack([_numbers(table, frame[f"{name}_{side}"]) for name in FEATURES], axis=1) for side in "ab"
        )
    else:
        on_a, on_b = (appearances(_said(table, frame[column])) for column in schema.conversations)
    return style_features(on_a, on_b)


def _said(table: Table, conversations: pd.Series) -> Iterator[str]:
    """The last answer of every conversation; in CSV they are written as JSON."""
    for row, conversation in conversations.items():
        try:
            messages = json.loads(conversation) if isinstance(conversation, str) else conversation
            yield _text(messages[-1]["content"])
        except (TypeError, ValueError, KeyError, IndexError) as error:
            place = table.place(int(str(row)))
            raise UnreadableFile(f"{table.path}, {place}: {conversations.name} holds no conversation") from error


def _text(content: Any) -> str:
    """A text, or the texts among the parts of a message."""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["text"] is not None)


# Counts


def _counts(table: Table) -> Counts:
    frame = table.read(COUNT_COLUMNS)
    for side in ("model_a", "model_b"):
        unnamed = ~frame[side].map(lambda name: isinstance(name, str) and name != "").astype(bool)
        _refuse_first(table, frame[side], unnamed, "no name")
    alone = frame["model_a"] == frame["model_b"]
    if alone.any():
        row = int(alone.idxmax())
        raise UnreadableFile(f"{table.path}, {table.place(row)}: {frame['model_a'][row]!r} meets itself")
    numbers = pd.DataFrame({name: _numbers(table, frame[name]) for name in OUTCOMES})
    for name in OUTCOMES:
        _refuse_first(table, frame[name], numbers[name] < 0, "less than 0")
    if not numbers.to_numpy().any():
        raise UnreadableFile(f"{table.path}: there are no votes")
    pairs = zip(frame["model_a"], frame["model_b"], *(numbers[name] for name in OUTCOMES), strict=True)
    return Counts.of({*frame["model_a"], *frame["model_b"]}, [PairOutcomes(*pair) for pair in pairs])
