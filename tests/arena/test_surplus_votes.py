"""What one voter votes beyond the daily number is kept, and is on no board."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from arena.leaderboards.recount import miscounted
from arena.models import Participant, Vote
from arena.people.exclusion import exclude, lift
from arena.people.withdrawal import withdraw
from serving.models import LanguageModel
from tests.arena.cast import consent_from, make_model, make_participant, make_vote, make_votes, organiser

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> tuple[LanguageModel, LanguageModel]:
    return make_model("ahuntz"), make_model("behi")


@pytest.fixture
def eager(pair: tuple[LanguageModel, LanguageModel], settings: Settings) -> Participant:
    """Somebody with three votes where two count."""
    settings.COUNTED_VOTES_A_DAY = 2
    eager = make_participant()
    make_votes(*pair, "aab", participant=eager)
    return eager


def on_the_board(client: Client, query: str = "") -> int:
    return int(client.get(f"/leaderboard.json{query}").json()["votes"])


def test_votes_beyond_the_daily_number_are_kept_and_not_counted(eager: Participant, client: Client) -> None:
    assert Vote.objects.count() == 3
    assert [on_the_board(client), on_the_board(client, "?excluded=1"), on_the_board(client, "?simulated=1")] == [2] * 3
    assert client.get("/votes.csv").getvalue().count(b"\n") == 3
    assert miscounted() == {}


def test_votes_of_others_count_as_before(eager: Participant, pair, client: Client) -> None:
    assert on_the_board(client) == 2
    make_vote(*pair, "a")
    assert on_the_board(client) == 3


def test_the_next_day_counts_anew(eager: Participant, pair, client: Client) -> None:
    Vote.objects.update(created_at=timezone.now() - timedelta(days=1))
    make_vote(*pair, "b", participant=eager)
    assert on_the_board(client) == 3


def test_zero_counts_every_vote(pair, settings: Settings, client: Client) -> None:
    settings.COUNTED_VOTES_A_DAY = 0
    make_votes(*pair, "aaab")
    assert on_the_board(client) == 4


def test_simulated_voters_have_no_daily_number(pair, settings: Settings, client: Client) -> None:
    settings.COUNTED_VOTES_A_DAY = 1
    make_votes(*pair, "aab", participant=make_participant(simulated=True))
    assert on_the_board(client, "?simulated=1") == 3


def test_excluding_and_lifting_do_not_make_them_count(eager: Participant, client: Client) -> None:
    by = organiser().request().wsgi_request.user
    exclude(participant=eager, reason="Always side A.", by=by)
    assert on_the_board(client) == 0
    lift(participant=eager, by=by)
    assert on_the_board(client) == 2
    assert miscounted() == {}


def test_they_are_withdrawn_with_the_others(eager: Participant, client: Client) -> None:
    assert withdraw(receipt=consent_from(eager).receipt).votes == 3
    assert on_the_board(client) == 0
    assert miscounted() == {}
