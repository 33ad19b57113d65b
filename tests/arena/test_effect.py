"""What a vote told, as its voter reads it in the reveal."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from arena.leaderboards.counting import take_back
from arena.models import Battle, Vote
from serving.models import LanguageModel
from tests.arena.cast import make_battle, make_model, make_participant, make_vote, make_votes, volunteer

pytestmark = pytest.mark.django_db

Pair = tuple[LanguageModel, LanguageModel]


@pytest.fixture
def pair() -> Pair:
    return make_model("itsasoa"), make_model("mendia")


@pytest.fixture(autouse=True)
def minimum(settings) -> None:
    settings.MINIMUM_VOTES = 3


def told(battle: Battle, outcome: str = "a") -> dict[str, Any]:
    """What the vote's answer says."""
    data = {"outcome": outcome, "key": str(uuid.uuid4()), "dwell_ms": 3000}
    response = volunteer(battle.participant).post(f"/battles/{battle.pk}/vote/", data, content_type="application/json")
    assert response.status_code == 201, response.content
    found: dict[str, Any] = response.json()
    return found


def test_the_first_vote_has_no_others_and_no_interval(pair: Pair) -> None:
    found = told(make_battle(*pair))
    assert (found["others"], found["interval"]) == ({"a": 0, "tie": 0, "both_bad": 0, "b": 0}, None)


def test_other_votes_are_told_by_the_sides_of_this_battle(pair: Pair) -> None:
    make_votes(*pair, ["a", "a", "tie"])
    make_votes(pair[1], pair[0], ["a", "both_bad"])
    assert told(make_battle(*pair))["others"] == {"a": 2, "tie": 1, "both_bad": 1, "b": 1}


def test_a_vote_narrows_the_interval_of_the_two(pair: Pair) -> None:
    make_votes(*pair, ["a", "b"] * 8)
    first, second = (told(make_battle(*pair))["interval"] for _ in range(2))
    assert first["with"] < first["without"]
    assert second["without"] == pytest.approx(first["with"])


def test_both_bad_compares_nothing(pair: Pair) -> None:
    make_votes(*pair, ["a", "b"] * 8)
    assert told(make_battle(*pair), "both_bad")["interval"] is None


def test_models_without_a_rank_have_no_interval(pair: Pair) -> None:
    make_votes(*pair, ["a"] * 8)
    assert told(make_battle(*pair))["interval"] is None


def test_a_vote_that_is_not_counted_changed_nothing(pair: Pair) -> None:
    make_votes(*pair, ["a", "b"] * 8)
    found = told(make_battle(*pair, repeats=make_vote(*pair, "a").battle))
    assert (found["interval"], found["others"]["a"]) == (None, 9)


def test_a_simulated_voter_is_told_of_the_board_with_simulated_votes(pair: Pair) -> None:
    simulated = make_participant(simulated=True)
    make_votes(*pair, ["a", "b", "a"], participant=simulated)
    make_votes(*pair, ["b"])
    assert told(make_battle(*pair, participant=simulated))["others"] == {"a": 2, "tie": 0, "both_bad": 0, "b": 2}


def test_the_page_of_a_voted_battle_tells_it_again(pair: Pair) -> None:
    make_votes(*pair, ["a", "b"] * 8)
    battle = make_battle(*pair)
    told(battle)
    make_votes(*pair, ["b"])
    page = volunteer(battle.participant).get(f"/battles/{battle.pk}/").content.decode()
    assert '"others": {"a": 8, "tie": 0, "both_bad": 0, "b": 9}' in page


def test_a_withdrawn_vote_on_a_retired_model_still_has_its_page(pair: Pair) -> None:
    vote = make_vote(*pair, "a")
    take_back([vote])
    Vote.objects.update(withdrawn_at=vote.created_at)
    LanguageModel.objects.filter(pk=pair[1].pk).update(state=LanguageModel.State.RETIRED)
    response = volunteer(vote.battle.participant).get(f"/battles/{vote.battle_id}/")
    assert '"others": {"a": 0, "tie": 0, "both_bad": 0, "b": 0}' in response.content.decode()
