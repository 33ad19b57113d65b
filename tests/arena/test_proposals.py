"""Proposing prompts for the bank: who may, what is refused with a sentence, and what stewards make of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from arena.models import Consent, Participant, Prompt, PromptProposal
from arena.proposals import MOST_WAITING
from tests.arena.cast import consent_from, make_participant, organiser, outsider, researcher, steward, volunteer

pytestmark = pytest.mark.django_db

WORDS = "Nola egiten da marmitakoa?"


@pytest.fixture
def giver() -> Participant:
    return make_participant()


def propose(client: Client, text: str = WORDS, category: str = "food", difficulty: str = "easy") -> Any:
    return client.post("/prompts/", {"text": text, "category": category, "difficulty": difficulty}, follow=True)


def proposed(giver: Participant, text: str = WORDS) -> PromptProposal:
    """A proposal that has come in by the page."""
    assert propose(volunteer(giver), text).status_code == 200
    return PromptProposal.objects.latest("pk")


def approve(client: Client, proposal: PromptProposal, text: str = WORDS, **values: str) -> Any:
    body = {"text": text, "category": "food", "difficulty": "easy", **values}
    return client.post(f"/prompts/proposals/{proposal.pk}/approve/", body, follow=True)


def decline(client: Client, proposal: PromptProposal, reason: str = "Ez da galdera bat.") -> Any:
    return client.post(f"/prompts/proposals/{proposal.pk}/decline/", {"reason": reason}, follow=True)


# The bank's page


@pytest.fixture
def bank() -> list[Prompt]:
    kinds = [("food", "easy"), ("food", "hard"), ("places", "easy")]
    return [
        Prompt.objects.create(text=f"{category} {difficulty}?", language="eu", category=category, difficulty=difficulty)
        for category, difficulty in kinds
    ]


def shown(**choice: str) -> list[str]:
    page = outsider().get("/prompts/", choice)
    assert page.status_code == 200
    return [prompt.text for _title, group in page.context["groups"] for prompt in group]


def test_every_prompt_of_the_bank_begins_a_battle(bank: list[Prompt]) -> None:
    Prompt.objects.create(text="Itzalita?", language="eu", category="food", active=False)
    page = outsider().get("/prompts/").content.decode()
    assert all(f'href="/battle/?prompt={prompt.pk}"' in page for prompt in bank)
    assert "Itzalita?" not in page


def test_prompts_are_chosen_by_category_and_difficulty(bank: list[Prompt]) -> None:
    assert shown(category="food") == ["food easy?", "food hard?"]
    assert shown(difficulty="easy") == ["food easy?", "places easy?"]
    assert shown(category="food", difficulty="hard") == ["food hard?"]


@pytest.mark.parametrize("wish", ["nowhere", "\x00", "x" * 5000])
def test_a_category_that_is_none_shows_them_all(bank: list[Prompt], wish: str) -> None:
    assert len(shown(category=wish, difficulty=wish, page=wish)) == 3


def test_a_large_bank_comes_in_pages() -> None:
    for number in range(101):
        Prompt.objects.create(text=f"Zenbat da {number}?", language="eu", category="numbers")
    first = outsider().get("/prompts/", {"category": "numbers"}).content.decode()
    assert "?category=numbers&amp;page=2" in first
    assert shown(page="2") == ["Zenbat da 100?"]


def test_the_battle_page_has_every_prompts_difficulty(bank: list[Prompt]) -> None:
    data = volunteer().get("/battle/").context["data"]
    assert {(prompt["text"], prompt["difficulty"]) for prompt in data["prompts"]} == {
        (prompt.text, prompt.difficulty) for prompt in bank
    }
    assert [difficulty["name"] for difficulty in data["difficulties"]] == ["easy", "medium", "hard"]


# Proposing


def test_whoever_proposes_is_thanked_and_sees_what_happens_now(giver: Participant) -> None:
    page = propose(volunteer(giver)).content.decode()
    assert "Thank you! A steward reads your question now." in page
    assert "Waiting for a steward to read it." in page
    proposal = PromptProposal.objects.get()
    assert (proposal.text, proposal.category, proposal.state) == (WORDS, "food", "proposed")
    assert (proposal.participant, proposal.consent) == (giver, consent_from(giver))
    assert not Prompt.objects.exists()


def test_proposing_needs_consent() -> None:
    client = outsider()
    assert 'href="/consent/?next=/prompts/%23propose"' in client.get("/prompts/").content.decode()
    response = client.post("/prompts/", {"text": WORDS, "category": "food", "difficulty": "easy"})
    assert response["Location"] == "/consent/?next=%2Fprompts%2F"
    assert not PromptProposal.objects.exists()


def test_who_has_withdrawn_is_asked_again(giver: Participant) -> None:
    Consent.objects.update(withdrawn_at="2026-11-20T12:00:00Z")
    assert propose(volunteer(giver)).redirect_chain[0][0].startswith("/consent/")
    assert not PromptProposal.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  ", "Please write something first."),
        ("x" * 2003, "Your text is too long by 3 characters."),
        ("a\x00b", "invisible control characters"),
    ],
)
def test_a_text_that_no_battle_takes_is_refused_and_stays_in_the_form(text: str, sentence: str) -> None:
    response = propose(volunteer(), text)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert response.context["given"]["text"] == text


@pytest.mark.parametrize("kind", [{"category": "nowhere"}, {"category": "\x00"}, {"difficulty": "very"}])
def test_a_kind_that_is_not_in_the_lists_is_refused(kind: dict[str, str]) -> None:
    response = propose(volunteer(), **kind)
    assert response.status_code == 400
    assert "Please choose a category and a difficulty from the lists." in response.content.decode()


def test_a_community_s_own_category_can_be_chosen() -> None:
    Prompt.objects.create(text="Zein da txapelduna?", language="eu", category="herri-kirolak")
    assert propose(volunteer(), category="herri-kirolak").status_code == 200


@pytest.mark.parametrize("active", [True, False])
def test_a_prompt_of_the_bank_is_not_proposed_again(active: bool) -> None:
    Prompt.objects.create(text=WORDS, language="eu", category="food", held_out=True, active=active)
    response = propose(volunteer(), "  nola egiten da MARMITAKOA")
    assert response.status_code == 409
    assert "This question is in the bank already." in response.content.decode()


def test_what_waits_is_not_proposed_again(giver: Participant) -> None:
    proposed(giver)
    response = propose(volunteer(), WORDS.upper())
    assert response.status_code == 409
    assert "This question has been proposed already" in response.content.decode()


def test_only_so_many_of_one_participant_wait_at_once(giver: Participant) -> None:
    for number in range(MOST_WAITING):
        proposed(giver, f"Zenbat da {number}?")
    response = propose(volunteer(giver))
    assert response.status_code == 429
    assert "10 of your questions are still waiting to be read." in response.content.decode()
    assert propose(volunteer()).status_code == 200


def test_a_decision_makes_room_for_another(giver: Participant) -> None:
    for number in range(MOST_WAITING):
        proposal = proposed(giver, f"Zenbat da {number}?")
    decline(steward(), proposal)
    assert propose(volunteer(giver)).status_code == 200


# Deciding


def test_the_queue_is_for_stewards_and_organisers() -> None:
    assert outsider().get("/prompts/proposals/")["Location"] == "/accounts/login/?next=/prompts/proposals/"
    assert [client.get("/prompts/proposals/").status_code for client in (researcher(), steward(), organiser())] == [
        403,
        200,
        200,
    ]


@pytest.mark.parametrize("decide", [approve, decline])
def test_nobody_else_decides(giver: Participant, decide: Any) -> None:
    proposal = proposed(giver)
    assert decide(researcher(), proposal).status_code == 403
    assert decide(volunteer(giver), proposal).redirect_chain[0][0].startswith("/accounts/login/")
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_the_queue_is_in_the_menu_of_stewards_only() -> None:
    clients = [outsider(), volunteer(), researcher(), steward(), organiser()]
    seen = ["/prompts/proposals/" in client.get("/").content.decode() for client in clients]
    assert seen == [False, False, False, True, True]


def test_the_oldest_is_first(giver: Participant) -> None:
    texts = ["Bat?", "Bi?", "Hiru?"]
    for text in texts:
        proposed(giver, text)
    assert [proposal.text for proposal in steward().get("/prompts/proposals/").context["waiting"]] == texts


def test_an_approved_prompt_is_offered_as_the_steward_mended_it(giver: Participant) -> None:
    proposal = proposed(giver, "nola egiten da marmitako")
    approve(steward(), proposal, WORDS, category="howto", difficulty="medium")
    prompt = Prompt.objects.get()
    assert (prompt.text, prompt.category, prompt.difficulty) == (WORDS, "howto", "medium")
    assert (prompt.language, prompt.active, prompt.held_out) == ("eu", True, False)
    assert [offered["text"] for offered in volunteer().get("/battle/").context["data"]["prompts"]] == [WORDS]


def test_a_decision_says_who_and_when(giver: Participant) -> None:
    proposal = proposed(giver)
    client = steward()
    approve(client, proposal)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.prompt) == ("approved", Prompt.objects.get())
    assert proposal.decided_at is not None
    assert str(proposal.decided_by_id) == client.session["_auth_user_id"]


def test_a_decline_needs_its_reason(giver: Participant) -> None:
    proposal = proposed(giver)
    response = decline(steward(), proposal, " ")
    assert response.status_code == 400
    assert "Please write why" in response.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_a_reason_with_control_characters_is_refused(giver: Participant) -> None:
    assert decline(steward(), proposed(giver), "ez\x00").status_code == 400


def test_a_declined_prompt_is_in_no_bank_and_may_be_proposed_again(giver: Participant) -> None:
    decline(steward(), proposed(giver))
    assert not Prompt.objects.exists()
    assert propose(volunteer()).status_code == 200


def test_a_second_decision_is_refused(giver: Participant) -> None:
    proposal = proposed(giver)
    decline(steward(), proposal)
    response = approve(steward(), proposal)
    assert response.status_code == 409
    assert "Somebody has decided on this question before" in response.content.decode()
    assert not Prompt.objects.exists()


def test_what_came_into_the_bank_meanwhile_is_not_approved_and_what_was_mended_is_kept(giver: Participant) -> None:
    proposal = proposed(giver)
    Prompt.objects.create(text="Nola egiten da bakailaoa?", language="eu", category="food")
    response = approve(steward(), proposal, "nola egiten da bakailaoa?")
    assert response.status_code == 409
    assert "This question is in the bank already." in response.content.decode()
    assert [waiting.text for waiting in response.context["waiting"]] == ["nola egiten da bakailaoa?"]
    proposal.refresh_from_db()
    assert (proposal.state, proposal.text) == ("proposed", WORDS)


# The receipt


def receipt(giver: Participant, action: str = "see") -> Any:
    return outsider().post("/receipt/", {"receipt": consent_from(giver).receipt, "action": action})


def test_the_receipt_shows_what_became_of_every_proposal(giver: Participant) -> None:
    approve(steward(), proposed(giver))
    decline(steward(), proposed(giver, "Ezezkoa?"), "Ez da argia.")
    proposed(giver, "Zain?")
    page = receipt(giver).content.decode()
    assert all(words in page for words in [WORDS, "Approved.", "Ezezkoa?", "Ez da argia.", "Zain?", "Waiting for"])
    states = {given["text"]: given["state"] for given in receipt(giver, "download").json()["proposals"]}
    assert states == {WORDS: "approved", "Ezezkoa?": "declined", "Zain?": "proposed"}


def test_nobody_else_s_proposals_are_shown(giver: Participant) -> None:
    proposed(make_participant(), "Norena da hau?")
    assert "Norena da hau?" not in receipt(giver).content.decode()
    assert "Norena da hau?" not in volunteer(giver).get("/prompts/").content.decode()


def test_withdrawing_erases_what_was_not_approved_and_detaches_what_was(giver: Participant) -> None:
    approve(steward(), proposed(giver, "nire izena Ane da; nola egiten da marmitakoa"))
    decline(steward(), proposed(giver, "Ezezkoa?"))
    proposed(giver, "Zain?")
    proposed(make_participant(), "Besteena?")
    page = receipt(giver, "withdraw").content.decode()
    assert "Questions of yours that were approved stay in the bank" in page
    approved, other = PromptProposal.objects.order_by("pk")
    assert (approved.text, approved.participant, approved.consent) == ("", None, None)
    assert other.text == "Besteena?"
    assert Prompt.objects.get().text == WORDS


def test_what_was_withdrawn_cannot_be_approved(giver: Participant) -> None:
    proposal = proposed(giver)
    receipt(giver, "withdraw")
    assert approve(steward(), proposal).status_code == 404
    assert not Prompt.objects.exists()
