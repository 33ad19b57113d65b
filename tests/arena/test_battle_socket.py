"""A battle through its WebSocket: what a volunteer's page sends and gets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import regex
from channels.db import database_sync_to_async as db
from pytest_django import Settings

from arena.battles import streaming
from arena.models import Answer, Battle, Participant
from arena.people.withdrawal import withdraw
from serving.models import LanguageModel
from tests.arena.cast import consent_from, make_engine, make_model, make_participant, volunteer
from tests.arena.sockets import Page, open_page
from tests.stand_in_engine import StandInEngine

pytestmark = pytest.mark.django_db(transaction=True)
Models = Callable[..., list[LanguageModel]]


@pytest.fixture
def models(engine: StandInEngine) -> Models:
    """Make contestants on the stand-in engine; their names say how they behave."""

    def make(*names: str) -> list[LanguageModel]:
        return [make_model(name, engine=make_engine("stand-in", url=engine.url)) for name in names]

    return make


def long_answers(tokens: int) -> dict[str, list[str]]:
    return {name: ["hitz "] * tokens for name in ("fine-1", "fine-2")}


async def ending(page: Page) -> dict[str, Any]:
    """Read until the battle has ended."""
    message = await page.receive()
    while message["type"] != "ended":
        assert message["type"] not in {"error", "votable"}, message
        message = await page.receive()
    return message


def skip(participant: Participant, battle: str) -> Any:
    data = {"reason": "offensive"}
    response = volunteer(participant).post(f"/battles/{battle}/skip/", data, content_type="application/json")
    assert response.status_code == 200
    return response.json()


async def test_both_answers_stream_and_the_battle_becomes_votable(models: Models, engine: StandInEngine) -> None:
    await db(models)("fine-1", "fine-2")
    engine.answers = {"fine-1": ["Kai", "xo!"], "fine-2": ["Egun ", "on."]}
    async with open_page(await db(make_participant)()) as page:
        await page.fight()
    shown = {side: "".join(m.get(side, "") for m in page.received if m["type"] == "delta") for side in "ab"}
    assert sorted(shown.values()) == ["Egun on.", "Kaixo!"]


async def test_nothing_on_the_socket_names_a_model_before_the_vote(models: Models, engine: StandInEngine) -> None:
    made = await db(models)("fine-secret-one", "error500-secret-two", "fine-secret-three")
    async with open_page(await db(make_participant)()) as page:
        await page.fight()
        await page.send(type="ask", text="Eta orain?")
        await page.until("votable")
    said = json.dumps(page.received)
    told = [word for model in made for word in (model.name, model.title, model.revision) if word in said]
    assert told == []
    assert engine.url not in said
    assert "tokens" not in said


async def test_a_battle_keeps_what_cannot_be_recovered_later(models: Models) -> None:
    await db(models)("fine-1", "fine-2")
    async with open_page(await db(make_participant)()) as page:
        battle = await db(Battle.objects.select_related("consent").get)(pk=await page.fight())
    answers = await db(list)(Answer.objects.filter(turn__battle=battle))
    assert battle.pair_probability == 1
    assert battle.consent.version
    assert {answer.revision for answer in answers} == {"fine-1-1", "fine-2-1"}
    assert all(answer.decoding["temperature"] == 0.7 for answer in answers)
    assert all(answer.first_token_ms is not None for answer in answers)


@pytest.mark.parametrize("fault", ["error500", "nonsense", "no_done", "empty", "drop"])
async def test_a_side_that_fails_is_drawn_again(models: Models, engine: StandInEngine, fault: str) -> None:
    await db(models)("one", "two", "three")
    engine.behaviours["one"] = fault
    async with open_page(await db(make_participant)()) as page:
        for _ in range(6):
            battle = await db(Battle.objects.get)(pk=await page.fight())
            shown = await db(list)(Answer.objects.complete().filter(turn__battle=battle).values_list("model__name"))
            assert ("one",) not in shown
            if battle.redrawn:
                break
    failed = await db(list)(Answer.objects.filter(state="failed").values_list("model__name", "failure"))
    assert {name for name, _failure in failed} == {"one"}
    assert all(failure for _name, failure in failed)


async def test_a_battle_that_cannot_be_answered_ends_without_a_winner(models: Models) -> None:
    await db(models)("error500-1", "error500-2")
    async with open_page(await db(make_participant)()) as page:
        battle_id = await page.open()
        message = await page.receive()
        while message["type"] != "ended":
            message = await page.receive()
    battle = await db(Battle.objects.get)(pk=battle_id)
    assert (battle.state, battle.end_reason) == ("ended", "failed")
    assert "no winner" in message["message"]


@pytest.mark.parametrize(("fault", "failure"), [("slow", "slow"), ("hung", "hung")])
async def test_a_side_that_hangs_does_not_hold_up_the_other(
    models: Models, settings: Settings, fault: str, failure: str
) -> None:
    settings.FIRST_TOKEN_SECONDS = settings.NEXT_TOKEN_SECONDS = 1.5
    await db(models)(f"{fault}-1", "fine-1")
    async with open_page(await db(make_participant)()) as page:
        start = time.monotonic()
        await page.open()
        await page.until("answer")
        assert time.monotonic() - start < 1.5, "the fine side waited for the other"
        message = await page.receive()
        while message["type"] != "ended":
            message = await page.receive()
    failures = await db(list)(Answer.objects.filter(state="failed").values_list("failure", flat=True))
    assert set(failures) == {failure}


async def test_an_engine_that_is_down_is_said_in_a_clear_sentence(models: Models, engine: StandInEngine) -> None:
    await db(models)("fine-1", "fine-2")
    engine.stop()
    async with open_page(await db(make_participant)(), language="eu") as page:
        await page.open()
        message = await page.receive()
        while message["type"] != "ended":
            message = await page.receive()
    assert message["message"]
    assert await db(Answer.objects.filter(failure="unreachable").count)() >= 2


async def test_a_client_that_leaves_cancels_its_generations_within_a_second(
    models: Models, engine: StandInEngine
) -> None:
    await db(models)("fine-1", "fine-2")
    engine.answers = long_answers(2000)
    async with open_page(await db(make_participant)()) as page:
        await page.open()
        await page.until("delta")
    assert await asyncio.to_thread(engine.wait_until_idle, 1.0)
    assert set(await db(list)(Answer.objects.values_list("state", flat=True))) == {"cancelled"}


async def test_a_withdrawal_in_the_middle_of_an_answer_keeps_no_word_of_it(
    models: Models, engine: StandInEngine
) -> None:
    await db(models)("fine-1", "fine-2")
    engine.answers = long_answers(100)
    participant = await db(make_participant)()
    async with open_page(participant) as page:
        await page.open()
        await page.until("delta")
        await db(withdraw)(receipt=(await db(consent_from)(participant)).receipt)
        assert await asyncio.to_thread(engine.wait_until_idle, 5.0)
        assert (await ending(page))["reason"] == "abandoned"
    kept = await db(list)(Answer.objects.values_list("state", "text", "turn__text"))
    assert kept == [("cancelled", "", "")] * 2


async def test_a_skip_stops_both_answers_and_every_page_hears_that_it_ended(
    models: Models, engine: StandInEngine
) -> None:
    made = await db(models)("fine-secret-one", "fine-secret-two")
    engine.answers = {model.name: ["hitz "] * 2000 for model in made}
    participant = await db(make_participant)()
    async with open_page(participant) as first, open_page(participant) as second:
        battle = await first.open()
        await first.until("delta")
        await second.send(type="join", battle=battle)
        await second.until("state")
        response = await db(skip)(participant, battle)
        ends = [await ending(page) for page in (first, second)]
        assert await asyncio.to_thread(engine.wait_until_idle, 1.0)
        said = json.dumps([first.received, second.received, response])
    assert [(end["reason"], end["message"]) for end in ends] == [("skipped", "You skipped this battle.")] * 2
    assert set(await db(list)(Answer.objects.values_list("state", flat=True))) == {"cancelled"}
    assert "secret" not in said.lower()


async def test_a_skipped_battle_goes_on_for_nobody(models: Models, engine: StandInEngine) -> None:
    await db(models)("fine-1", "fine-2")
    participant = await db(make_participant)()
    async with open_page(participant) as page:
        battle = await page.fight()
        await db(skip)(participant, battle)
        await page.send(type="ask", text="Eta orain?")
        assert (await page.receive())["code"] == "battle_closed"
        await page.send(type="join", battle=battle)
        shown = (await page.until("state"))["battle"]
    assert (shown["state"], shown["votable"], shown["message"]) == ("ended", False, "You skipped this battle.")
    assert len(engine.requests) == 2


async def test_a_skip_while_the_last_words_come_leaves_nothing_to_vote_on(
    models: Models, engine: StandInEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "LOOK_SECONDS", 60)
    await db(models)("fine-1", "fine-2")
    engine.answers = long_answers(200)
    participant = await db(make_participant)()
    async with open_page(participant) as page:
        await db(skip)(participant, await page.open())
        assert (await ending(page))["reason"] == "skipped"


async def test_stop_ends_both_answers_and_joining_generates_them_again(models: Models, engine: StandInEngine) -> None:
    await db(models)("fine-1", "fine-2")
    engine.answers = long_answers(300)
    async with open_page(await db(make_participant)()) as page:
        battle = await page.open()
        await page.until("delta")
        await page.send(type="stop")
        assert not (await page.until("state"))["battle"]["votable"]
        assert await asyncio.to_thread(engine.wait_until_idle, 1.0)
        engine.answers = long_answers(1)
        await page.send(type="join", battle=battle)
        await page.until("votable")


async def test_a_reload_shows_the_battle_as_it_was(models: Models) -> None:
    await db(models)("fine-1", "fine-2")
    participant = await db(make_participant)()
    async with open_page(participant) as page:
        battle = await page.fight("Zer moduz?")
    async with open_page(participant) as page:
        await page.send(type="join", battle=battle)
        shown = (await page.until("state"))["battle"]
    assert shown["votable"]
    assert shown["turns"][0]["text"] == "Zer moduz?"
    assert shown["turns"][0]["answers"]["a"]["html"].startswith("<p>")


async def test_a_second_page_of_the_same_battle_does_not_generate_twice(models: Models, engine: StandInEngine) -> None:
    await db(models)("fine-1", "fine-2")
    engine.answers = long_answers(100)
    participant = await db(make_participant)()
    async with open_page(participant) as first, open_page(participant) as second:
        battle = await first.open()
        await first.until("delta")
        await second.send(type="join", battle=battle)
        await second.until("votable")
        await first.until("votable")
    assert len(engine.requests) == 2


async def test_each_side_keeps_its_own_history(models: Models, engine: StandInEngine) -> None:
    await db(models)("fine-1", "fine-2")
    engine.answers = {"fine-1": ["bat"], "fine-2": ["bi"]}
    async with open_page(await db(make_participant)()) as page:
        await page.fight("Lehena")
        await page.send(type="ask", text="Bigarrena")
        await page.until("votable")
    second = {r.body["model"]: r.body["messages"] for r in engine.requests if len(r.body["messages"]) == 3}
    assert second["fine-1"][1] == {"role": "assistant", "content": "bat"}
    assert second["fine-2"][1] == {"role": "assistant", "content": "bi"}
    assert second["fine-1"][2] == {"role": "user", "content": "Bigarrena"}


async def test_the_last_turn_is_followed_by_none(models: Models, settings: Settings) -> None:
    settings.MAX_TURNS = 1
    await db(models)("fine-1", "fine-2")
    async with open_page(await db(make_participant)()) as page:
        await page.fight()
        await page.send(type="ask", text="Gehiago!")
        assert (await page.receive())["code"] == "turn_last"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" \n ", "prompt_empty"),
        ("a" * 2001, "prompt_long"),
        ("ka\ufffdxo", "prompt_encoding"),
        ("kai\x00xo", "prompt_control"),
        ("kai\ud800xo", "prompt_control"),
    ],
)
async def test_a_bad_prompt_is_refused_with_a_sentence(models: Models, text: str, code: str) -> None:
    await db(models)("fine-1", "fine-2")
    async with open_page(await db(make_participant)()) as page:
        await page.send(type="open", text=text, prompt=None)
        message = await page.receive()
    assert (message["type"], message["code"]) == ("error", code)
    assert not await db(Battle.objects.exists)()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "dance"}', '{"type": "join", "battle": "x"}', "[" * 50000])
async def test_nonsense_from_the_browser_is_refused_and_the_page_lives_on(models: Models, text: str) -> None:
    await db(models)("fine-1", "fine-2")
    async with open_page(await db(make_participant)()) as page:
        await page.send_raw(text)
        assert (await page.receive())["code"] == "message"
        await page.fight()


async def test_somebody_elses_battle_cannot_be_joined(models: Models) -> None:
    await db(models)("fine-1", "fine-2")
    async with open_page(await db(make_participant)()) as page:
        battle = await page.fight()
    async with open_page(await db(make_participant)()) as page:
        await page.send(type="join", battle=battle)
        assert (await page.receive())["code"] == "battle_unknown"


async def test_without_consent_there_is_no_battle() -> None:
    async with open_page(None) as page:
        assert (await page.receive())["code"] == "consent"


async def test_too_few_models_are_said_so() -> None:
    async with open_page(await db(make_participant)()) as page:
        await page.send(type="open", text="Kaixo", prompt=None)
        assert (await page.receive())["code"] == "no_models"


async def test_battles_faster_than_anyone_reads_are_refused(models: Models, settings: Settings) -> None:
    settings.BATTLES_PER_MINUTE = 1
    await db(models)("fine-1", "fine-2")
    async with open_page(await db(make_participant)()) as page:
        await page.fight()
        await page.send(type="open", text="Berriz", prompt=None)
        assert (await page.receive())["code"] == "pace"


async def test_a_stream_never_splits_a_grapheme_cluster(models: Models, engine: StandInEngine) -> None:
    tibetan, family = "བཀྲ་ཤིས་བདེ་ལེགས།", "👩‍👩‍👧‍👦 eta 🇪🇺"
    await db(models)("fine-1", "fine-2")
    engine.answers = {"fine-1": list(tibetan), "fine-2": list(family)}
    async with open_page(await db(make_participant)()) as page:
        await page.fight()
    whole = set(regex.findall(r"\X", tibetan) + regex.findall(r"\X", family))
    for message in page.received:
        for side in "ab":
            assert set(regex.findall(r"\X", message.get(side, ""))) <= whole


async def test_a_first_letter_comes_at_once_and_again_with_its_mark(models: Models, engine: StandInEngine) -> None:
    await db(models)("fine-1", "fine-2")
    engine.answers = {name: ["n", "\u0304", "a", "n"] for name in ("fine-1", "fine-2")}
    async with open_page(await db(make_participant)()) as page:
        await page.fight()
    for side in "ab":
        shown = [message for message in page.received if side in message or message.get("side") == side]
        texts = "".join(message.get(side, "*") for message in shown if message["type"] != "answer").split("*")
        assert texts[:-1] in (["n"], [""])  # nothing, where the mark came before the letter was sent
        assert texts[-1] == "n̄an"
