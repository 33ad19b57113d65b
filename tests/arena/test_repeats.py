"""Repeats: frozen answers shown to somebody else, votable and revealed like any battle, and never counted."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable

import pytest
from channels.db import database_sync_to_async as db
from pytest_django import Settings

from arena.battles.opening import add_turn, open_battle
from arena.battles.repeats import first_to_repeat
from arena.errors import Refused
from arena.leaderboards.agreement import agreement
from arena.leaderboards.compute import board
from arena.leaderboards.failures import attempts
from arena.leaderboards.recount import miscounted
from arena.models import Answer, Battle, Participant, Prompt, Vote
from arena.people.exclusion import exclude
from arena.people.withdrawal import withdraw
from serving.models import LanguageModel
from tests.arena.cast import (
    QUESTION,
    consent_from,
    make_battle,
    make_engine,
    make_model,
    make_participant,
    volunteer,
    vote_on,
)
from tests.arena.sockets import open_page
from tests.stand_in_engine import StandInEngine

ANSWERS = {"itsaso": ["Kai", "xo!"], "mendi": ["Egun ", "on."]}


@pytest.fixture(autouse=True)
def always(settings: Settings) -> None:
    """Every battle that can be a repeat is one."""
    settings.AGREEMENT_SHARE = 1.0


@pytest.fixture
def models() -> tuple[LanguageModel, LanguageModel]:
    return make_model("itsaso"), make_model("mendi")


@pytest.fixture
def prompt() -> Prompt:
    return Prompt.objects.create(text=QUESTION, language="eu", category="food")


Judged = Callable[..., Vote]


@pytest.fixture
def judged(models: tuple[LanguageModel, LanguageModel], prompt: Prompt) -> Judged:
    """A vote on a battle about the prompt."""

    def make(outcome: str = "a", **battle: object) -> Vote:
        return vote_on(make_battle(*models, **{"prompt": prompt, "category": "food", **battle}), outcome)

    return make


def opened(prompt: Prompt, participant: Participant | None = None, text: str = QUESTION) -> Battle:
    participant = participant or make_participant()
    return open_battle(participant=participant, text=text, prompt=prompt, interface_language="eu")


def first_model_wins(repeat: Battle, first: Vote) -> str:
    """The outcome on a repeat that says the same as "a" on the first battle."""
    return "a" if repeat.model_a_id == first.model_a_id else "b"


# The whole road, with a stand-in for the engine.


def make_contestants(engine: StandInEngine) -> Prompt:
    engine.answers = ANSWERS
    for name in ANSWERS:
        make_model(name, engine=make_engine("stand-in", url=engine.url))
    return Prompt.objects.create(text=QUESTION, language="eu", category="food")


def post_vote(participant: Participant, battle: str, outcome: str) -> dict[str, object]:
    data = {"outcome": outcome, "key": str(uuid.uuid4()), "dwell_ms": 3000}
    response = volunteer(participant).post(f"/battles/{battle}/vote/", data, content_type="application/json")
    assert response.status_code == 201, response.content
    revealed: dict[str, object] = response.json()
    return revealed


async def voted(participant: Participant, prompt: Prompt) -> None:
    """A battle of the participant about the prompt, with their vote."""
    async with open_page(participant) as page:
        battle = await page.open(QUESTION, prompt=prompt.pk)
        await page.until("votable")
    await db(post_vote)(participant, battle, "a")


@pytest.mark.django_db(transaction=True)
async def test_a_second_voter_sees_the_frozen_answers_votes_and_is_told_who_it_was(engine: StandInEngine) -> None:
    prompt = await db(make_contestants)(engine)
    one, two = await db(make_participant)(), await db(make_participant)()
    await voted(one, prompt)
    asked = len(engine.requests)
    async with open_page(two) as page:
        await page.send(type="open", text=QUESTION, prompt=prompt.pk)
        shown = (await page.until("state"))["battle"]
    assert (shown["votable"], shown["turns_left"]) == (True, 0)
    assert {answer["text"] for answer in shown["turns"][0]["answers"].values()} == {"Kaixo!", "Egun on."}
    assert len(engine.requests) == asked
    assert not any(name in json.dumps(page.received) for name in ANSWERS)
    revealed = await db(post_vote)(two, shown["id"], "b")
    assert {model["name"] for model in revealed["models"].values()} == set(ANSWERS)
    assert revealed["votes_total"] == 1
    assert (await db(lambda: board().counts.total())(), await db(miscounted)()) == (1, {})


@pytest.mark.django_db(transaction=True)
async def test_a_reload_shows_a_repeat_as_it_was(engine: StandInEngine) -> None:
    prompt = await db(make_contestants)(engine)
    one, two = await db(make_participant)(), await db(make_participant)()
    await voted(one, prompt)
    async with open_page(two) as page:
        battle = await page.open(QUESTION, prompt=prompt.pk)
    async with open_page(two) as page:
        await page.send(type="join", battle=battle)
        assert (await page.until("state"))["battle"]["votable"]


# What is repeated, and for whom.


@pytest.mark.django_db
def test_a_repeat_keeps_everything_about_its_answers(judged: Judged, prompt: Prompt) -> None:
    first = judged().battle
    repeat = opened(prompt)
    kept = ["text", "model", "revision", "decoding", "tokens", "first_token_ms", "detected_language", "state"]
    answers = [Answer.objects.filter(turn__battle=battle).order_by("model").values(*kept) for battle in (first, repeat)]
    assert list(answers[0]) == list(answers[1])
    assert (repeat.repeats, repeat.category, repeat.pair_probability) == (first, "food", 1.0)


@pytest.mark.django_db
def test_the_sides_of_repeats_are_drawn_anew(judged: Judged, prompt: Prompt) -> None:
    first = judged()
    on_a = {opened(prompt).model_a_id for _repeat in range(24)}
    assert on_a == {first.model_a_id, first.model_b_id}
    assert all(a.model_id == a.turn.battle.model_on(a.side).pk for a in Answer.objects.select_related("turn__battle"))


@pytest.mark.django_db
def test_nobody_sees_the_same_answers_twice(judged: Judged, prompt: Prompt) -> None:
    first, two = judged(), make_participant()
    assert opened(prompt, first.participant).repeats is None
    assert opened(prompt, two).repeats == first.battle
    assert opened(prompt, two).repeats is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "battle",
    [
        {"participant": lambda: make_participant(publish=False)},
        {"participant": lambda: make_participant(simulated=True)},
        {"text": lambda: "Beste galdera bat?"},
        {"prompt": lambda: None},
    ],
)
def test_what_may_not_be_shown_is_not_repeated(judged: Judged, prompt: Prompt, battle: dict) -> None:
    judged(**{name: value() for name, value in battle.items()})
    assert opened(prompt).repeats is None


@pytest.mark.django_db
def test_a_withdrawn_vote_is_not_repeated(judged: Judged, prompt: Prompt) -> None:
    withdraw(receipt=consent_from(judged().participant).receipt)
    assert opened(prompt).repeats is None


@pytest.mark.django_db
def test_a_battle_of_two_turns_is_not_repeated(models: tuple[LanguageModel, LanguageModel], prompt: Prompt) -> None:
    battle = make_battle(*models, prompt=prompt)
    answered = battle.turns.get()
    second = battle.turns.create(number=2, text="Eta gero?")
    for answer in answered.answers.all():
        answer.pk, answer.turn = None, second
        answer.save()
    vote_on(battle, "a")
    assert opened(prompt).repeats is None


@pytest.mark.django_db
def test_ones_own_words_and_simulated_voters_get_two_models_of_their_own(judged: Judged, prompt: Prompt) -> None:
    judged()
    assert opened(prompt, text="Nire galdera.").repeats is None
    assert opened(prompt, make_participant(simulated=True)).repeats is None


@pytest.mark.django_db
def test_the_share_of_repeats_is_a_setting(judged: Judged, prompt: Prompt, settings: Settings) -> None:
    judged()
    settings.AGREEMENT_SHARE = 0.2
    source = random.Random(4)
    repeats = [first_to_repeat(make_participant(), prompt, source=source) is not None for _battle in range(200)]
    assert sum(repeats) / 200 == pytest.approx(0.2, abs=0.08)


@pytest.mark.django_db
def test_a_repeat_has_one_turn(judged: Judged, prompt: Prompt) -> None:
    judged()
    with pytest.raises(Refused, match="all its turns"):
        add_turn(battle=opened(prompt), text="Eta gero?")


@pytest.mark.django_db
def test_a_repeats_answers_are_not_counted_as_attempts(judged: Judged, prompt: Prompt) -> None:
    first = judged()
    opened(prompt)
    assert attempts(simulated=False)[first.model_a_id].tried == 1


# Agreement.


@pytest.mark.django_db
def test_agreement_counts_what_was_said_of_the_models_whatever_their_sides(judged: Judged, prompt: Prompt) -> None:
    """One unit: of ten voters, eight find the first battle's A better."""
    first = judged("a")
    for voter in range(9):
        repeat = opened(prompt)
        same = first_model_wins(repeat, first)
        vote_on(repeat, same if voter < 7 else {"a": "b", "b": "a"}[same])
    found = agreement()
    assert found is not None
    assert (found.units, found.votes) == (1, 10)
    assert found.raw == pytest.approx((8 * 7 + 2 * 1) / (10 * 9))


@pytest.mark.django_db
def test_the_agreement_of_a_slice_is_that_of_its_votes(judged: Judged, prompt: Prompt) -> None:
    first = judged("a")
    repeat = opened(prompt)
    vote_on(repeat, "both_bad")
    assert agreement("category:food") == agreement("language:eu") == agreement()
    assert agreement("category:weather") is None
    assert first.repeat is False


@pytest.mark.django_db
def test_agreement_leaves_withdrawn_and_excluded_voters_out(judged: Judged, prompt: Prompt) -> None:
    judged("a")
    repeats = [opened(prompt) for _voter in range(3)]
    for repeat, outcome in zip(repeats, ("tie", "both_bad", "tie"), strict=True):
        vote_on(repeat, outcome)
    found = agreement()
    assert found is not None
    assert (found.units, found.votes) == (1, 4)
    withdraw(receipt=consent_from(repeats[0].participant).receipt)
    exclude(participant=repeats[1].participant, reason="Always both bad.", by=None)
    found = agreement()
    assert found is not None
    assert (found.units, found.votes) == (1, 2)


@pytest.mark.django_db
def test_without_repeats_agreement_is_unknown(judged: Judged) -> None:
    judged()
    assert agreement() is None
