"""The board, entering at its pages, its files and its command."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.test import Client

from arena.datasets.imports import read_votes
from arena.leaderboards.compute import board
from arena.leaderboards.recount import miscounted
from arena.models import PairCount
from arena.people.withdrawal import withdraw
from arena.ranking.board import Board, board_of
from serving.models import LanguageModel
from tests.arena.cast import make_battle, make_model, make_participant, make_vote, make_votes, outsider

pytestmark = pytest.mark.django_db

Pair = tuple[LanguageModel, LanguageModel]


@pytest.fixture
def pair() -> Pair:
    return make_model("ahuntz"), make_model("behi")


@pytest.fixture
def ranked(pair: Pair) -> Pair:
    """Two models with twelve comparing votes and one both-bad, on both sides."""
    a, b = pair
    participant = make_participant()
    make_votes(a, b, ["a"] * 5 + ["b"] * 2 + ["tie"], participant=participant)
    make_votes(b, a, ["a"] * 1 + ["b"] * 3 + ["both_bad"], participant=participant)
    return pair


def read_file(path: str) -> Any:
    response = outsider().get(path)
    assert response.status_code == 200, response.content
    return response.getvalue()


def assert_same_board(one: dict[str, Any], other: dict[str, Any]) -> None:
    for part in ("hash", "votes", "models", "counts"):
        assert one[part] == other[part]


def test_the_board_names_rank_rating_and_interval(ranked: Pair) -> None:
    page = read_file("/leaderboard/").decode()
    [winner, loser] = json.loads(read_file("/leaderboard.json"))["models"]
    assert (winner["model"], winner["rank"], loser["rank"]) == ("ahuntz", 1, 2)
    assert winner["lower"] < winner["rating"] < winner["upper"]
    assert f"{winner['rating']:.0f}" in page


def test_both_bad_is_counted_apart_from_ties(ranked: Pair) -> None:
    [winner, _loser] = json.loads(read_file("/leaderboard.json"))["models"]
    assert {key: winner[key] for key in ("votes", "wins", "losses", "ties", "both_bad")} == {
        "votes": 13, "wins": 8, "losses": 3, "ties": 1, "both_bad": 1,
    }  # fmt: skip


def test_both_bad_moves_no_rating(ranked: Pair) -> None:
    """Invariant 9: *both bad* is not a tie."""
    before = [(row.model, row.rating, row.lower) for row in board().rows]
    make_votes(*ranked, ["both_bad"] * 20)
    assert [(row.model, row.rating, row.lower) for row in board().rows] == before


def test_a_model_with_few_votes_is_provisional_and_says_how_many_it_needs(ranked: Pair) -> None:
    make_votes(ranked[0], make_model("catu"), ["a", "b", "tie"])
    assert "7 more votes are needed." in read_file("/leaderboard/").decode()


def test_a_disconnected_board_says_so_instead_of_ranking(pair: Pair) -> None:
    """Invariant 8, for a model that only ever won."""
    make_votes(*pair, ["a"] * 15)
    page = read_file("/leaderboard/").decode()
    assert "There are too few votes to rank anybody yet." in page
    assert "It has not lost or tied a comparison yet." in page
    assert [row["rating"] for row in json.loads(read_file("/leaderboard.json"))["models"]] == [None, None]


def test_a_board_without_votes_says_so(pair: Pair) -> None:
    assert "There are no votes yet." in read_file("/leaderboard/").decode()


def test_an_arena_without_models_has_a_board_too() -> None:
    assert outsider().get("/leaderboard/").status_code == 200


def recomputed(rows: list[dict[str, Any]], folder: Path) -> Board:
    (folder / "again.json").write_text(json.dumps(rows))
    return board_of(read_votes(folder / "again.json").votes, minimum=10)


def test_the_same_export_gives_the_same_board(ranked: Pair, tmp_path) -> None:
    """Invariant 8: from the exported votes, in any order and doubled, every number comes out again."""
    rows = json.loads(read_file("/votes.json"))
    again = random.Random(1).sample(rows * 2, len(rows) * 2)
    found = recomputed(again, tmp_path)
    assert found.rows == board().rows
    assert found.hash == board().hash


def test_the_side_of_a_vote_changes_no_rating(ranked: Pair, tmp_path) -> None:
    """Invariant 8: side does not matter."""
    swap = {"model_a": "model_b", "model_b": "model_a"}
    rows = [
        {**row, "model_a": row["model_b"], "model_b": row["model_a"], "winner": swap.get(row["winner"], row["winner"])}
        for row in json.loads(read_file("/votes.json"))
    ]
    assert recomputed(rows, tmp_path).rows == board().rows


def test_the_command_computes_the_board_again_from_a_file_of_votes(ranked: Pair, tmp_path, capsys) -> None:
    (tmp_path / "votes.json").write_bytes(read_file("/votes.json"))
    call_command("leaderboard", format="json", votes=tmp_path / "votes.json")
    assert_same_board(json.loads(capsys.readouterr().out), json.loads(read_file("/leaderboard.json")))


@pytest.mark.parametrize("place", ["", "votes.jsonl", "votes.parquet"])
def test_the_command_computes_the_board_again_from_an_export(ranked: Pair, tmp_path, capsys, place: str) -> None:
    call_command("export_preferences", format="votes", out=tmp_path / "export", stdout=io.StringIO())
    call_command("leaderboard", format="json", votes=tmp_path / "export" / place)
    assert_same_board(json.loads(capsys.readouterr().out), json.loads(read_file("/leaderboard.json")))


def test_the_command_prints_the_board(ranked: Pair, capsys) -> None:
    call_command("leaderboard")
    printed = capsys.readouterr().out
    assert re.search(r"1  ahuntz +\d{4} +\d+–\d+ +1–2 +13", printed)
    assert "13 votes" in printed


def test_the_board_s_files_agree(ranked: Pair) -> None:
    standings = json.loads(read_file("/leaderboard.json"))["models"]
    assert pq.read_table(io.BytesIO(read_file("/leaderboard.parquet"))).to_pylist() == standings
    from_csv = list(csv.DictReader(io.StringIO(read_file("/leaderboard.csv").decode())))
    assert from_csv == [{key: "" if value is None else str(value) for key, value in row.items()} for row in standings]


def test_the_files_of_votes_agree(ranked: Pair) -> None:
    votes = json.loads(read_file("/votes.json"))
    assert pq.read_table(io.BytesIO(read_file("/votes.parquet"))).to_pylist() == votes
    assert len(list(csv.DictReader(io.StringIO(read_file("/votes.csv").decode())))) == len(votes) == 13


def test_counts_of_unpublished_votes_are_in_the_board_s_file_and_their_rows_in_none(ranked: Pair) -> None:
    make_vote(*ranked, "b", participant=make_participant(publish=False))
    assert len(json.loads(read_file("/votes.json"))) == 13
    counts = json.loads(read_file("/leaderboard.json"))["counts"]
    assert sum(pair[outcome] for pair in counts for outcome in ("a", "b", "tie", "both_bad")) == 14


def test_a_withdrawn_vote_leaves_board_and_file(ranked: Pair) -> None:
    vote = make_vote(*ranked, "b")
    withdraw(receipt=vote.battle.consent.receipt)
    assert json.loads(read_file("/leaderboard.json"))["votes"] == len(json.loads(read_file("/votes.json"))) == 13


def test_simulated_votes_are_in_board_and_file_only_where_asked_for(ranked: Pair) -> None:
    make_vote(*ranked, "b", participant=make_participant(simulated=True))
    for query, votes in (("", 13), ("?simulated=1", 14)):
        assert json.loads(read_file(f"/leaderboard.json{query}"))["votes"] == votes
        assert len(json.loads(read_file(f"/votes.json{query}"))) == votes


def test_the_file_of_votes_names_no_participant(pair: Pair) -> None:
    participant = make_participant()
    make_votes(*pair, ["a", "b"], participant=participant)
    make_vote(*pair, "tie")
    content = read_file("/votes.json").decode()
    assert str(participant.pk) not in content
    assert Counter(Counter(row["voter"] for row in json.loads(content)).values()) == {2: 1, 1: 1}


def test_pseudonyms_of_two_exports_cannot_be_joined(pair: Pair) -> None:
    participant = make_participant()
    make_vote(*pair, "a", participant=participant)
    before = {row["voter"] for row in json.loads(read_file("/votes.json"))}
    make_vote(*pair, "a", participant=participant)
    assert before.isdisjoint(row["voter"] for row in json.loads(read_file("/votes.json")))


def test_an_unvoted_battle_is_in_no_file(pair: Pair) -> None:
    make_battle(*pair)
    assert json.loads(read_file("/votes.json")) == []


def test_a_file_of_another_kind_is_not_there(client: Client) -> None:
    assert client.get("/leaderboard.xlsx").status_code == 404


def test_kept_counts_equal_a_recount(ranked: Pair) -> None:
    withdraw(receipt=make_vote(*ranked, "a").battle.consent.receipt)
    make_vote(*ranked, "b", participant=make_participant(simulated=True))
    assert miscounted() == {}


def test_a_recount_finds_a_wrong_count(ranked: Pair) -> None:
    PairCount.objects.filter(board="overall", model_a=ranked[0]).update(tie=5)
    assert list(miscounted().values()) == [(5, 1)]


class Attributes(HTMLParser):
    """Collects every attribute name of a page and the nesting of its SVG."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.update(name for name, _value in attrs)


def test_charts_carry_a_spoken_label_and_no_style_attribute(ranked: Pair) -> None:
    page = read_file("/leaderboard/").decode()
    parser = Attributes()
    parser.feed(page)
    assert "style" not in parser.names
    assert 'aria-label="Ratings with their 95 % intervals: Ahuntz' in page
    assert page.count('<svg role="img"') == 3


def test_a_title_cannot_break_out_of_a_chart(ranked: Pair) -> None:
    LanguageModel.objects.filter(name="ahuntz").update(title='<script>"x"</script>')
    assert "<script>" not in read_file("/leaderboard/").decode().split("<main")[1]
