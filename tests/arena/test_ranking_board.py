"""The whole board: what is ranked, by which method, with which intervals, and what is only said."""

from __future__ import annotations

import csv

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.ranking import bradley_terry, newton
from arena.ranking.ballots import Ballots
from arena.ranking.board import Board, board_of
from arena.ranking.counts import Counts, PairOutcomes
from arena.ranking.ratings import ratings_of
from tests.arena.crowd import crowd
from tests.shared_data import SHARED_DATA

LATXA = SHARED_DATA / "pref-latxa-arena-aggregate"


def votes_of(*, votes: int = 2_000, voters: int = 50, seed: int = 2) -> Ballots:
    return crowd(np.random.default_rng(seed), votes=votes, voters=voters, taste=0.5)


def figures(board: Board) -> dict[str, tuple[float | None, ...]]:
    return {row.model: (row.rating, row.lower, row.upper) for row in board.ranked()}


def assert_alike(one: Board, other: Board) -> None:
    assert figures(one).keys() == figures(other).keys()
    for model, found in figures(one).items():
        assert found == pytest.approx(figures(other)[model], abs=1e-9)


@pytest.mark.skipif(not LATXA.exists(), reason="the published board of Latxa's arena is not in ../shared/data")
def test_the_published_board_of_latxas_arena_comes_out() -> None:
    """Bengoetxea et al. (2025): 12,890 votes on 21 models; shares of wins are printed in whole percent."""
    outcomes = [PairOutcomes(row["model_a"], row["model_b"], *shares(row), 0) for row in rows_of("battles.tsv")]
    published = {row["model"]: float(row["elo"]) for row in rows_of("leaderboard.tsv")}
    board = board_of(Counts.of(published, outcomes), minimum=5)
    assert board.counts.total() == pytest.approx(12_890)
    assert {row.model: row.rating for row in board.ranked()} == pytest.approx(published, abs=3)


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((LATXA / name).read_text().splitlines(), delimiter="\t"))


def shares(row: dict[str, str]) -> tuple[float, float, float]:
    won, lost = float(row["win_a_pct"]), float(row["win_b_pct"])
    return tuple(float(row["battles"]) * share / 100 for share in (won, lost, 100 - won - lost))


@given(seed=st.integers(0, 2**32), votes=st.integers(200, 3_000))
@settings(deadline=None, max_examples=30)
def test_ratings_are_those_of_choix(seed: int, votes: int) -> None:
    counts = votes_of(votes=votes, seed=seed).counts()
    ratings = ratings_of(counts, minimum=1)
    wins = counts.among(ratings.ranked).wins
    theirs = bradley_terry.as_ratings(choix.ilsr_pairwise_dense(wins, max_iter=10_000, tol=1e-13))
    assert ratings.rating == pytest.approx(theirs, abs=1e-5)


@given(seed=st.integers(0, 2**32), swapped=st.integers(0, 2**32))
@settings(deadline=None, max_examples=20)
def test_neither_order_nor_sides_change_a_figure(seed: int, swapped: int) -> None:
    votes, source = votes_of(votes=500, seed=seed), np.random.default_rng(swapped)
    swap = source.random(len(votes)) < 0.5
    a, b = np.where(swap, votes.b, votes.a), np.where(swap, votes.a, votes.b)
    outcome = np.where(swap, np.array([1, 0, 2, 3])[votes.outcome], votes.outcome)
    moved = Ballots(votes.models, a, b, outcome, votes.voter).take(source.permutation(len(votes)))
    assert_alike(board_of(votes, minimum=5), board_of(moved, minimum=5))


def test_more_strength_is_never_a_worse_rank() -> None:
    board = board_of(votes_of(), minimum=5)
    assert [row.rank for row in board.rows] == list(range(1, 9))
    assert sorted((row.rating for row in board.rows), reverse=True) == [row.rating for row in board.rows]
    assert all(row.rank_lower <= row.rank <= row.rank_upper for row in board.rows)


def test_equal_models_share_their_rank() -> None:
    counts = Counts.of("xyz", [PairOutcomes(one, other, 5, 5, 0, 0) for one, other in ("xy", "yz", "zx")])
    assert [row.rank for row in board_of(counts, minimum=5).rows] == [1, 1, 1]


def test_intervals_are_by_voter_where_the_voters_are_known() -> None:
    votes = votes_of()
    known, unknown = board_of(votes, minimum=5), board_of(votes.counts(), minimum=5)
    assert (known.intervals, unknown.intervals) == ("voter", "iid")
    assert known.voters == pytest.approx(50, rel=0.1)
    assert figures(known)["h"][0] == figures(unknown)["h"][0]


def test_one_voter_alone_has_no_interval_by_voter_and_is_warned_of() -> None:
    votes = votes_of(voters=1)
    board = board_of(votes, minimum=5)
    assert (board.intervals, board.warnings) == ("iid", ("few_voters",))


def test_bootstrap_intervals_are_near_those_by_voter() -> None:
    votes = votes_of(votes=4_000)
    by_voter, drawn = board_of(votes, minimum=5), board_of(votes, minimum=5, intervals="bootstrap")
    assert drawn.intervals == "bootstrap"
    for one, other in zip(by_voter.rows, drawn.rows, strict=True):
        assert other.upper - other.lower == pytest.approx(one.upper - one.lower, rel=0.2)


def test_weights_that_are_all_alike_change_nothing() -> None:
    votes = votes_of()
    weighted = Ballots(votes.models, votes.a, votes.b, votes.outcome, votes.voter, np.full(len(votes), 2.5))
    for intervals in ("voter", "iid"):
        assert_alike(
            board_of(votes, minimum=5, intervals=intervals), board_of(weighted, minimum=5, intervals=intervals)
        )


