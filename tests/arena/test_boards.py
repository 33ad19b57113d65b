"""The choice of boards: axes, slices, and whose votes they count, entering at the pages and their files."""

from __future__ import annotations

import json
import random
import threading
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from arena.battles.voting import cast_vote
from arena.leaderboards.columns import votes_now
from arena.leaderboards.compute import ballots_of, board
from arena.leaderboards.counting import kept
from arena.leaderboards.counts import counts_now
from arena.leaderboards.recount import miscounted
from arena.models import Answer, Vote
from arena.people.exclusion import exclude, lift
from arena.people.withdrawal import withdraw
from serving.models import LanguageModel
from tests.arena.cast import consent_from, make_battle, make_model, make_participant, make_vote, make_votes, outsider

pytestmark = pytest.mark.django_db

Pair = tuple[LanguageModel, LanguageModel]
BOTH_WAYS = ["a"] * 8 + ["b"] * 4


@pytest.fixture
def pair() -> Pair:
    return make_model("ahuntz"), make_model("behi")


def page(query: str = "") -> str:
    response = outsider().get(f"/leaderboard/{query}")
    assert response.status_code == 200
    return response.content.decode()


def standings(query: str = "") -> dict[str, Any]:
    """The board's file; models by name."""
    board = json.loads(outsider().get(f"/leaderboard.json{query}").content)
    return {**board, "models": {row["model"]: row for row in board["models"]}}


def test_a_vote_is_on_the_board_at_once(pair: Pair) -> None:
    make_votes(*pair, BOTH_WAYS)
    before = standings()["models"]["behi"]["rating"]
    make_vote(*pair, "b")
    assert standings()["votes"] == 13
    assert standings()["models"]["behi"]["rating"] > before


def test_a_withdrawn_vote_is_gone_from_every_board_at_once(pair: Pair) -> None:
    make_votes(*pair, BOTH_WAYS, category="food")
    vote = make_vote(*pair, "b", category="food")
    before = [standings(query)["votes"] for query in ("", "?board=category:food", "?board=language:eu")]
    withdraw(receipt=vote.battle.consent.receipt)
    after = [standings(query)["votes"] for query in ("", "?board=category:food", "?board=language:eu")]
    assert (before, after) == ([13] * 3, [12] * 3)


def test_a_slice_counts_its_own_votes_alone(pair: Pair) -> None:
    make_votes(*pair, ["a", "b"], category="food")
    make_votes(*pair, ["a"] * 3, category="places", variety="eu-x-bizkai")
    found = {name: standings(f"?board={name}")["votes"] for name in ("category:food", "variety:eu-x-bizkai", "overall")}
    assert found == {"category:food": 2, "variety:eu-x-bizkai": 3, "overall": 5}


def test_a_month_is_a_board(pair: Pair) -> None:
    make_votes(*pair, ["a", "b"])
    assert standings(f"?board=month:{timezone.now():%Y-%m}")["votes"] == 2


def test_an_axis_counts_what_voters_said_of_it(pair: Pair) -> None:
    battle = make_battle(*pair)
    cast_vote(battle=battle, outcome="a", content="tie", key=uuid.uuid4(), dwell_ms=None)
    content, quality = standings("?board=content")["models"]["ahuntz"], standings("?board=quality")["models"]["ahuntz"]
    assert (content["ties"], content["wins"], quality["votes"]) == (1, 0, 0)


def test_the_page_offers_every_board_that_has_votes(pair: Pair) -> None:
    make_vote(*pair, "a", category="food", variety="eu-x-bizkai")
    content = page()
    for name in ("overall", "content", "quality", "category:food", "variety:eu-x-bizkai", "language:eu"):
        assert f'value="{name}"' in content


@pytest.mark.parametrize("board", ["category:nothing", "nonsense", "language:", "overall:x", ""])
def test_a_board_that_there_is_not_is_not_found(pair: Pair, board: str) -> None:
    assert outsider().get("/leaderboard/", {"board": board}).status_code == 404
    assert outsider().get("/leaderboard.csv", {"board": board}).status_code == 404


def test_a_small_slice_leans_on_the_overall_board(pair: Pair) -> None:
    """Ten votes against the grain of a hundred do not turn the order by themselves."""
    for _ in range(10):
        make_votes(*pair, ["a"] * 8 + ["b"] * 2, category="food")
    make_votes(*pair, ["b"] * 10, category="places")
    small = standings("?board=category:places")
    assert small["intervals"] == "posterior"
    assert standings()["models"]["behi"]["rating"] < small["models"]["behi"]["rating"] < 1250
    assert "lean on the overall ones" in page("?board=category:places")


def test_slices_of_the_site_are_those_that_its_export_gives(pair: Pair, tmp_path, capsys) -> None:
    """Same export, same boards: how far slices lean is told by all of their kind, there as here."""
    make_model("catu")
    for number, category in enumerate(("food", "food", "places", "stories")):
        make_votes(*pair, BOTH_WAYS[number:], category=category)
    (tmp_path / "votes.json").write_bytes(outsider().get("/votes.json").getvalue())
    call_command("leaderboard", votes=tmp_path / "votes.json", by="category", format="json")
    boards = json.loads(capsys.readouterr().out)["boards"]
    for category in ("food", "places", "stories"):
        ours = standings(f"?board=category:{category}")
        theirs = {row["model"]: row for row in boards[category]["models"]}
        assert ours["hash"] == boards[category]["hash"]
        assert {name: ours["models"][name] for name in theirs} == theirs


