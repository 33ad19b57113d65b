"""The receipt: see, keep and withdraw, and what can be told about checkpoints afterwards."""

from __future__ import annotations

import pytest
from django.test import Client

from arena.models import Answer, Battle, Participant, Vote
from arena.people.consent import give_consent
from serving.models import LanguageModel
from tests.arena.cast import QUESTION, consent_from, make_battle, make_model, make_participant, make_vote, outsider

pytestmark = pytest.mark.django_db


@pytest.fixture
def giver() -> Participant:
    return make_participant()


@pytest.fixture
def pair() -> tuple[LanguageModel, LanguageModel]:
    return make_model("ahuntz"), make_model("behi")


def send(receipt: str, action: str = "see") -> tuple[int, str]:
    response = outsider().post("/receipt/", {"receipt": receipt, "action": action})
    return response.status_code, response.content.decode()


def test_the_code_shows_what_was_given(giver: Participant, pair) -> None:
    make_vote(*pair, "a", participant=giver)
    status, page = send(consent_from(giver).receipt)
    assert status == 200
    assert QUESTION in page


def test_the_code_may_be_typed_in_small_letters_without_hyphens(giver: Participant) -> None:
    assert send(consent_from(giver).receipt.lower().replace("-", " "))[0] == 200


@pytest.mark.parametrize("code", ["", "2345-6789-BCDF", "x" * 5000, "\x00", "ñ"])
def test_a_wrong_code_is_a_clear_sentence(code: str) -> None:
    status, page = send(code)
    assert status == 404
    assert "There is no receipt with this code." in page


def test_what_was_given_can_be_kept_as_json(giver: Participant, pair) -> None:
    make_vote(*pair, "a", participant=giver)
    response = outsider().post("/receipt/", {"receipt": consent_from(giver).receipt, "action": "download"})
    [battle] = response.json()["battles"]
    assert (battle["vote"]["outcome"], battle["models"]) == ("a", {"a": "ahuntz", "b": "behi"})
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("action", ["see", "download"])
def test_an_unvoted_battle_names_no_model(giver: Participant, pair, action: str) -> None:
    make_battle(*pair, participant=giver)
    _status, content = send(consent_from(giver).receipt, action)
    assert QUESTION in content
    assert "ahuntz" not in content.lower()


def test_nobody_else_s_battles_are_shown(giver: Participant, pair) -> None:
    make_vote(*pair, "a", text="Norena da hau?")
    assert "Norena da hau?" not in send(consent_from(giver).receipt)[1]


def test_withdrawing_takes_the_votes_off_the_board(giver: Participant, pair, client: Client) -> None:
    make_vote(*pair, "a", participant=giver)
    make_vote(*pair, "b")
    status, page = send(consent_from(giver).receipt, "withdraw")
    assert (status, "1 vote is off the board" in page) == (200, True)
    assert client.get("/leaderboard.json").json()["votes"] == 1
    assert Vote.objects.counted().count() == 1


def test_withdrawing_erases_the_words_and_keeps_the_bare_rows(giver: Participant, pair) -> None:
    make_vote(*pair, "a", participant=giver)
    make_battle(*pair, participant=giver)
    other = make_vote(*pair, "a").battle
    send(consent_from(giver).receipt, "withdraw")
    erased = Answer.objects.filter(turn__battle__participant=giver).values_list("text", "turn__text")
    assert list(erased) == [("", "")] * 4
    assert other.turns.get().text == QUESTION
    assert Battle.objects.count() == 3


@pytest.mark.parametrize("action", ["see", "download"])
def test_what_was_remarked_is_shown_until_it_is_withdrawn(giver: Participant, pair, action: str) -> None:
    remark = make_vote(*pair, "a", participant=giver).remarks.create(side="b", tags=["helpful"], comment="Ona da.")
    other = make_vote(*pair, "a").remarks.create(side="b", comment="Ona da.")
    code = consent_from(giver).receipt
    content = send(code, action)[1]
    assert "Ona da." in content
    assert "helpful" in content
    send(code, "withdraw")
    assert "Ona da." not in send(code, action)[1]
    remark.refresh_from_db()
    other.refresh_from_db()
    assert (remark.comment, other.comment) == ("", "Ona da.")


