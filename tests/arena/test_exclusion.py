"""Excluding a voter: the votes leave the counts and nothing else, and come back as they were."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from arena.errors import Refused
from arena.leaderboards.compute import board
from arena.leaderboards.recount import miscounted
from arena.models import Exclusion, Participant, Vote
from arena.people.exclusion import exclude, lift
from arena.people.withdrawal import withdraw
from tests.arena.cast import consent_from, make_battle, make_model, make_participant, make_votes, vote_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return User.objects.create_superuser("organiser")


@pytest.fixture
def suspect() -> Participant:
    """Somebody with six votes for the worse of two models, among nineteen of others."""
    good, bad = make_model("ona"), make_model("txarra")
    make_votes(good, bad, ["a"] * 9 + ["b"] * 4 + ["tie", "both_bad"])
    make_votes(bad, good, ["b"] * 3 + ["a"], category="food")
    suspect = make_participant()
    make_votes(bad, good, ["a"] * 5, participant=suspect, category="food")
    make_votes(good, bad, ["b"], participant=suspect)
    return suspect


def rating_of(model: str, **populations: bool) -> float | None:
    return next(row.rating for row in board(**populations).rows if row.model == model)


def test_the_votes_of_an_excluded_voter_leave_every_board(suspect: Participant, by: User) -> None:
    before, with_all = rating_of("ona"), board().counts.total()
    exclude(participant=suspect, reason="Always the same side.", by=by)
    assert (board().counts.total(), board("category:food").counts.total()) == (with_all - 6, 4)
    assert rating_of("ona") > before
    assert miscounted() == {}


def test_the_board_with_excluded_voters_is_the_board_as_it_was(suspect: Participant, by: User) -> None:
    before = board().hash
    exclude(participant=suspect, reason="Always the same side.", by=by)
    assert board(excluded=True).hash == before
    assert rating_of("ona", excluded=True) < rating_of("ona")


def test_lifting_gives_the_same_board_again(suspect: Participant, by: User) -> None:
    before = board()
    exclude(participant=suspect, reason="Always the same side.", by=by)
    lift(participant=suspect, by=by)
    assert (board().hash, board().rows) == (before.hash, before.rows)
    assert miscounted() == {}


def test_a_new_vote_of_an_excluded_voter_is_kept_apart_until_it_is_lifted(suspect: Participant, by: User) -> None:
    exclude(participant=suspect, reason="Always the same side.", by=by)
    before = board().counts.total()
    first = Vote.objects.filter(participant=suspect).earliest("pk")
    vote = vote_on(make_battle(first.model_a, first.model_b, participant=suspect), "a")
    assert (vote.population, board().counts.total()) == ("excluded", before)
    lift(participant=suspect, by=by)
    assert board().counts.total() == before + 7
    assert miscounted() == {}


def test_an_excluded_voter_can_withdraw(suspect: Participant, by: User) -> None:
    exclude(participant=suspect, reason="Always the same side.", by=by)
    assert withdraw(receipt=consent_from(suspect).receipt).votes == 6
    lift(participant=suspect, by=by)
    assert miscounted() == {}
    assert board().counts.total() == board(excluded=True).counts.total() == 19


def test_a_repeat_moves_too_and_is_still_not_counted(suspect: Participant, by: User) -> None:
    vote = Vote.objects.exclude(participant=suspect).earliest("pk")
    again = vote_on(make_battle(vote.model_a, vote.model_b, participant=suspect, repeats=vote.battle), "b")
    exclude(participant=suspect, reason="Always the same side.", by=by)
    again.refresh_from_db()
    assert again.population == "excluded"
    assert miscounted() == {}


def test_what_was_decided_stays_on_record(suspect: Participant, by: User) -> None:
    exclude(participant=suspect, reason=" Always the same side. ", by=by)
    lift(participant=suspect, by=by)
    exclude(participant=suspect, reason="And again.", by=by)
    reasons = Exclusion.objects.order_by("pk").values_list("reason", "decided_by", "lifted_by")
    assert list(reasons) == [("Always the same side.", by.pk, by.pk), ("And again.", by.pk, None)]


def test_a_reason_is_needed(suspect: Participant, by: User) -> None:
    with pytest.raises(Refused, match="why"):
        exclude(participant=suspect, reason="  ", by=by)
    assert not Exclusion.objects.exists()


def test_nobody_is_excluded_twice_nor_let_in_who_was_not_out(suspect: Participant, by: User) -> None:
    with pytest.raises(Refused) as refused:
        lift(participant=suspect, by=by)
    assert refused.value.status == 409
    exclude(participant=suspect, reason="Always the same side.", by=by)
    with pytest.raises(Refused) as refused:
        exclude(participant=suspect, reason="Once more.", by=by)
    assert refused.value.status == 409
    assert miscounted() == {}
