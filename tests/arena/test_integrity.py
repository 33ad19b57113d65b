"""The organiser's page: who stands out, what hangs on whom, the audit, and excluding with a reason."""

from __future__ import annotations

import random
import uuid

import pytest
from django.test import Client

from arena.leaderboards.compute import board
from arena.leaderboards.recount import miscounted
from arena.models import Battle, Exclusion, Participant
from serving.models import LanguageModel
from tests.arena.cast import make_model, make_participant, make_vote, make_votes, organiser, outsider, researcher

pytestmark = pytest.mark.django_db
ADDRESS = "/research/integrity/"


@pytest.fixture
def models() -> list[LanguageModel]:
    return [make_model(name) for name in ("ahuntz", "behi", "catu")]


@pytest.fixture
def crowd(models: list[LanguageModel]) -> list[Participant]:
    """Six people who find the first model a little better than the second, and that than the third."""
    source = random.Random(8)
    people = [make_participant() for _person in range(6)]
    for person in people:
        for _vote in range(12):
            i, j = source.sample(range(3), 2)
            make_vote(models[i], models[j], source.choice("aaab" if i < j else "abbb"), participant=person)
    return people


@pytest.fixture
def suspect(crowd: list[Participant], models: list[LanguageModel]) -> Participant:
    """Somebody who always chose side A."""
    suspect = make_participant()
    for i, j in [(0, 1), (1, 0), (2, 1), (1, 2), (0, 2), (2, 0)] * 5:
        make_vote(models[i], models[j], "a", participant=suspect)
    return suspect


def page(client: Client | None = None) -> str:
    response = (client or organiser()).get(ADDRESS)
    assert response.status_code == 200
    return str(response.content.decode())


def excluded(client: Client, participant: Participant, reason: str = "Always side A.") -> str:
    response = client.post(f"{ADDRESS}{participant.pk}/exclude/", {"reason": reason}, follow=True)
    return str(response.content.decode())


@pytest.mark.parametrize("client", [outsider, researcher])
def test_only_organisers_see_it_and_decide(suspect: Participant, client: type[Client]) -> None:
    browser = client()
    assert browser.get(ADDRESS).status_code == 403
    assert browser.post(f"{ADDRESS}{suspect.pk}/exclude/", {"reason": "x"}).status_code == 403
    assert browser.post(f"{ADDRESS}{suspect.pk}/lift/").status_code == 403
    assert not Exclusion.objects.exists()


def test_a_voter_who_always_chose_one_side_stands_out_in_words(suspect: Participant) -> None:
    text = page()
    assert str(suspect.pk)[:8] in text.partition("How few votes")[0]
    assert "Side A in 30 of 30 votes, a tie being half;" in text


def test_nobody_stands_out_among_people_who_read(crowd: list[Participant]) -> None:
    assert "Nobody stands out." in page()


def test_it_says_how_few_votes_would_change_the_first_place(crowd: list[Participant]) -> None:
    text = page()
    assert "would be before Ahuntz" in text
    assert "points." in text


def test_excluding_needs_a_reason(suspect: Participant) -> None:
    assert "Please write why" in excluded(organiser(), suspect, reason=" ")
    assert not Exclusion.objects.exists()


def test_excluding_changes_the_board_is_recorded_and_can_be_lifted(suspect: Participant) -> None:
    before, client = board().hash, organiser()
    assert "The voter is excluded." in excluded(client, suspect)
    text = page(client)
    assert "Always side A." in text
    assert "Nobody stands out." in text
    assert board().hash != before
    assert "votes count again" in client.post(f"{ADDRESS}{suspect.pk}/lift/", follow=True).content.decode()
    assert board().hash == before
    assert miscounted() == {}


def test_both_boards_stand_side_by_side(suspect: Participant) -> None:
    client = organiser()
    assert "Rating without" not in page(client)
    excluded(client, suspect)
    text = page(client).partition("Rating without")[2]
    without, with_all = board(), board(excluded=True)
    for rows in (without.rows, with_all.rows):
        assert f"{rows[0].rating:.0f}" in text


def test_excluding_twice_is_refused_with_a_sentence(suspect: Participant) -> None:
    client = organiser()
    excluded(client, suspect)
    assert "excluded already" in excluded(client, suspect)


def test_an_unknown_voter_is_not_found() -> None:
    assert organiser().post(f"{ADDRESS}{uuid.uuid4()}/exclude/", {"reason": "x"}).status_code == 404


def test_an_unfair_draw_is_said(crowd: list[Participant], models: list[LanguageModel]) -> None:
    assert "fit their stored probabilities" in page()
    Battle.objects.update(pair_probability=0.02)
    assert "do not fit their stored probabilities" in page()


def test_a_model_on_one_side_is_said(models: list[LanguageModel]) -> None:
    make_votes(models[0], models[1], ["a", "b"] * 12, pair_probability=1.0)
    assert "a model is on one side too often" in page()


def test_an_empty_arena_has_nothing_to_say() -> None:
    text = page()
    assert "Nobody stands out." in text
    assert "Nobody is ranked yet." in text


def test_the_page_says_what_nobody_can_see() -> None:
    assert "favours one model and spreads those votes" in page()
