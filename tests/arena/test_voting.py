"""The vote: one per battle, on disk before the reveal, the same key is the same vote."""

from __future__ import annotations

import threading
import time
import unicodedata
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from arena.models import Answer, Battle, PairCount, Participant, Remark, Vote
from tests.arena.cast import add_answered_turn, make_battle, make_model, make_participant, volunteer, vote_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def participant() -> Participant:
    return make_participant()


@pytest.fixture
def battle(participant: Participant) -> Battle:
    return make_battle(make_model("itsasoa"), make_model("mendia"), participant=participant)


def send(client: Client, battle: Battle, outcome: Any = "a", key: Any = None, **more: Any) -> Any:
    data = {"outcome": outcome, "key": str(key or uuid.uuid4()), "dwell_ms": 3000, **more}
    return client.post(f"/battles/{battle.pk}/vote/", data, content_type="application/json")


@pytest.mark.parametrize("outcome", ["a", "tie", "both_bad", "b"])
def test_a_vote_is_counted_once_and_reveals_both_models(battle: Battle, participant: Participant, outcome: str) -> None:
    response = send(volunteer(participant), battle, outcome)
    assert response.status_code == 201
    assert response.json()["models"]["a"]["name"] == "itsasoa"
    counts = PairCount.objects.filter(board="overall").values("a", "b", "tie", "both_bad").get()
    assert counts == {"a": 0, "b": 0, "tie": 0, "both_bad": 0} | {outcome: 1}


def test_the_same_key_sent_again_is_the_same_vote(battle: Battle, participant: Participant) -> None:
    key, client = uuid.uuid4(), volunteer(participant)
    assert [send(client, battle, key=key).status_code for _ in range(3)] == [201, 200, 200]
    assert PairCount.objects.get(board="overall").a == 1


def test_a_second_vote_is_refused_and_the_first_stands(battle: Battle, participant: Participant) -> None:
    client = volunteer(participant)
    send(client, battle, "a")
    response = send(client, battle, "b")
    assert (response.status_code, response.json()["code"]) == (409, "already_voted")
    assert Vote.objects.get().outcome == "a"


@pytest.mark.parametrize("outcome", ["A", "left", "", None, 1, ["a"], "a; drop table"])
def test_a_made_up_outcome_is_refused(battle: Battle, participant: Participant, outcome: Any) -> None:
    assert send(volunteer(participant), battle, outcome).status_code == 400
    assert not Vote.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"outcome": "a"}', b'{"outcome": "a", "key": "x"}', b"\xff"])
