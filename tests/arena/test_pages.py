"""The pages a visitor meets: their statuses, their ways from one to the next, and what they never say."""

from __future__ import annotations

import re
import uuid
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from arena.leaderboards.counts import counts_now
from arena.leaderboards.planning import plan_board
from arena.leaderboards.published import publish
from arena.models import Consent, Prompt, Vote
from arena.models.battles import Battle
from arena.ranking.planner import Goal
from serving.models import LanguageModel
from tests.arena.cast import (
    make_battle,
    make_engine,
    make_model,
    make_participant,
    make_vote,
    make_votes,
    organiser,
    outsider,
    researcher,
    volunteer,
    vote_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def battle() -> Battle:
    return make_battle(make_model("itsasoa"), make_model("mendia"))


def agree(client: Client, **choice: str) -> Any:
    return client.post("/consent/", {"scope": "chosen", **choice})


# Home


def test_home_leads_to_a_battle() -> None:
    assert b'href="/battle/"' in outsider().get("/").content


def test_home_counts_votes_towards_the_first_ranking(settings: Any) -> None:
    settings.MINIMUM_VOTES = 10
    make_votes(make_model("itsasoa"), make_model("mendia"), ["a", "tie", "both_bad"])
    assert "3 of 10 votes until the first ranking" in outsider().get("/").content.decode()


def test_home_counts_no_more_votes_of_a_model_than_it_needs(settings: Any) -> None:
    settings.MINIMUM_VOTES = 3
    leader = make_model("itsasoa")
    for name in ("mendia", "haizea"):
        make_votes(leader, make_model(name), ["a", "b"])
    assert "3 of 5 votes until the first ranking" in outsider().get("/").content.decode()


def test_home_counts_votes_until_models_are_told_apart_once_two_have_enough(settings: Any) -> None:
    settings.MINIMUM_VOTES = 3
    make_model("haizea")
    make_votes(make_model("itsasoa"), make_model("mendia"), ["a", "b", "tie"])
    response = outsider().get("/")
    goal = response.context["goal"]
    assert f"3 of about {goal.wanted} votes until the models can be told apart" in response.content.decode()
    needed = 3 + plan_board(Goal()).whole().votes
    assert (goal.kind, goal.votes) == ("apart", 3)
    assert needed <= goal.wanted < 1.1 * needed


def test_home_says_when_the_board_tells_its_models_apart(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.MINIMUM_VOTES = 3
    monkeypatch.setattr("arena.leaderboards.goals.Goal", partial(Goal, difference=900))
    make_votes(make_model("itsasoa"), make_model("mendia"), ["a", "b", "tie"] * 6)
    page = outsider().get("/").content.decode()
    assert "The board can tell its models apart." in page
    assert "18 votes so far" in page
    assert "<progress" not in page


def test_home_without_a_contestant_asks_for_nothing() -> None:
    page = outsider().get("/").content.decode()
    assert "0 votes so far" in page
    assert "<progress" not in page


def test_home_names_the_last_child_with_its_record_against_its_parent() -> None:
    parent = make_model("itsasoa")
    make_model("zaharra", parent=parent)
    child = make_model("itsasoa-dpo-2", parent=parent)
    assert "too few votes say yet whether it is better than its parent, Itsasoa" in outsider().get("/").content.decode()
    make_votes(child, parent, ["a"] * 7 + ["b"] * 3 + ["tie"])
    page = outsider().get("/").content.decode()
    assert "it has won 70 % of 10 decided votes against its parent, Itsasoa" in page
    assert "Zaharra" not in page


def test_home_leads_to_the_last_published_board() -> None:
    make_vote(make_model("itsasoa"), make_model("mendia"), "a")
    publish()
    page = outsider().get("/").content.decode()
    assert 'href="/leaderboard/published/overall/1/"' in page
    assert "Computed from 1 blind vote by 1 voter." in page


def test_home_offers_a_few_prompts_of_the_bank_to_begin_with() -> None:
    for number in range(5):
        Prompt.objects.create(text=f"Zer da {number}?", language="eu", category="people", active=number != 4)
    page = outsider().get("/").content.decode()
    links = re.findall(r'/battle/\?prompt=(\d+)"[^>]*>Zer da ([0-3])\?', page)
    assert len(links) == 3
    assert {Prompt.objects.get(pk=pk).text for pk, _number in links} == {f"Zer da {number}?" for _pk, number in links}


def test_home_leaves_out_simulated_votes() -> None:
    make_vote(make_model("itsasoa"), make_model("mendia"), "a", participant=make_participant(simulated=True))
    assert "0 of 10 votes" in outsider().get("/").content.decode()


def test_home_says_that_toy_models_are_toys() -> None:
    assert "toy models" not in outsider().get("/").content.decode()
    make_model("panpina", demo=True)
    assert "These are toy models." in outsider().get("/").content.decode()


# Consent


def test_a_battle_asks_for_consent_first_and_comes_back() -> None:
    prompt = Prompt.objects.create(text="Kaixo?", language="eu", category="people")
    client = outsider()
    response = client.get(f"/battle/?prompt={prompt.pk}")
    assert response["Location"] == f"/consent/?next=%2Fbattle%2F%3Fprompt%3D{prompt.pk}"
    assert agree(client, next=f"/battle/?prompt={prompt.pk}")["Location"] == f"/battle/?prompt={prompt.pk}"
    assert client.get(f"/battle/?prompt={prompt.pk}").context["data"]["prompt"]["text"] == "Kaixo?"


def test_looking_at_the_conditions_stores_nothing() -> None:
    assert outsider().get("/consent/").status_code == 200
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("choice", "scopes"),
    [
        ({}, (False, False)),
        ({"train": "on"}, (True, False)),
        ({"publish": "on"}, (False, True)),
        ({"scope": "all"}, (True, True)),
    ],
)
def test_consent_covers_what_was_chosen(choice: dict[str, str], scopes: tuple[bool, bool]) -> None:
    agree(outsider(), **choice)
    consent = Consent.objects.get()
    assert (consent.train, consent.publish) == scopes


def test_consent_keeps_the_language_it_was_read_in() -> None:
    Client(headers={"accept-language": "eu"}).post("/consent/", {"scope": "all"})
    assert Consent.objects.get().language == "eu"


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_consent_leads_to_no_other_site(address: str) -> None:
    assert agree(outsider(), next=address)["Location"] == "/battle/"


def test_agreeing_again_supersedes_and_keeps_the_participant() -> None:
    client = outsider()
    agree(client)
    agree(client, scope="all")
    assert Consent.objects.values("participant").distinct().count() == 1
    assert Consent.objects.latest().receipt in client.get("/consent/").content.decode()


def test_the_receipt_is_shown_once_on_the_page_after_agreeing() -> None:
    client = outsider()
    landing = agree(client)["Location"]
    code = Consent.objects.get().receipt
    first, second = (client.get(landing).content.decode() for _ in range(2))
    assert code in first
    assert "Keep it: with it you can see, download or withdraw what you gave." in first
    assert code not in second


def test_an_earlier_text_has_to_be_agreed_to_again(settings: Any) -> None:
    client = volunteer()
    settings.CONSENT_VERSION = "next-year"
    assert client.get("/battle/")["Location"].startswith("/consent/")


# Models elsewhere

ELSEWHERE = "also answered by models on servers elsewhere"


@pytest.mark.parametrize("address", ["/consent/", "/about/"])
@pytest.mark.parametrize(
    ("kind", "url", "managed", "elsewhere"),
    [
        ("base", "http://127.0.0.1:9/v1", False, False),
        ("base", "http://[::1]:9/v1", False, False),
        ("base", "http://localhost:9/v1", False, False),
        ("base", "http://engine:8001/v1", True, False),
        ("base", "http://10.0.0.5:8000/v1", False, True),
        ("base", "https://api.provider.example/v1", False, True),
        ("remote", "http://127.0.0.1:9/v1", False, True),
    ],
)
def test_pages_say_whether_what_is_written_leaves_the_machine(
    address: str, kind: str, url: str, managed: bool, elsewhere: bool
) -> None:
    make_model("itsasoa", kind=kind, engine=make_engine(url=url, managed=managed))
    page = outsider().get(address).content.decode()
    assert (ELSEWHERE in page) == elsewhere
    assert ("Nothing is sent to third parties." in page or "all models come from this server" in page) != elsewhere


@pytest.mark.parametrize("address", ["/consent/", "/about/"])
def test_a_retired_model_elsewhere_is_asked_nothing(address: str) -> None:
    make_model("urruna", kind="remote", state="retired")
    assert ELSEWHERE not in outsider().get(address).content.decode()


def test_who_agreed_before_a_model_elsewhere_came_is_asked_again() -> None:
    client = outsider()
    agree(client)
    far = make_model("urruna", kind="remote")
    assert client.get("/battle/")["Location"].startswith("/consent/")
    agree(client)
    assert client.get("/battle/").status_code == 200
    LanguageModel.objects.filter(pk=far.pk).update(state="retired")
    assert client.get("/battle/").status_code == 200


# Battle


def test_the_page_of_a_battle_is_its_own_participants_only(battle: Battle) -> None:
    assert volunteer(battle.participant).get(f"/battles/{battle.pk}/").status_code == 200
    assert volunteer().get(f"/battles/{battle.pk}/").status_code == 404
    assert volunteer().get(f"/battles/{uuid.uuid4()}/").status_code == 404


def test_the_page_of_an_open_battle_names_no_model(battle: Battle) -> None:
    page = volunteer(battle.participant).get(f"/battles/{battle.pk}/").content.decode()
    assert "itsasoa" not in page.lower()
    assert "mendia" not in page.lower()


def test_the_page_of_a_voted_battle_carries_its_reveal(battle: Battle) -> None:
    vote_on(battle, "tie")
    data = volunteer(battle.participant).get(f"/battles/{battle.pk}/").context["data"]
    assert (data["reveal"]["outcome"], data["reveal"]["models"]["b"]["name"]) == ("tie", "mendia")


def test_prompts_are_offered_in_the_language_that_is_judged() -> None:
    for text, language, active in [("Kaixo?", "eu", True), ("Hello?", "en", True), ("Agur?", "eu", False)]:
        Prompt.objects.create(text=text, language=language, category="people", active=active)
    prompts = volunteer().get("/battle/").context["data"]["prompts"]
    assert [prompt["text"] for prompt in prompts] == ["Kaixo?"]


@pytest.mark.parametrize("wish", ["0", "x", "-1", "²", "9" * 30])
def test_a_prompt_that_is_none_leaves_the_box_empty(wish: str) -> None:
    assert volunteer().get("/battle/", {"prompt": wish}).context["data"]["prompt"] is None


# Vote


def send(client: Client, battle: Battle, body: object) -> Any:
    return client.post(f"/battles/{battle.pk}/vote/", body, content_type="application/json")


@pytest.mark.parametrize(
    "body", ["", "nonsense", "[]", "{}", '{"outcome": "a"}', '{"outcome": "a", "key": "x"}', b"\xff\xfe", "[" * 5000]
)
def test_a_vote_that_is_no_vote_is_refused_with_a_sentence(battle: Battle, body: object) -> None:
    response = send(volunteer(battle.participant), battle, body)
    assert response.status_code == 400
    assert response.json()["message"].endswith(".")
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    ("measured", "kept"), [(1200, 1200), (2**40, 2**31 - 1), (-5, None), ("soon", None), (1.5, None)]
)
def test_a_senseless_reading_time_costs_nobody_the_vote(battle: Battle, measured: Any, kept: int | None) -> None:
    body = {"outcome": "a", "key": str(uuid.uuid4()), "dwell_ms": measured}
    assert send(volunteer(battle.participant), battle, body).status_code == 201
    assert Vote.objects.get().dwell_ms == kept


