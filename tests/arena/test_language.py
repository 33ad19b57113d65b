"""Which language an answer is in: told where it can be, unknown where not, and never a reason to lose an answer."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async as db

from arena.language import detect_language
from arena.models import Answer
from tests.arena.cast import make_engine, make_model, make_participant
from tests.arena.sockets import open_page
from tests.stand_in_engine import StandInEngine

BASQUE = "Gosaltzeko ogia, gazta eta kafea jaten dira Euskal Herrian."
SPANISH = "Para desayunar se toma pan, queso y café con leche."
TIBETAN = "བཀྲ་ཤིས་བདེ་ལེགས། ཁྱེད་རང་སྐུ་གཟུགས་བདེ་པོ་ཡིན་པས།"


@pytest.mark.parametrize(
    ("site", "text", "language"),
    [
        ("eu", BASQUE, "eu"),
        ("eu", SPANISH, "es"),
        ("EU-es", BASQUE, "eu"),
        ("eu", "Bai.", ""),
        ("bo", TIBETAN, "bo"),
        ("bo", SPANISH, "es"),
        # A language that the identifier has never learned: its texts would pass for Spanish or French.
        ("tlh", BASQUE, ""),
        ("tlh", SPANISH, ""),
        ("tlh", TIBETAN, "bo"),
    ],
)
def test_a_language_is_told_or_unknown(settings: Any, site: str, text: str, language: str) -> None:
    settings.CONTENT_LANGUAGE = site
    assert detect_language(text) == language


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("site", ["bo", "tlh", "no language at all"])
async def test_no_answer_fails_because_its_language_cannot_be_told(
    engine: StandInEngine, settings: Any, site: str
) -> None:
    settings.CONTENT_LANGUAGE = site
    engine.answers = {"fine-1": [BASQUE], "fine-2": [TIBETAN]}
    for name in engine.answers:
        await db(make_model)(name, engine=await db(make_engine)("stand-in", url=engine.url))
    async with open_page(await db(make_participant)()) as page:
        await page.fight()
    assert await db(Answer.objects.complete().count)() == 2