def test_a_vote_that_cannot_be_read_is_refused_with_a_sentence(
    battle: Battle, participant: Participant, body: bytes
) -> None:
    response = volunteer(participant).post(f"/battles/{battle.pk}/vote/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["message"]


@pytest.mark.parametrize("state", ["streaming", "failed", "cancelled"])
def test_a_battle_with_an_unfinished_answer_cannot_be_voted_on(
    battle: Battle, participant: Participant, state: str
) -> None:
    Answer.objects.filter(turn__battle=battle, side="b").update(state=state)
    response = send(volunteer(participant), battle)
    assert (response.status_code, response.json()["code"]) == (409, "not_votable")
    battle.refresh_from_db()
    assert battle.state == "open"


def test_a_battle_whose_last_turn_is_unanswered_cannot_be_voted_on(battle: Battle, participant: Participant) -> None:
    battle.turns.create(number=2, text="Eta gero?")
    assert send(volunteer(participant), battle).json()["code"] == "not_votable"


def test_an_ended_battle_cannot_be_voted_on(battle: Battle, participant: Participant) -> None:
    Battle.objects.update(state="ended", end_reason="failed")
    assert send(volunteer(participant), battle).json()["code"] == "battle_closed"


def test_somebody_elses_battle_is_unknown(battle: Battle) -> None:
    assert send(volunteer(), battle).status_code == 404
    assert not Vote.objects.exists()


def test_a_key_of_another_battle_is_refused(battle: Battle, participant: Participant) -> None:
    other = make_battle(battle.model_a, battle.model_b, participant=participant)
    key, client = uuid.uuid4(), volunteer(participant)
    send(client, battle, key=key)
    response = send(client, other, key=key)
    assert (response.status_code, response.json()["code"]) == (409, "key_used")
    other.refresh_from_db()
    assert other.state == "open"


def test_a_vote_that_cannot_be_written_reveals_nothing(
    battle: Battle, participant: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(Vote, "save", full)
    response = send(volunteer(participant), battle)
    assert response.status_code == 503
    assert "itsasoa" not in response.content.decode()
    battle.refresh_from_db()
    assert battle.state == "open"


def test_remarks_on_either_side_are_written_with_the_vote(battle: Battle, participant: Participant) -> None:
    said = {"a": {"tags": ["helpful", "wrong_language", "helpful"], "comment": " Ez da\r\neuskara. "}}
    nothing = {"b": {"tags": [], "comment": " "}}
    assert send(volunteer(participant), battle, remarks=said | nothing).status_code == 201
    remark = Vote.objects.get().remarks.get()
    assert (remark.side, remark.tags) == ("a", ["wrong_language", "helpful"])
    assert remark.comment == "Ez da\neuskara."


def test_the_same_vote_sent_again_writes_its_remarks_once(battle: Battle, participant: Participant) -> None:
    key, client = uuid.uuid4(), volunteer(participant)
    remarks = {"b": {"tags": ["well_written"], "comment": ""}}
    assert [send(client, battle, key=key, remarks=remarks).status_code for _ in range(2)] == [201, 200]
    assert Remark.objects.count() == 1


@pytest.mark.parametrize(
    "remarks",
    [
        None,
        [],
        "good",
        {"c": {"tags": [], "comment": ""}},
        {"a": ["helpful"]},
        {"a": {"tags": ["itsasoa"], "comment": ""}},
        {"a": {"tags": "helpful", "comment": ""}},
        {"a": {"tags": [["helpful"], {}], "comment": ""}},
        {"a": {"tags": [], "comment": 7}},
        {"a": {"tags": [], "comment": "x" * 501}},
        {"a": {"tags": [], "comment": "ez\x00 da"}},
        {"a": {"tags": [], "comment": "ez \ud800 da"}},
    ],
)
def test_a_remark_that_cannot_be_kept_is_refused_with_a_sentence(
    battle: Battle, participant: Participant, remarks: Any
) -> None:
    response = send(volunteer(participant), battle, remarks=remarks)
    assert response.status_code == 400
    assert response.json()["message"].endswith(".")
    assert not Vote.objects.exists()


def test_a_comment_may_have_five_hundred_characters(battle: Battle, participant: Participant) -> None:
    comment = "\N{TIBETAN LETTER GHA}" * 500
    assert send(volunteer(participant), battle, remarks={"b": {"tags": [], "comment": comment}}).status_code == 201
    assert Remark.objects.get().comment == unicodedata.normalize("NFC", comment)


def test_a_vote_whose_remarks_cannot_be_written_reveals_nothing(
    battle: Battle, participant: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(Remark.objects, "bulk_create", full)
    remarks = {"a": {"tags": ["helpful"], "comment": ""}}
    assert send(volunteer(participant), battle, remarks=remarks).status_code == 503
    assert not Vote.objects.exists()


def test_several_turns_are_judged_by_one_vote(battle: Battle, participant: Participant) -> None:
    add_answered_turn(battle, text="Eta gero?", answers=("Bai.", "Ez."))
    assert send(volunteer(participant), battle).status_code == 201
    assert Vote.objects.count() == 1


def test_the_constraint_of_the_database_knows_no_other_outcome(battle: Battle) -> None:
    vote = vote_on(battle, "a")
    with pytest.raises(DatabaseError):
        Vote.objects.filter(pk=vote.pk).update(outcome="left")


@pytest.mark.django_db(transaction=True)
def test_parallel_votes_make_exactly_one_counted_vote(battle: Battle, participant: Participant) -> None:
    clients = [volunteer(participant) for _ in range(8)]
    start = threading.Barrier(len(clients))
    statuses: list[int] = []

    def vote(client: Client) -> None:
        start.wait()
        statuses.append(send(client, battle).status_code)
        connection.close()

    threads = [threading.Thread(target=vote, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 7
    assert PairCount.objects.get(board="overall").a == 1


def test_keys_of_battles_are_in_the_order_of_time(battle: Battle) -> None:
    time.sleep(0.002)
    later = make_battle(battle.model_a, battle.model_b)
    assert [key.version for key in (battle.pk, later.pk)] == [7, 7]
    assert battle.pk.hex < later.pk.hex