def test_rows_tell_votes_and_not_weights() -> None:
    votes = votes_of()
    weighted = Ballots(votes.models, votes.a, votes.b, votes.outcome, votes.voter, np.full(len(votes), 2.5))
    assert sum(row.votes for row in board_of(weighted, minimum=5).rows) == 2 * len(votes)


def test_the_anchor_has_its_rating_and_no_interval() -> None:
    board = board_of(votes_of(), minimum=5, anchor=("d", 1200))
    rows = {row.model: row for row in board.rows}
    assert (rows["d"].rating, rows["d"].lower, rows["d"].upper) == (1200, 1200, 1200)
    free = {row.model: row for row in board_of(votes_of(), minimum=5).rows}
    assert rows["h"].rating - rows["d"].rating == pytest.approx(free["h"].rating - free["d"].rating)
    assert (rows["h"].rank_lower, rows["h"].p_first) == (free["h"].rank_lower, free["h"].p_first)


def test_an_anchor_that_is_not_ranked_holds_nothing() -> None:
    with pytest.raises(ValueError, match="'nobody' is not ranked"):
        board_of(votes_of(), minimum=5, anchor=("nobody", 1200))


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="'glicko' is none of bradley-terry, davidson, both-bad, elo"):
        board_of(votes_of(), minimum=5, method="glicko")


@pytest.mark.parametrize("method", ["bradley-terry", "davidson", "elo"])
def test_every_method_puts_the_strongest_first(method: str) -> None:
    board = board_of(votes_of(votes=8_000), minimum=5, method=method)
    assert [row.model for row in board.rows] == list("hgfedcba")
    assert board.method == method


def test_elo_has_no_intervals() -> None:
    board = board_of(votes_of(), minimum=5, method="elo")
    assert board.intervals == "none"
    assert {(row.lower, row.upper, row.rank_lower, row.p_first) for row in board.rows} == {(None, None, None, None)}


def test_a_method_without_an_estimate_says_so() -> None:
    with pytest.raises(ValueError, match="both-bad has no estimate for these votes"):
        board_of(votes_of(), minimum=5, method="both-bad")


def test_a_thousand_points_are_as_often_good_as_bad_where_both_bad_is_the_zero() -> None:
    """Two equal models, refused as often as either is chosen: π = 1."""
    counts = Counts.of("xy", [PairOutcomes("x", "y", 50, 50, 0, 50)])
    board = board_of(counts, minimum=5, method="both-bad")
    assert [row.rating for row in board.rows] == pytest.approx([1000, 1000])


def test_a_small_board_leans_on_its_parent() -> None:
    parent = board_of(votes_of(votes=20_000), minimum=5)
    small = votes_of(votes=60, seed=8)
    alone, leaning = board_of(small, minimum=3), board_of(small, minimum=3, parent=parent)
    known = figures(parent)
    error = {
        name: np.mean([abs(row.rating - known[row.model][0]) for row in board.ranked()])
        for name, board in (("alone", alone), ("leaning", leaning))
    }
    assert error["leaning"] < error["alone"] / 2
    assert leaning.intervals == "posterior"


def test_a_child_needs_no_connection_of_its_own_and_stays_where_its_parent_is() -> None:
    parent = board_of(votes_of(votes=20_000), minimum=5)
    islands = Counts.of("gh", [PairOutcomes("h", "g", 6, 0, 0, 0)])
    child = board_of(islands, minimum=5, parent=parent)
    known = figures(parent)
    middle = np.mean([known["g"][0], known["h"][0]])
    assert np.mean([row.rating for row in child.ranked()]) == pytest.approx(middle)


def test_a_model_with_few_votes_stays_provisional_on_a_child() -> None:
    parent = board_of(votes_of(votes=20_000), minimum=5)
    counts = Counts.of("fgh", [PairOutcomes("h", "g", 3, 3, 0, 0), PairOutcomes("f", "g", 1, 0, 0, 0)])
    [row] = board_of(counts, minimum=5, parent=parent).provisional()
    assert (row.model, row.reason, row.missing) == ("f", "few_votes", 4)


def test_a_board_that_is_not_connected_never_reaches_a_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a solver was called")

    monkeypatch.setattr(choix, "ilsr_pairwise_dense", called)
    monkeypatch.setattr(newton, "maximise", called)
    islands = Counts.of("wxyz", [PairOutcomes("w", "x", 9, 9, 0, 0), PairOutcomes("y", "z", 9, 9, 0, 0)])
    chain = Counts.of("xyz", [PairOutcomes("x", "y", 9, 0, 0, 0), PairOutcomes("y", "z", 9, 0, 0, 0)])
    for counts in (islands, chain, Counts.of("xy", [])):
        for method in ("bradley-terry", "davidson", "both-bad"):
            board = board_of(counts, minimum=5, method=method)
            assert board.ranked() == []
            assert {row.rating for row in board.rows} == {None}


def test_the_hash_is_that_of_the_votes() -> None:
    votes = votes_of()
    first = board_of(votes, minimum=5)
    assert first.hash == board_of(votes.counts(), minimum=50, method="elo").hash
    assert first.hash != board_of(votes.take(np.arange(1_999)), minimum=5).hash


def test_a_hundred_models_with_one_vote_each_are_no_board() -> None:
    names = [f"m{i}" for i in range(100)]
    counts = Counts.of(names, [PairOutcomes(names[i], names[i + 1], 1, 0, 0, 0) for i in range(0, 100, 2)])
    assert board_of(counts, minimum=5).warnings == ("nobody_ranked",)
