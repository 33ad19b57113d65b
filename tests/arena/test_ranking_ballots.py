"""Votes as columns: what they are read from, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arena.ranking.ballots import OUTCOMES, Ballots
from arena.ranking.counts import Counts, PairOutcomes

VOTES = pd.DataFrame(
    {
        "model_a": ["behi", "ahuntz", "ahuntz", "catu", "behi"],
        "model_b": ["ahuntz", "behi", "behi", "ahuntz", "catu"],
        "outcome": ["a", "b", "tie", "both_bad", "a"],
        "voter": ["x", "y", "x", "z", "y"],
        "weight": [1.0, 2.0, 0.5, 1.0, 1.5],
    }
)


def test_votes_become_counts_by_display_order() -> None:
    expected = [
        PairOutcomes("ahuntz", "behi", 0, 1, 1, 0),
        PairOutcomes("behi", "ahuntz", 1, 0, 0, 0),
        PairOutcomes("behi", "catu", 1, 0, 0, 0),
        PairOutcomes("catu", "ahuntz", 0, 0, 0, 1),
    ]
    assert Ballots.of_frame(VOTES).counts().outcomes() == expected


def test_weights_become_counts() -> None:
    counts = Ballots.of_frame(VOTES, weight="weight").counts()
    assert counts.outcomes()[0] == PairOutcomes("ahuntz", "behi", 0, 2.0, 0.5, 0)


@pytest.mark.parametrize("kind", ["str", "object", "category"])
def test_every_kind_of_text_column_is_read(kind: str) -> None:
    read = Ballots.of_frame(VOTES.astype({"model_a": kind, "model_b": kind, "outcome": kind}))
    assert read.counts().outcomes() == Ballots.of_frame(VOTES).counts().outcomes()


def test_columns_may_have_other_names() -> None:
    renamed = VOTES.rename(columns={"model_a": "left", "model_b": "right", "outcome": "chosen"})
    read = Ballots.of_frame(renamed, a="left", b="right", outcome="chosen")
    assert read.counts().outcomes() == Ballots.of_frame(VOTES).counts().outcomes()


def test_more_votes_than_a_block_are_all_counted() -> None:
    many = VOTES.loc[np.tile(VOTES.index, 60_000)].reset_index(drop=True)
    assert Ballots.of_frame(many).counts().total() == 300_000
    assert Ballots.of_frame(many, voter="voter").voter.max() == 2


def test_a_model_without_a_vote_is_there_when_named() -> None:
    assert Ballots.of_frame(VOTES, models=["zaldi"]).models == ("ahuntz", "behi", "catu", "zaldi")


def test_no_votes_are_no_error() -> None:
    assert Ballots.of_frame(VOTES.head(0), models=["x", "y"]).counts().total() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "draw"}, "row 22: outcome is 'draw', which is none of a, b, tie, both_bad"),
        ({"outcome": None}, "row 22: outcome is missing"),
        ({"model_a": None}, "row 22: model_a is missing"),
        ({"model_b": ""}, "row 22: model_b is missing"),
        ({"model_a": "behi", "model_b": "behi"}, "row 22: 'behi' meets itself"),
        ({"voter": None}, "row 22: voter is missing"),
        ({"weight": float("nan")}, "row 22: weight is missing"),
        ({"weight": -1.0}, "row 22: weight is -1.0, which cannot be"),
        ({"weight": float("inf")}, "row 22: weight is inf, which cannot be"),
    ],
)
def test_the_first_wrong_row_is_named(change: dict[str, object], message: str) -> None:
    votes = VOTES.set_index(pd.Index([11, 22, 33, 44, 55])).astype({"weight": float})
    votes.loc[22, list(change)] = list(change.values())
    votes.loc[44, "outcome"] = "never"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Ballots.of_frame(votes, voter="voter", weight="weight")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="model_b"):
        Ballots.of_frame(VOTES.drop(columns="model_b"))


def test_taking_some_votes_takes_them_in_every_column() -> None:
    all_of_them = Ballots.of_frame(VOTES, voter="voter", weight="weight")
    taken = all_of_them.take(all_of_them.outcome == OUTCOMES.index("a"))
    assert (len(taken), taken.voter.tolist(), taken.weight.tolist()) == (2, [0, 1], [1.0, 1.5])


def test_votes_among_some_models_are_as_if_there_were_no_others() -> None:
    among = Ballots.of_frame(VOTES).among([0, 1])
    assert among.models == ("ahuntz", "behi")
    assert among.counts().outcomes() == Ballots.of_frame(VOTES.head(3)).counts().outcomes()


def test_fractions_are_counted_as_they_are() -> None:
    counts = Counts.of("xy", [PairOutcomes("x", "y", 0.5, 2, 0, 0), PairOutcomes("x", "y", 0.25, 0, 0, 0)])
    assert counts.outcomes() == [PairOutcomes("x", "y", 0.75, 2, 0, 0)]
