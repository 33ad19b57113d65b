"""The page of what somebody's votes did: all of it from the record, and nothing before the vote."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from arena.leaderboards.published import publish
from arena.models import Leaderboard, Participant, Vote
from arena.people.exclusion import exclude, lift
from serving.models import LanguageModel
from tests.arena.cast import (
    consent_from,
    make_battle,
    make_model,
    make_participant,
    make_vote,
    make_votes,
    outsider,
    volunteer,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def voter() -> Participant:
    return make_participant()


@pytest.fixture
def pair() -> tuple[LanguageModel, LanguageModel]:
    return make_model("ahuntz"), make_model("behi")


def page_of(participant: Participant) -> str:
    """The words of the page, with single spaces."""
    response = volunteer(participant).get("/me/")
    assert response.status_code == 200
    return words(response.content.decode())


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2].partition("</main>")[0]).split())


def test_who_has_never_been_here_is_told_what_will_be_here() -> None:
    page = outsider().get("/me/").content.decode()
    assert "There is no vote here yet." in page
    assert 'href="/battle/"' in page


def test_who_agreed_and_has_not_voted_is_told_the_same(voter: Participant) -> None:
    page = page_of(voter)
    assert "There is no vote here yet." in page
    assert "You have" not in page


@pytest.mark.parametrize("votes", [0, 1])
def test_an_unvoted_battle_is_nowhere_on_the_page(voter: Participant, pair, votes: int) -> None:
    """Invariant 1: whether the battle is there or not, the page is the same."""
    make_votes(*pair, ["a"] * votes, participant=voter)
    child = make_model("itsaso-umea", parent=pair[0], lineage={"votes": []})
    make_votes(child, pair[1], ["a"] * 12)
    before = page_of(voter)
    make_battle(child, pair[1], participant=voter)
    assert page_of(voter) == before
    assert "itsaso" not in before.lower()


def test_votes_are_counted_by_month(voter: Participant, pair) -> None:
    first, *_others = make_votes(*pair, ["a", "tie", "both_bad"], participant=voter)
    Vote.objects.filter(pk=first.pk).update(created_at=datetime(2026, 3, 31, 12, tzinfo=UTC))
    page = page_of(voter)
    assert "You have judged 3 battles." in page
    assert page.endswith(
        "March 2026 1 Only you see this page: it is shown to this browser, and to whoever has your receipt."
    )


def test_nobody_else_s_votes_are_counted(voter: Participant, pair) -> None:
    make_vote(*pair, "a", participant=voter)
    make_votes(*pair, ["b"] * 5)
    assert "You have judged 1 battle." in page_of(voter)


# With others


def test_few_votes_that_can_be_compared_are_too_few_to_say(voter: Participant, pair) -> None:
    make_votes(*pair, ["a"] * 9, participant=voter)
    make_votes(*pair, ["a", "a"])
    assert "Too few to say: 9 votes of yours can be compared" in page_of(voter)


def test_the_share_that_goes_with_most_others_comes_with_its_interval(voter: Participant, pair) -> None:
    make_votes(*pair, ["a"] * 6 + ["tie"], participant=voter)
    make_votes(*reversed(pair), ["a"] * 4, participant=voter)
    make_votes(*pair, ["a", "b", "a"])
    page = page_of(voter)
    assert "In 60 % of 10 votes you named the model that most others named too" in page
    assert "(95 % interval: 31 % to 83 %)" in page


def test_own_votes_are_no_others(voter: Participant, pair) -> None:
    make_votes(*pair, ["a"] * 12, participant=voter)
    make_vote(*pair, "b")
    assert "In 0 % of 12 votes" in page_of(voter)


def test_a_pair_on_which_others_are_split_says_nothing(voter: Participant, pair) -> None:
    make_votes(*pair, ["a"] * 12, participant=voter)
    make_votes(*pair, ["a", "b"])
    assert "Too few to say: 0 votes" in page_of(voter)


def test_simulated_voters_are_no_others(voter: Participant, pair) -> None:
    make_votes(*pair, ["a"] * 12, participant=voter)
    make_vote(*pair, "a", participant=make_participant(simulated=True))
    assert "Too few to say: 0 votes" in page_of(voter)


# On the published boards


def test_the_latest_number_of_each_board_that_counts_a_vote_is_named(voter: Participant, pair) -> None:
    make_vote(*pair, "a", participant=voter, category="food")
    publish()
    make_vote(*pair, "a", participant=voter)
    publish()
    publish("category:food")
    page = page_of(voter)
    assert "Overall, number 2 : 2 votes of yours Category: Food, number 1 : 1 vote of yours" in page
    assert "number 1 : 2" not in page


def test_a_board_that_was_published_before_the_vote_does_not_count_it(voter: Participant, pair) -> None:
    make_vote(*pair, "a")
    publish()
    make_vote(*pair, "a", participant=voter)
    assert "No published board counts a vote of yours yet." in page_of(voter)


def test_a_board_that_was_published_while_somebody_was_excluded_does_not_count_them(voter: Participant, pair) -> None:
    make_vote(*pair, "a", participant=voter)
    make_vote(*pair, "b")
    organiser = User.objects.create_superuser("organiser")
    exclude(participant=voter, reason="Sells votes.", by=organiser)
    publish()
    lift(participant=voter, by=organiser)
    assert "No published board counts a vote of yours yet." in page_of(voter)
    publish()
    assert Leaderboard.objects.filter(excluded=False).count() == 2
    assert "Overall, number 2 : 1 vote of yours" in page_of(voter)


# In the next models


def test_a_model_trained_on_a_vote_is_named_with_its_record(voter: Participant, pair) -> None:
    votes = make_votes(*pair, ["a", "b"], participant=voter)
    other = make_vote(*pair, "a")
    child = make_model("ikasi", parent=pair[0], lineage={"votes": [*(vote.pk for vote in votes), other.pk]})
    make_model("bestea", parent=pair[0], lineage={"votes": [other.pk]})
    assert "Ikasi : 2 votes of yours Trained on votes; too few votes say yet" in page_of(voter)
    make_votes(child, pair[0], ["a"] * 6 + ["b"] * 4)
    page = page_of(voter)
    assert "it has won 60 % of 10 decided votes against its parent, Ahuntz. (95 % interval: 31 % to 83 %)" in page
    assert "Bestea" not in page


def test_no_model_is_named_where_none_was_trained_on_a_vote(voter: Participant, pair) -> None:
    make_vote(*pair, "a", participant=voter)
    assert "No model in the arena was trained on a vote of yours yet." in page_of(voter)


# Badges


def test_badges_follow_from_the_record(voter: Participant, pair) -> None:
    make_vote(*pair, "a", participant=voter, category="food")
    page = page_of(voter)
    assert "You have cast your first vote." in page
    assert "You have judged ten battles." not in page
    votes = make_votes(*pair, ["tie"] * 8, participant=voter, category="people")
    make_vote(*pair, "b", participant=voter, category="weather")
    make_model("ikasi", parent=pair[0], lineage={"votes": [votes[0].pk]})
    publish()
    page = page_of(voter)
    assert "You have judged ten battles. You have judged in three categories." in page
    assert "A published leaderboard counts a vote of yours. A model was trained on a vote of yours." in page


# The receipt


def test_the_receipt_opens_the_page_in_any_browser(voter: Participant, pair) -> None:
    make_vote(*pair, "a", participant=voter)
    code = consent_from(voter).receipt
    assert "What my votes did" in words(outsider().post("/receipt/", {"receipt": code}).content.decode())
    response = outsider().post("/receipt/", {"receipt": code, "action": "impact"})
    assert "You have judged 1 battle." in words(response.content.decode())
    assert code not in response.content.decode()


def test_a_wrong_code_opens_nothing(voter: Participant) -> None:
    response = outsider().post("/receipt/", {"receipt": "2345-6789-BCDF", "action": "impact"})
    assert response.status_code == 404
    assert "There is no receipt with this code." in response.content.decode()


def test_what_was_withdrawn_counts_nowhere_and_names_what_was_trained_on_it(voter: Participant, pair) -> None:
    vote = make_vote(*pair, "a", participant=voter)
    make_model("ikasi", parent=pair[0], lineage={"votes": [vote.pk]})
    make_vote(*pair, "b")
    publish()
    outsider().post("/receipt/", {"receipt": consent_from(voter).receipt, "action": "withdraw"})
    page = page_of(voter)
    assert "You have withdrawn 1 vote: it counts nowhere any more." in page
    assert "Ikasi : 1 vote of yours" in page
    assert "number 1" not in page
    assert "judged" not in page


def test_the_page_is_kept_by_no_cache() -> None:
    assert "no-store" in outsider().get("/me/")["Cache-Control"]
