"""The cast of the tests: who takes part, and small explicit factories for what they take part in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from arena.battles.voting import cast_vote
from arena.models import Answer, Battle, Consent, Participant, Turn, Vote
from arena.people.consent import give_consent
from serving.models import Engine, LanguageModel

QUESTION = "Zer jaten da gosaltzeko Euskal Herrian?"
ANSWERS = ("Ogia, gazta eta kafea jaten dira goizean.", "Gosaltzeko esnea eta fruta hartzen dugu etxean.")


def make_engine(name: str = "engine", **values: Any) -> Engine:
    """The engine of that name; made where there is none."""
    engine, _created = Engine.objects.get_or_create(name=name, defaults={"url": "http://127.0.0.1:9/v1", **values})
    return engine


def make_model(name: str, *, engine: Engine | None = None, **values: Any) -> LanguageModel:
    """A base model in the arena, unless `values` say otherwise."""
    defaults = {"title": name.title(), "kind": "base", "served_name": name, "revision": f"{name}-1"}
    return LanguageModel.objects.create(name=name, engine=engine or make_engine(), **{**defaults, **values})


def make_participant(*, publish: bool = True, train: bool = True, simulated: bool = False) -> Participant:
    """Somebody who has given consent."""
    return give_consent(participant=None, language="eu", publish=publish, train=train, simulated=simulated).participant


def consent_from(participant: Participant) -> Consent:
    """The latest consent of the participant."""
    return participant.consents.latest()


def make_battle(
    a: LanguageModel,
    b: LanguageModel,
    *,
    participant: Participant | None = None,
    text: str = QUESTION,
    answers: tuple[str, str] = ANSWERS,
    languages: tuple[str, str] = ("eu", "eu"),
    **values: Any,
) -> Battle:
    """An open battle with one answered turn: `answers` and their detected `languages` are those of A and B."""
    participant = participant or make_participant()
    defaults = {
        "consent": consent_from(participant),
        "language": "eu",
        "interface_language": "eu",
        "pair_probability": 0.5,
        "simulated": participant.simulated,
    }
    battle = Battle.objects.create(participant=participant, model_a=a, model_b=b, **{**defaults, **values})
    add_answered_turn(battle, text=text, answers=answers, languages=languages)
    return battle


def add_answered_turn(
    battle: Battle, *, text: str, answers: tuple[str, str], languages: tuple[str, str] = ("eu", "eu")
) -> Turn:
    turn = Turn.objects.create(battle=battle, number=battle.turns.count() + 1, text=text)
    for side, answer, language in zip("ab", answers, languages, strict=True):
        model = battle.model_on(side)
        Answer.objects.create(
            turn=turn,
            side=side,
            state=Answer.State.COMPLETE,
            text=answer,
            detected_language=language,
            model=model,
            revision=model.revision,
            decoding=model.decoding(),
            system_prompt=model.system_prompt,
            first_token_ms=40,
            duration_ms=900,
            tokens=12,
            finish_reason="stop",
        )
    return turn


def make_vote(a: LanguageModel, b: LanguageModel, outcome: str, **battle: Any) -> Vote:
    """A voted battle of its own participant, unless `battle` names one; the arguments are those of `make_battle`."""
    return vote_on(make_battle(a, b, **battle), outcome)


def vote_on(battle: Battle, outcome: str) -> Vote:
    vote, _new = cast_vote(battle=battle, outcome=outcome, key=uuid.uuid4(), dwell_ms=4200)
    return vote


def make_votes(a: LanguageModel, b: LanguageModel, outcomes: Sequence[str], **battle: Any) -> list[Vote]:
    """One participant's votes on one pair, A always shown as `a`."""
    participant = battle.pop("participant", None) or make_participant()
    return [make_vote(a, b, outcome, participant=participant, **battle) for outcome in outcomes]


def volunteer(participant: Participant | None = None) -> Client:
    """A browser whose session belongs to `participant`, or to a new one."""
    client = Client()
    session = client.session
    session["participant"] = str((participant or make_participant()).pk)
    session.save()
    return client


def outsider() -> Client:
    """A browser that has never been here."""
    return Client()


def researcher() -> Client:
    user = User.objects.create_user(f"researcher-{uuid.uuid4().hex[:8]}")
    user.groups.add(Group.objects.get_or_create(name="researchers")[0])
    client = Client()
    client.force_login(user)
    return client


def steward() -> Client:
    user = User.objects.create_user(f"steward-{uuid.uuid4().hex[:8]}")
    user.groups.add(Group.objects.get_or_create(name="stewards")[0])
    client = Client()
    client.force_login(user)
    return client


def organiser() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(f"organiser-{uuid.uuid4().hex[:8]}"))
    return client
