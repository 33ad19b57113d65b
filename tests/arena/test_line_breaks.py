"""The line breaks at fifty random points of a battle: each goes on where it was, and is voted exactly once."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest
from channels.db import database_sync_to_async as db

from arena.leaderboards.recount import miscounted
from arena.models import Answer, Participant, Vote
from tests.arena.cast import make_engine, make_model, make_participant, volunteer
from tests.arena.sockets import Page, open_page
from tests.stand_in_engine import StandInEngine

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = 50
# A battle of one turn has fewer messages than this; some breaks come when it is votable already.
LATEST = 12
WORDS = ["Hau ", "erantzun ", "bat ", "da, ", "hitz ", "batzuekin ", "eta ", "amaiera ", "batekin."]


def make_contestants(engine: StandInEngine) -> None:
    engine.rate = 60
    for name in ("fine-1", "fine-2"):
        engine.answers[name] = WORDS
        make_model(name, engine=make_engine("stand-in", url=engine.url))


def post_vote(participant: Participant, battle: str, key: str) -> int:
    data = {"outcome": "a", "key": key, "dwell_ms": 3000}
    response = volunteer(participant).post(f"/battles/{battle}/vote/", data, content_type="application/json")
    return response.status_code


async def read(page: Page, messages: int) -> str | None:
    """Read so many messages, or until the battle is votable; its number, where a picture has told it."""
    battle = None
    for _ in range(messages):
        message: dict[str, Any] = await page.receive()
        if message["type"] == "state":
            battle = message["battle"]["id"]
        if message["type"] == "votable":
            break
    return battle


async def until_votable(page: Page) -> None:
    """A battle that was finished meanwhile says so in its picture."""
    if not (await page.until("state"))["battle"]["votable"]:
        await page.until("votable")


async def test_a_battle_survives_a_break_at_any_point(engine: StandInEngine) -> None:
    await db(make_contestants)(engine)
    source = random.Random(11)
    for point in range(POINTS):
        participant, key = await db(make_participant)(), str(uuid.uuid4())
        async with open_page(participant) as page:
            await page.send(type="open", text=f"Galdera {point}", prompt=None)
            battle = await read(page, source.randint(0, LATEST))
        if battle is None:
            # The page never heard of a battle: it asks again, as it does for whatever was not answered.
            async with open_page(participant) as page:
                battle = await page.fight(f"Galdera {point}")
        else:
            async with open_page(participant) as page:
                await page.send(type="join", battle=battle)
                await until_votable(page)
        # The answer to the first is lost with the line.
        assert [await db(post_vote)(participant, battle, key) for _ in range(2)] == [201, 200]
    assert await db(Vote.objects.count)() == POINTS
    assert await db(miscounted)() == {}
    whole = await db(set)(Answer.objects.filter(state="complete").values_list("text", flat=True))
    assert whole == {"".join(WORDS)}
    assert not await db(Answer.objects.filter(state="streaming").exists)()