def test_intervals_are_by_voter_where_voters_are_many(pair: Pair) -> None:
    for number in range(12):
        make_votes(*pair, ["a", "b", "a" if number % 3 else "tie"])
    assert standings()["intervals"] == "voter"


def test_voters_who_all_vote_alike_make_nobody_certain(pair: Pair) -> None:
    for _ in range(4):
        make_votes(*pair, ["a", "a", "b"])
    [first, second] = standings()["models"].values()
    assert first["lower"] < second["upper"]
    assert standings()["warnings"] == ["few_voters"]


def test_excluded_voters_are_on_the_board_only_where_asked_for(pair: Pair) -> None:
    make_votes(*pair, BOTH_WAYS)
    contrarian = make_participant()
    make_votes(*pair, ["b"] * 5, participant=contrarian)
    assert "With excluded voters" not in page()
    organiser = User.objects.create_user("organiser")
    exclude(participant=contrarian, reason="Always B.", by=organiser)
    assert (standings()["votes"], standings("?excluded=1")["votes"]) == (12, 17)
    assert "With excluded voters" in page()
    lift(participant=contrarian, by=organiser)
    assert standings()["votes"] == 17


def test_a_repeat_is_on_no_board(pair: Pair) -> None:
    first = make_vote(*pair, "a")
    make_vote(*pair, "b", repeats=first.battle)
    assert standings()["votes"] == 1


def test_each_row_names_lineage_licence_and_failures(pair: Pair) -> None:
    child = make_model("kume", parent=pair[0], licence="Apache-2.0")
    make_votes(pair[1], child, BOTH_WAYS)
    turn = Vote.objects.all()[0].battle.turns.get()
    complete = turn.answers.get(side="b")
    Answer.objects.filter(pk=complete.pk).update(attempt=2)
    Answer.objects.create(
        turn=turn, side="b", attempt=1, state="failed", failure="hung", model=child, revision="1", decoding={}
    )
    row = page().partition(">Kume</a>")[2].partition("</tr>")[0]
    assert "trained on votes from Ahuntz" in row
    assert "Apache-2.0" in row
    # One of thirteen.
    assert "8 %" in row.rpartition("<td")[2]


def test_an_answer_under_way_is_no_failure(pair: Pair) -> None:
    make_votes(*pair, BOTH_WAYS)
    Answer.objects.filter(pk=make_battle(*pair).turns.get().answers.get(side="a").pk).update(state="streaming")
    row = page().partition(">Ahuntz</a>")[2].partition("</tr>")[0]
    assert "0 %" in row.rpartition("<td")[2]


def test_a_provisional_model_says_how_many_votes_it_needs(pair: Pair) -> None:
    make_votes(*pair, BOTH_WAYS)
    make_votes(pair[0], make_model("catu"), ["a", "b", "tie"])
    row = page().partition(">Catu</a>")[2].partition("</tr>")[0]
    assert ">7<" in row
    assert "7 more votes are needed." in row


def test_what_nobody_knows_yet_is_said(pair: Pair) -> None:
    content = page()
    assert "Not known yet: no two models have been compared." in content
    assert "Not known yet: no board with a ranked model has been published." in content


def test_votes_as_columns_equal_the_kept_counts_through_every_change(pair: Pair) -> None:
    """New votes, one withdrawn, a voter excluded and let back in: read anew or read on, it is the same table."""
    source = random.Random(5)
    people = [make_participant() for _ in range(3)]
    organiser = User.objects.create_user("organiser")
    for step in range(12):
        vote = make_vote(*source.sample(pair, 2), source.choice(["a", "b", "tie"]), participant=people[step % 3])
        if step == 4:
            withdraw(receipt=consent_from(people[0]).receipt)
            people[0] = make_participant()
        if step == 6:
            exclude(participant=people[1], reason="Always B.", by=organiser)
        if step == 9:
            lift(participant=people[1], by=organiser)
        for excluded in (False, True):
            columns = ballots_of(votes_now(), "overall", simulated=False, excluded=excluded).counts()
            assert columns.outcomes() == counts_now(excluded=excluded).outcomes(), (step, vote)


@pytest.mark.django_db(transaction=True)
def test_counts_kept_by_many_at_once_equal_a_recount() -> None:
    """Four vote at a time, each in another order of boards; one takes everything back, and one is excluded."""
    pair = (make_model("ahuntz"), make_model("behi"))
    people = [make_participant() for _ in range(4)]
    organiser = User.objects.create_user("organiser")
    categories = ["food", "places", "stories", "weather"]
    battles = [
        [make_battle(*pair, participant=who, category=categories[(n + turn) % 4]) for turn in range(4)]
        for n, who in enumerate(people)
    ]
    start = threading.Barrier(len(people))

    def take_part(number: int) -> None:
        try:
            start.wait()
            for battle in battles[number]:
                cast_vote(battle=battle, outcome="a", key=uuid.uuid4(), dwell_ms=None)
                kept("overall")
            if number == 0:
                withdraw(receipt=consent_from(people[0]).receipt)
            if number == 1:
                exclude(participant=people[1], reason="Always A.", by=organiser)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_part, args=[number]) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert miscounted() == {}
    assert {name: kept(f"category:{name}").table.sum() for name in categories} == dict.fromkeys(categories, 2)
    assert (board().counts.total(), board(excluded=True).counts.total()) == (8, 12)
