"""Published boards: numbered, immutable, and computable again."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from arena import tasks
from arena.leaderboards.published import publish
from arena.models import Leaderboard, Vote
from arena.people.exclusion import exclude
from arena.people.withdrawal import withdraw
from serving.models import LanguageModel
from tests.arena.cast import consent_from, make_model, make_participant, make_vote, make_votes, outsider

pytestmark = pytest.mark.django_db

Pair = tuple[LanguageModel, LanguageModel]


@pytest.fixture
def pair() -> Pair:
    """Two models with votes of three people on both sides."""
    a, b = make_model("ahuntz"), make_model("behi")
    for _ in range(3):
        make_votes(a, b, ["a", "a", "b", "tie"], category="food")
    return a, b


def read(address: str) -> bytes:
    response = outsider().get(f"/leaderboard/published/{address}")
    assert response.status_code == 200, address
    return response.content


def read_json(address: str) -> Any:
    return json.loads(read(f"{address}.json"))


def test_every_board_with_votes_is_published(pair: Pair) -> None:
    tasks.publish_leaderboard()
    month = f"month:{timezone.now():%Y-%m}"
    assert set(Leaderboard.objects.values_list("board", "number")) == {
        ("overall", 1), ("language:eu", 1), ("category:food", 1), (month, 1),
    }  # fmt: skip


def test_the_same_votes_are_published_once(pair: Pair) -> None:
    tasks.publish_leaderboard()
    tasks.publish_leaderboard()
    make_vote(*pair, "a")
    tasks.publish_leaderboard()
    assert list(Leaderboard.objects.filter(board="overall").values_list("number", flat=True)) == [1, 2]


def test_a_slice_is_published_once_a_day(pair: Pair) -> None:
    tasks.publish_leaderboard()
    make_vote(*pair, "a", category="food")
    tasks.publish_leaderboard()
    assert Leaderboard.objects.filter(board="category:food").count() == 1
    Leaderboard.objects.update(published_at=timezone.now() - timedelta(hours=25))
    tasks.publish_leaderboard()
    assert Leaderboard.objects.filter(board="category:food").count() == 2


def test_a_board_without_votes_is_not_published() -> None:
    make_model("ahuntz")
    tasks.publish_leaderboard()
    assert not Leaderboard.objects.exists()


def test_simulated_votes_publish_nothing(pair: Pair) -> None:
    tasks.publish_leaderboard()
    make_vote(*pair, "b", participant=make_participant(simulated=True))
    assert publish() is None


def test_a_published_board_never_changes(pair: Pair) -> None:
    publish()
    addresses = ("overall/1.json", "overall/1.csv", "overall/1.parquet")
    table = read("overall/1/").partition(b"<table")[2].partition(b"</main>")[0]
    before = [read(address) for address in addresses]
    withdraw(receipt=consent_from(Vote.objects.all()[0].participant).receipt)
    make_votes(*pair, ["b"] * 9)
    assert [read(address) for address in addresses] == before
    assert table in read("overall/1/")


def test_a_published_board_is_the_live_board_of_its_moment(pair: Pair) -> None:
    live = json.loads(outsider().get("/leaderboard.json").content)
    publish()
    published = read_json("overall/1")
    assert [{**row, "missing": 0} for row in published["models"]] == live["models"]
    assert (published["hash"], published["votes"], published["voters"]) == (live["hash"], 12, 3)
    assert (published["method"], published["intervals"]) == ("bradley-terry", live["intervals"])


def test_the_published_files_agree(pair: Pair) -> None:
    publish("category:food")
    models = read_json("category:food/1")["models"]
    assert pq.read_table(io.BytesIO(read("category:food/1.parquet"))).to_pylist() == models
    rows = list(csv.DictReader(io.StringIO(read("category:food/1.csv").decode())))
    assert rows == [{name: "" if value is None else str(value) for name, value in row.items()} for row in models]


def test_a_board_is_published_with_and_without_excluded_voters(pair: Pair) -> None:
    contrarian = make_participant()
    make_votes(*pair, ["b"] * 6, participant=contrarian)
    publish()
    exclude(participant=contrarian, reason="Always B.", by=User.objects.create_user("organiser"))
    publish()
    without, whole = read_json("overall/2"), json.loads(read("overall/2.json?excluded=1"))
    assert (without["votes"], whole["votes"]) == (12, 18)
    assert whole["hash"] == read_json("overall/1")["hash"]
    [row] = [row for row in whole["models"] if row["model"] == "behi"]
    assert f"{row['rating']:.0f}" in read("overall/2/").decode()
    assert "With them there are 18 votes" in read("overall/2/").decode()


def test_the_page_has_a_line_to_cite(pair: Pair) -> None:
    publish()
    page = read("overall/1/").decode()
    [line] = [line for line in page.splitlines() if "citation" in line]
    assert Leaderboard.objects.get().hash in line
    assert "no. 1" in line
    assert "/leaderboard/published/overall/1/" in line


def test_numbers_are_listed_latest_first(pair: Pair) -> None:
    publish()
    make_vote(*pair, "a")
    publish()
    page = read("overall/").decode()
    assert page.index("overall/2/") < page.index("overall/1/")


def test_the_live_page_leads_to_the_latest_number(pair: Pair) -> None:
    publish()
    assert "/leaderboard/published/overall/1/" in outsider().get("/leaderboard/").content.decode()


@pytest.mark.parametrize("address", ["overall/", "overall/7/", "overall/7.json", "nonsense/1/", f"overall/{10**30}/"])
def test_what_was_never_published_is_not_found(address: str) -> None:
    assert outsider().get(f"/leaderboard/published/{address}").status_code == 404


def test_how_far_voters_agree_is_published_and_shown(pair: Pair) -> None:
    first, second, third = (make_vote(*pair, outcome) for outcome in ("a", "b", "tie"))
    for judged, again in ((first, "a"), (second, "b"), (third, "a")):
        make_vote(*pair, again, repeats=judged.battle)
    section = outsider().get("/leaderboard/").content.decode().partition("How far voters agree</h2>")[2]
    assert section.partition("</section>")[0].count("Not known yet") == 1
    publish()
    published = read_json("overall/1")["agreement"]
    assert (published["raw"], published["units"]) == (pytest.approx(2 / 3), 3)
    assert published["alpha_lower"] <= published["alpha"] <= published["alpha_upper"]
    section = outsider().get("/leaderboard/").content.decode().partition("How far voters agree</h2>")[2]
    assert "67 %" in section.partition("</section>")[0]
    assert f"α {published['alpha']:.2f}" in read("overall/1/").decode()


def test_ratings_over_time_come_from_published_boards(pair: Pair) -> None:
    publish()
    Leaderboard.objects.update(published_at=timezone.now() - timedelta(days=2))
    make_votes(*pair, ["a"] * 3)
    publish()
    section = outsider().get("/leaderboard/").content.decode().partition("Ratings over time</h2>")[2]
    assert section.partition("</details>")[0].count("<tr>") == 3
    assert section.count("<polyline") == 2
