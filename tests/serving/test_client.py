"""The client of the engines: every way to fail has its kind, and a cancel reaches the engine."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from serving.client import Endpoint, EngineFailure, Limits, Piece, stream_chat
from tests.stand_in_engine import StandInEngine

QUICK = Limits(first=0.3, next=0.3, total=5)
MESSAGES = [{"role": "user", "content": "Kaixo!"}]


async def ask(engine: StandInEngine, model: str, *, limits: Limits = QUICK, **decoding: int) -> list[Piece]:
    async with aiohttp.ClientSession() as session:
        stream = stream_chat(
            session, Endpoint(engine.url), model=model, messages=MESSAGES, decoding=decoding, limits=limits
        )
        return [piece async for piece in stream]


async def failure(engine: StandInEngine, model: str, *, limits: Limits = QUICK) -> str:
    with pytest.raises(EngineFailure) as caught:
        await ask(engine, model, limits=limits)
    return caught.value.kind


async def test_an_answer_comes_whole_with_its_tokens_and_reason(engine: StandInEngine) -> None:
    engine.answers["basque"] = ["Kai", "xo", "!"]
    pieces = await ask(engine, "basque")
    assert "".join(piece.text for piece in pieces) == "Kaixo!"
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] == ["stop"]
    assert pieces[-1].tokens == 3


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("slow", "slow"),
        ("hung", "hung"),
        ("error500", "refused"),
        ("nonsense", "garbled"),
        ("no_done", "broken"),
        ("drop", "broken"),
    ],
)
async def test_every_fault_of_an_engine_has_its_kind(engine: StandInEngine, model: str, kind: str) -> None:
    assert await failure(engine, model) == kind


async def test_an_engine_that_is_down_is_unreachable(engine: StandInEngine) -> None:
    engine.stop()
    assert await failure(engine, "basque") == "unreachable"


async def test_an_answer_that_outlasts_its_limit_is_long(engine: StandInEngine) -> None:
    engine.answers["basque"] = ["x"] * 1000
    assert await failure(engine, "basque", limits=Limits(first=0.3, next=0.3, total=0.3)) == "long"


async def test_a_failure_does_not_repeat_the_words_of_the_engine(engine: StandInEngine) -> None:
    with pytest.raises(EngineFailure) as caught:
        await ask(engine, "error500-secret-name")
    assert "secret" not in str(caught.value)


async def test_an_answer_that_is_left_is_cancelled_in_the_engine_within_a_second(engine: StandInEngine) -> None:
    engine.answers["basque"] = ["x"] * 1000
    async with aiohttp.ClientSession() as session:
        endpoint = Endpoint(engine.url)
        stream = stream_chat(session, endpoint, model="basque", messages=MESSAGES, decoding={}, limits=QUICK)
        assert (await anext(stream)).text == "x"
        await stream.aclose()
        assert await asyncio.to_thread(engine.wait_until_idle, 1.0), "the engine still generates"
    assert engine.requests[0].state == "cancelled"


async def test_the_key_and_the_decoding_reach_the_engine(engine: StandInEngine) -> None:
    async with aiohttp.ClientSession() as session:
        endpoint = Endpoint(engine.url, key="open sesame")
        stream = stream_chat(
            session, endpoint, model="basque", messages=MESSAGES, decoding={"max_tokens": 2}, limits=QUICK
        )
        pieces = [piece async for piece in stream]
    assert engine.requests[0].key == "open sesame"
    assert pieces[-1].tokens == 2
