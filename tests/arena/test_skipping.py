"""Skipping a battle: with a reason, once, without a reveal, and never against a vote that stands."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from arena.models import Answer, Battle, PairCount, Participant, Vote
from arena.models.battles import SkipReason
from arena.people.withdrawal import withdraw
from tests.arena.cast import (
    consent_from,
    make_battle,
    make_model,
    make_participant,
    organiser,
    outsider,
    volunteer,
    vote_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def participant() -> Participant:
    return make_participant()


@pytest.fixture
def battle(participant: Participant) -> Battle:
    return make_battle(make_model("itsasoa"), make_model("mendia"), participant=participant)


def skip(client: Client, battle: Battle, reason: Any = "cannot_judge") -> Any:
    return client.post(f"/battles/{battle.pk}/skip/", {"reason": reason}, content_type="application/json")


def vote(client: Client, battle: Battle) -> Any:
    ballot = {"outcome": "a", "key": str(uuid.uuid4())}
    return client.post(f"/battles/{battle.pk}/vote/", ballot, content_type="application/json")


def how_it_ended(battle: Battle) -> tuple[str, str, str]:
    battle.refresh_from_db()
    return battle.state, battle.end_reason, battle.skip_reason


@pytest.mark.parametrize("reason", SkipReason.values)
def test_a_skip_ends_the_battle_and_keeps_its_reason(battle: Battle, participant: Participant, reason: str) -> None:
    assert skip(volunteer(participant), battle, reason).status_code == 200
    assert how_it_ended(battle) == ("ended", "skipped", reason)
    assert battle.ended_at is not None
    assert not Vote.objects.exists()


def test_a_form_skips_as_well(battle: Battle, participant: Participant) -> None:
    assert volunteer(participant).post(f"/battles/{battle.pk}/skip/", {"reason": "same"}).status_code == 200
    assert how_it_ended(battle) == ("ended", "skipped", "same")


def test_skipping_again_changes_nothing(battle: Battle, participant: Participant) -> None:
    client = volunteer(participant)
    answers = [skip(client, battle, reason) for reason in ("same", "same", "other")]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert how_it_ended(battle) == ("ended", "skipped", "same")


def test_an_unfinished_battle_can_be_skipped(battle: Battle, participant: Participant) -> None:
    Answer.objects.filter(turn__battle=battle).update(state="streaming")
    assert skip(volunteer(participant), battle).status_code == 200


def test_a_vote_that_came_first_stands(battle: Battle, participant: Participant) -> None:
    vote_on(battle, "a")
    response = skip(volunteer(participant), battle)
    assert (response.status_code, response.json()["code"]) == (409, "already_voted")
    assert how_it_ended(battle) == ("voted", "", "")


def test_a_skipped_battle_cannot_be_voted_on(battle: Battle, participant: Participant) -> None:
    client = volunteer(participant)
    skip(client, battle)
    response = vote(client, battle)
    assert (response.status_code, response.json()["code"]) == (409, "battle_closed")
    assert not Vote.objects.exists()


def test_a_battle_that_ended_otherwise_cannot_be_skipped(battle: Battle, participant: Participant) -> None:
    Battle.objects.update(state="ended", end_reason="failed")
    response = skip(volunteer(participant), battle)
    assert (response.status_code, response.json()["code"]) == (409, "battle_closed")
    assert how_it_ended(battle) == ("ended", "failed", "")


@pytest.mark.parametrize("reason", ["", "dull", None, 1, ["same"], "same\x00"])
def test_a_made_up_reason_is_refused(battle: Battle, participant: Participant, reason: Any) -> None:
    response = skip(volunteer(participant), battle, reason)
    assert (response.status_code, bool(response.json()["message"])) == (400, True)
    assert how_it_ended(battle) == ("open", "", "")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 50000])
def test_a_skip_that_cannot_be_read_is_refused_with_a_sentence(
    battle: Battle, participant: Participant, body: bytes
) -> None:
    response = volunteer(participant).post(f"/battles/{battle.pk}/skip/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["message"]


def test_somebody_elses_battle_is_unknown(battle: Battle) -> None:
    assert skip(volunteer(), battle).status_code == 404
    assert how_it_ended(battle)[0] == "open"


def test_without_consent_nothing_is_skipped(battle: Battle) -> None:
    response = skip(outsider(), battle)
    assert (response.status_code, response.json()["code"]) == (403, "consent")


def test_another_site_cannot_skip(battle: Battle, participant: Participant) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = volunteer(participant).cookies
    assert skip(client, battle).status_code == 403
    assert how_it_ended(battle)[0] == "open"


def test_a_skip_is_no_address_to_visit(battle: Battle, participant: Participant) -> None:
    assert volunteer(participant).get(f"/battles/{battle.pk}/skip/").status_code == 405


def test_a_skip_that_cannot_be_written_is_said(
    battle: Battle, participant: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr("arena.views.battle.skip_battle", full)
    response = skip(volunteer(participant), battle)
    assert (response.status_code, response.json()["code"]) == (503, "database")


def test_nothing_names_a_model_after_a_skip(battle: Battle, participant: Participant) -> None:
    client = volunteer(participant)
    told = [skip(client, battle), skip(client, battle, "same"), vote(client, battle)]
    told.append(client.get(f"/battles/{battle.pk}/"))
    told.append(client.get("/battle/"))
    receipt = consent_from(participant).receipt
    told += [client.post("/receipt/", {"receipt": receipt, "action": action}) for action in ("see", "download")]
    said = "".join(f"{response.content.decode()}{dict(response.headers)}" for response in told).lower()
    assert "cannot_judge" in said
    assert [name for name in ("itsasoa", "mendia") if name in said] == []


def test_the_constraint_of_the_database_knows_no_other_reason(battle: Battle) -> None:
    with pytest.raises(DatabaseError):
        Battle.objects.filter(pk=battle.pk).update(state="ended", end_reason="skipped", skip_reason="dull")


@pytest.mark.django_db(transaction=True)
def test_of_a_vote_and_a_skip_at_once_one_stands(battle: Battle, participant: Participant) -> None:
    clients = [volunteer(participant) for _ in range(6)]
    start = threading.Barrier(len(clients))
    statuses: dict[str, list[int]] = {"skip": [], "vote": []}

    def act(number: int) -> None:
        start.wait()
        name, action = [("skip", skip), ("vote", vote)][number % 2]
        statuses[name].append(action(clients[number], battle).status_code)
        connection.close()

    threads = [threading.Thread(target=act, args=[number]) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    voted = Vote.objects.count()
    assert statuses["skip"] == ([409] * 3 if voted else [200] * 3)
    assert sorted(statuses["vote"]) == ([201, 409, 409] if voted else [409] * 3)
    assert PairCount.objects.filter(board="overall").count() == voted
    assert how_it_ended(battle)[0] == ("voted" if voted else "ended")


def test_the_receipt_tells_the_reason(battle: Battle, participant: Participant) -> None:
    skip(volunteer(participant), battle, "offensive")
    data = {"receipt": consent_from(participant).receipt, "action": "download"}
    [told] = outsider().post("/receipt/", data).json()["battles"]
    assert (told["state"], told["end_reason"], told["skip_reason"]) == ("ended", "skipped", "offensive")


def test_a_withdrawal_erases_the_reason(battle: Battle, participant: Participant) -> None:
    skip(volunteer(participant), battle, "personal")
    withdraw(receipt=consent_from(participant).receipt)
    assert how_it_ended(battle) == ("ended", "skipped", "")


def test_an_organiser_sees_why_battles_were_not_judged(battle: Battle, participant: Participant) -> None:
    pair = (battle.model_a, battle.model_b)
    for reason in ("same", "technical", "same"):
        skip(volunteer(participant), make_battle(*pair, participant=participant), reason)
    make_battle(*pair, state="ended", end_reason="abandoned")
    make_battle(*pair, participant=make_participant(simulated=True), state="ended", end_reason="abandoned")
    vote_on(battle, "a")
    page = organiser().get("/research/integrity/").content.decode()
    table = page.partition("<h2>Battles without a vote")[2].partition("</table>")[0]
    rows = [row.split("</th>") for row in table.split('<th scope="row">')[1:]]
    assert [(name, number.partition("</td>")[0].rpartition(">")[2]) for name, number in rows] == [
        ("skipped", "3"),
        ("Both say the same", "2"),
        ("Something does not work", "1"),
        ("left without a vote", "1"),
        ("voted", "1"),
    ]