def test_the_page_says_before_and_after_that_words_are_erased(giver: Participant, pair) -> None:
    make_vote(*pair, "a", participant=giver)
    code = consent_from(giver).receipt
    assert "erases your words and the answers for good" in send(code)[1]
    assert "Your words and the answers to them are erased." in send(code, "withdraw")[1]
    assert QUESTION not in send(code, "download")[1]


def test_withdrawing_twice_says_so_and_counts_once(giver: Participant, pair, client: Client) -> None:
    make_vote(*pair, "a", participant=giver)
    make_vote(*pair, "a")
    send(consent_from(giver).receipt, "withdraw")
    status, page = send(consent_from(giver).receipt, "withdraw")
    assert (status, "This was withdrawn before." in page) == (409, True)
    assert client.get("/leaderboard.json").json()["votes"] == 1


def test_an_older_receipt_opens_what_was_given_under_a_newer_one(giver: Participant, pair) -> None:
    older = consent_from(giver).receipt
    give_consent(participant=giver, language="eu", publish=False, train=False)
    make_vote(*pair, "a", participant=giver, text="Eta gero?")
    assert "Eta gero?" in send(older)[1]
    assert "Eta gero?" in send(older, "download")[1]


def test_a_newer_receipt_withdraws_what_was_given_under_an_older_one(giver: Participant, pair) -> None:
    make_vote(*pair, "a", participant=giver)
    newer = give_consent(participant=giver, language="eu", publish=False, train=False).receipt
    make_vote(*pair, "b", participant=giver)
    assert "2 votes are off the board" in send(newer, "withdraw")[1]
    assert not giver.consents.filter(withdrawn_at=None).exists()
    assert not Vote.objects.counted().exists()


def test_who_agrees_again_after_a_withdrawal_can_withdraw_again_with_any_receipt(giver: Participant, pair) -> None:
    older = consent_from(giver).receipt
    send(older, "withdraw")
    give_consent(participant=giver, language="eu", publish=True, train=True)
    make_vote(*pair, "a", participant=giver)
    assert send(older, "withdraw")[0] == 200
    assert not Vote.objects.counted().exists()


def test_an_open_battle_ends_with_its_consent(giver: Participant, pair) -> None:
    battle = make_battle(*pair, participant=giver)
    send(consent_from(giver).receipt, "withdraw")
    battle.refresh_from_db()
    assert battle.state == Battle.State.ENDED


def test_a_withdrawal_names_the_checkpoints_it_touched(giver: Participant, pair) -> None:
    """Invariant 10: those trained on the vote and those grown from them, and no other."""
    vote = make_vote(*pair, "a", participant=giver)
    other = make_vote(*pair, "a")
    seen = make_model("ikusi", parent=pair[0], lineage={"votes": [vote.pk]})
    make_model("ondorengo", parent=seen, lineage={"votes": [other.pk]})
    make_model("bestea", parent=pair[0], lineage={"votes": [other.pk]})
    _status, page = send(consent_from(giver).receipt, "withdraw")
    assert "ikusi, ondorengo" in page
    assert "bestea" not in page


def test_a_checkpoint_s_page_counts_the_withdrawn_votes_it_saw(giver: Participant, pair, client: Client) -> None:
    votes = [make_vote(*pair, "a", participant=giver), make_vote(*pair, "a")]
    preference_set = {"hash": "ab" * 32, "pairs": 2, "votes": 2}
    lineage = {"votes": [vote.pk for vote in votes], "preference_set": preference_set}
    make_model("ikusi", parent=pair[0], lineage=lineage)
    send(consent_from(giver).receipt, "withdraw")
    assert "<dt>Withdrawn votes it saw</dt><dd>1</dd>" in client.get("/models/ikusi/").content.decode()
