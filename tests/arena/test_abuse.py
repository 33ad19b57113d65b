"""Ten thousand malformed frames and requests: each is refused, nothing sticks, and the memory does not grow."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async as db
from django.test import Client

from arena.models import Battle, Vote
from serving.models import LanguageModel
from tests.arena.cast import make_battle, make_engine, make_model, make_participant, volunteer
from tests.arena.sockets import open_page
from tests.stand_in_engine import StandInEngine

FRAMES = 7_000
REQUESTS = 3_000
# After a tenth of them, which warms up: a leak of 10 kB each would be more.
MOST_GROWTH = 24 << 20

FRAME: dict[str, Any] = {"type": "open", "text": "Kaixo!", "prompt": None, "battle": "x"}
ODD: list[Any] = [None, True, 0, -1, 2**70, 1.5, "", "a" * 5000, [], {}, [[]], {"a": {}}, "\x00", "\ud800", "dance"]
FIELDS = ["outcome", "key", "dwell_ms", "scope", "board", "page"]
PATHS = [
    "/battles/{battle}/vote/", "/battles/{battle}/share/", "/battles/x/vote/", "/consent/", "/receipt/", "/exports/",
    "/i18n/setlang/", "/accounts/login/", "/battle/", "/leaderboard/", "/leaderboard.csv", "/votes.json",
    "/models/{noise}/", "/shared/{noise}/", "/leaderboard/published/{noise}/1/", "/leaderboard/planner/",
    "/about/languages/{noise}.po", "/nowhere/{noise}",
]  # fmt: skip


@pytest.fixture
def models(engine: StandInEngine) -> Callable[[], list[LanguageModel]]:
    return lambda: [make_model(name, engine=make_engine("stand-in", url=engine.url)) for name in ("itsasoa", "mendia")]


def malformed(source: random.Random) -> str:
    """A frame with something wrong in it; never one that begins a battle."""
    frame = {**FRAME, source.choice([*FRAME, "extra"]): source.choice(ODD)}
    frame["type"] = source.choice([*ODD, "join", "ask", "stop", "vote"])
    text = json.dumps(frame)
    cut = source.randrange(len(text))
    return source.choice([text, text[:cut], text[:cut] + source.choice(string.printable) + text[cut:], f"[{text}]"])


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.django_db(transaction=True)
async def test_malformed_frames_are_refused_and_the_page_lives_on(models: Callable[[], Any]) -> None:
    await db(models)()
    source, before = random.Random(7), 0
    async with open_page(await db(make_participant)()) as page:
        for number in range(FRAMES):
            if number == FRAMES // 10:
                before = resident()
            await page.send_raw(malformed(source))
            assert (await page.receive())["type"] == "error"
            page.received.clear()
        assert resident() - before < MOST_GROWTH
        assert not await db(Battle.objects.exists)()
        await page.fight()


def malformed_requests(source: random.Random, battle: str) -> Iterator[Callable[[Client], Any]]:
    for _ in range(REQUESTS):
        noise = "".join(source.choices(string.ascii_letters + "%./-_é☃", k=source.randint(1, 40)))
        path = source.choice(PATHS).format(battle=battle, noise=noise.replace("%", "%25"))
        fields = {name: source.choice(ODD) for name in source.sample(FIELDS, 3)}
        body = source.choice([json.dumps(fields), noise, "", "[" * 3000, json.dumps([fields])])
        kind = source.choice(["application/json", "application/x-www-form-urlencoded", "text/plain"])
        query = {name: str(value).encode(errors="replace").decode() for name, value in fields.items()}
        if source.random() < 0.5:
            yield partial(Client.get, path=path, data=query)
        else:
            yield partial(Client.post, path=path, data=body, content_type=kind)


@pytest.mark.django_db
def test_malformed_requests_are_no_error_of_the_server_and_close_nothing() -> None:
    battle = make_battle(make_model("itsasoa"), make_model("mendia"))
    client, before = volunteer(battle.participant), 0
    for number, send in enumerate(malformed_requests(random.Random(8), str(battle.pk))):
        if number == REQUESTS // 10:
            before = resident()
        response = send(client)
        assert response.status_code < 500, (response.request["PATH_INFO"], response.status_code)
    assert resident() - before < MOST_GROWTH
    battle.refresh_from_db()
    assert (battle.state, Vote.objects.exists()) == ("open", False)
