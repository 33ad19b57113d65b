"""A battle that its voter shows to others."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from arena.models import Battle
from arena.people.withdrawal import withdraw
from serving.models import LanguageModel
from tests.arena.cast import (
    ANSWERS,
    QUESTION,
    consent_from,
    make_battle,
    make_model,
    make_participant,
    make_vote,
    outsider,
    volunteer,
)

pytestmark = pytest.mark.django_db

Pair = tuple[LanguageModel, LanguageModel]


@pytest.fixture
def pair() -> Pair:
    return make_model("itsasoa"), make_model("mendia")


def share(battle: Battle) -> Any:
    return volunteer(battle.participant).post(f"/battles/{battle.pk}/share/")


def path_of(battle: Battle) -> str:
    address: str = share(battle).json()["url"]
    return address.removeprefix("http://testserver")


def test_whoever_has_the_address_reads_question_answers_models_and_vote(pair: Pair) -> None:
    page = outsider().get(path_of(make_vote(*pair, "b").battle)).content.decode()
    for part in (QUESTION, *ANSWERS, "itsasoa", "mendia", "B was found better."):
        assert part in page
    assert '<meta name="robots" content="noindex">' in page


def test_the_address_stays_the_same_and_is_not_the_battle_s(pair: Pair) -> None:
    battle = make_vote(*pair, "a").battle
    assert path_of(battle) == path_of(battle)
    assert str(battle.pk) not in path_of(battle)
    assert outsider().get(f"/shared/{battle.pk}/").status_code == 404


def test_nothing_is_shared_before_its_voter_asks(pair: Pair) -> None:
    make_vote(*pair, "a")
    assert Battle.objects.get().share_key is None
    assert outsider().get(f"/shared/{uuid.uuid4()}/").status_code == 404


def refusal(battle: Battle) -> tuple[int, str]:
    response = share(battle)
    return response.status_code, response.json()["code"]


def test_an_open_battle_is_not_shared(pair: Pair) -> None:
    assert refusal(make_battle(*pair)) == (409, "not_voted")


def test_a_battle_whose_voter_did_not_agree_to_publication_is_not_shared(pair: Pair) -> None:
    assert refusal(make_vote(*pair, "a", participant=make_participant(publish=False)).battle) == (409, "not_published")


def test_somebody_else_s_words_are_not_shared(pair: Pair) -> None:
    first = make_vote(*pair, "a").battle
    assert refusal(make_vote(*pair, "a", repeats=first).battle) == (409, "not_yours")


def test_nobody_shares_the_battle_of_another(pair: Pair) -> None:
    battle = make_vote(*pair, "a").battle
    assert volunteer().post(f"/battles/{battle.pk}/share/").status_code == 404
    assert outsider().post(f"/battles/{battle.pk}/share/").status_code == 403


def test_a_withdrawn_battle_is_gone(pair: Pair) -> None:
    battle = make_vote(*pair, "a").battle
    path = path_of(battle)
    withdraw(receipt=consent_from(battle.participant).receipt)
    assert outsider().get(path).status_code == 404
    assert refusal(battle) == (409, "not_published")