def test_the_axes_of_a_vote_are_kept_and_counted_on_boards_of_their_own(battle: Battle) -> None:
    body = {"outcome": "a", "content": "a", "quality": "both_bad", "key": str(uuid.uuid4())}
    assert send(volunteer(battle.participant), battle, body).status_code == 201
    assert counts_now("content").total() == 1
    assert counts_now("quality").both_bad.sum() == 1


@pytest.mark.parametrize("content", ["left", 1, None, ["a"]])
def test_an_unknown_outcome_on_an_axis_is_refused(battle: Battle, content: object) -> None:
    body = {"outcome": "a", "content": content, "key": str(uuid.uuid4())}
    assert send(volunteer(battle.participant), battle, body).status_code == 400
    assert not Vote.objects.exists()


def test_a_vote_without_consent_is_refused(battle: Battle) -> None:
    response = send(outsider(), battle, {"outcome": "a", "key": str(uuid.uuid4())})
    assert (response.status_code, response.json()["code"]) == (403, "consent")


def test_a_vote_without_the_pages_token_is_refused(battle: Battle) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = volunteer(battle.participant).cookies
    assert send(client, battle, {"outcome": "a", "key": str(uuid.uuid4())}).status_code == 403
    assert not Vote.objects.exists()


def test_a_vote_that_cannot_be_written_reveals_nothing(battle: Battle, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*args: object, **values: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(Vote.objects, "create", full_disk)
    response = send(volunteer(battle.participant), battle, {"outcome": "a", "key": str(uuid.uuid4())})
    assert response.status_code == 503
    assert response.json()["code"] == "database"
    assert "mendia" not in response.content.decode()


# Every page


def test_training_is_in_the_menu_of_researchers_only() -> None:
    clients = [outsider(), volunteer(), researcher(), organiser()]
    assert ["/training/" in client.get("/").content.decode() for client in clients] == [False, False, True, True]


def test_a_page_that_does_not_exist_says_so_in_words() -> None:
    response = outsider().get("/nowhere/")
    assert response.status_code == 404
    assert "This page does not exist." in response.content.decode()


def test_a_form_without_its_cookie_says_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/consent/", {"scope": "all"})
    assert response.status_code == 403
    assert "go back, load the page again, allow its cookies" in response.content.decode()
    assert not Consent.objects.exists()


def test_a_broken_page_says_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.views.home.next_goal", lambda: 1 / 0)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "Something went wrong here." in response.content.decode()


def test_pages_are_in_the_visitors_language() -> None:
    page = Client(headers={"accept-language": "eu"}).get("/").content.decode()
    assert '<html lang="eu" dir="ltr">' in page
    assert "Hasi norgehiagoka bat" in page


@pytest.mark.parametrize(
    "address", ["/", "/consent/", "/me/", "/about/", "/about/languages/", "/accounts/login/", "/nowhere/"]
)
def test_no_page_names_another_host(address: str) -> None:
    page = outsider().get(address).content.decode()
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/", "")
