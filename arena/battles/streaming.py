"""Streams both answers of a turn at one cadence. Knows no transport: it is given `send`.

Each side has a task of its own that fills a lane; one task empties both lanes at a fixed tick, so that
neither speed nor chunk size tells the models apart, and a side that hangs never holds up the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from arena.battles import answers, messages
from arena.battles.answers import Claim, Ending, Job, Standing
from arena.battles.blind import picture
from arena.battles.graphemes import joins, may_show_early, split_whole
from arena.battles.rendering import render_markdown
from arena.models import Answer, Battle, Turn
from arena.models.battles import Side
from serving.client import EngineFailure, Limits, stream_chat

# How long a battle that was ended elsewhere, skipped or withdrawn, may go on streaming.
LOOK_SECONDS = 0.8

Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Lane:
    """What one side has received and not yet shown."""

    text: str = ""
    # One plain character that was shown although a mark may still follow.
    early: str = ""
    waiting: str = ""
    ready: str = ""
    # What was shown is to be thrown away, before anything else of this side is shown.
    restart: bool = False
    # The side's "answer", sent once everything that is ready is shown.
    answer: dict[str, Any] | None = None

    def add(self, text: str) -> None:
        if not self.text and may_show_early(text):
            self.text = self.early = self.ready = text
            return
        self.text += text
        if self.early and joins(self.early, text):
            self.waiting, self.ready, self.restart = self.early, "", True
        self.early = ""
        shown, self.waiting = split_whole(self.waiting + text)
        self.ready += shown

    def flush(self) -> None:
        """The answer is over: its last cluster is whole."""
        self.ready += self.waiting
        self.waiting = ""

    def start_over(self) -> None:
        self.text = self.early = self.waiting = self.ready = ""
        self.restart = True


async def stream_turn(turn: Turn, claims: dict[str, Claim], *, send: Send, session: aiohttp.ClientSession) -> None:
    """Generate what is missing of the turn's two answers and send it as it comes.

    `claims` are those of `answers.claim_both`, made where the turn was read.
    Returns when the turn is answered or the battle has ended, here or elsewhere. If it ends or is cancelled, both
    generations stop and what came so far is kept as a cancelled attempt.
    """
    lanes = {side: Lane() for side in Side.values}
    news, over = asyncio.Event(), asyncio.Event()
    sender = asyncio.create_task(_send_at_cadence(turn, lanes, news, over, send))
    sides = [
        asyncio.create_task(_answer_side(turn, side, claims[side], lanes[side], news, session)) for side in Side.values
    ]
    try:
        results = await _results(turn, sides)
        over.set()
        news.set()
        await sender
    except BaseException:
        await _cancel(*sides, sender)
        raise
    if Standing.CLOSED in results or not await database_sync_to_async(answers.is_open)(turn.battle_id):
        await send(await database_sync_to_async(_closed)(turn))
    elif all(result is Standing.COMPLETE for result in results):
        await send(messages.votable())
    elif await database_sync_to_async(answers.end_without_winner)(turn.battle_id, Battle.EndReason.FAILED):
        message = _("One side could not answer, so this battle has no winner. Please start another one.")
        await send(messages.ended(reason=Battle.EndReason.FAILED, message=message))


async def _results(turn: Turn, sides: list[asyncio.Task[Standing | None]]) -> list[Standing | None]:
    """How the sides ended; CLOSED, with both generations stopped, once the battle is over."""
    while True:
        done, underway = await asyncio.wait(sides, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        results = [side.result() for side in done]
        if not underway:
            return results
        if not await database_sync_to_async(answers.is_open)(turn.battle_id):
            await _cancel(*sides)
            return [Standing.CLOSED]


async def _answer_side(
    turn: Turn, side: str, job: Claim, lane: Lane, news: asyncio.Event, session: aiohttp.ClientSession
) -> Standing | None:
    """Try until the side is complete, the battle is closed, or no attempt is left (None)."""
    while True:
        match job:
            case Standing.CLOSED:
                return job
            case Standing.COMPLETE:
                lane.text = await database_sync_to_async(answers.complete_text)(turn, side)
            case Standing.ELSEWHERE:
                # Another page streams this side. If it goes away, its claim ends and this one takes over.
                await asyncio.sleep(0.5)
                await database_sync_to_async(answers.fail_stale)()
                job = await database_sync_to_async(answers.claim)(turn, side)
                continue
            case Job():
                if (await _stream(job, lane, news, session)).state != Answer.State.COMPLETE:
                    lane.start_over()
                    news.set()
                    if not await database_sync_to_async(answers.replace_failed)(turn, side):
                        return None
                    job = await database_sync_to_async(answers.claim)(turn, side)
                    continue
        lane.flush()
        html = await sync_to_async(render_markdown, thread_sensitive=False)(lane.text)
        lane.answer = messages.answer(turn=turn.number, side=side, html=html)
        news.set()
        return Standing.COMPLETE


async def _stream(job: Job, lane: Lane, news: asyncio.Event, session: aiohttp.ClientSession) -> Ending:
    """Fill the lane from the engine, and write how it ended, whatever ends it."""
    start = time.monotonic()
    first: int | None = None
    tokens: int | None = None
    reason = failure = ""
    state = Answer.State.CANCELLED
    try:
        pieces = stream_chat(
            session,
            job.endpoint,
            model=job.served_name,
            messages=job.messages,
            decoding=job.decoding,
            limits=Limits(settings.FIRST_TOKEN_SECONDS, settings.NEXT_TOKEN_SECONDS, settings.ANSWER_SECONDS),
        )
        async for piece in pieces:
            if piece.text:
                first = first if first is not None else _ms_since(start)
                lane.add(piece.text)
                # A lone cluster waits for the next piece, and must not cost that one a whole tick.
                if lane.ready:
                    news.set()
            reason = piece.finish_reason or reason
            tokens = piece.tokens if piece.tokens is not None else tokens
        state, failure = (
            (Answer.State.COMPLETE, "") if lane.text.strip() else (Answer.State.FAILED, Answer.Failure.EMPTY)
        )
    except EngineFailure as error:
        state, failure = Answer.State.FAILED, error.kind
    finally:
        ending = Ending(state, lane.text, failure, first, _ms_since(start), tokens, reason)
        written = asyncio.shield(database_sync_to_async(answers.finish)(job.answer, ending))
        await written
    return ending


async def _send_at_cadence(
    turn: Turn, lanes: dict[str, Lane], news: asyncio.Event, over: asyncio.Event, send: Send
) -> None:
    """Send the first text at once and later text in ticks, until it is over and everything is sent."""
    while not over.is_set():
        await news.wait()
        news.clear()
        await _send_ready(turn, lanes, send)
        if not over.is_set():
            await asyncio.sleep(settings.STREAM_TICK_SECONDS)
    await _send_ready(turn, lanes, send)


async def _send_ready(turn: Turn, lanes: dict[str, Lane], send: Send) -> None:
    """Say which sides start over, empty both lanes into one message, then send the answers that are whole."""
    delta: dict[str, Any] = {side: lane.ready for side, lane in lanes.items() if lane.ready}
    restarted = [side for side, lane in lanes.items() if lane.restart]
    whole = [lane.answer for lane in lanes.values() if lane.answer]
    for lane in lanes.values():
        lane.ready, lane.restart, lane.answer = "", False, None
    for side in restarted:
        await send(messages.again(turn=turn.number, side=side))
    if delta:
        await send({"type": "delta", "turn": turn.number, **delta})
    for answer in whole:
        await send(answer)


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _closed(turn: Turn) -> dict[str, Any]:
    """What is told of a battle that is over."""
    battle = Battle.objects.get(pk=turn.battle_id)
    shown = picture(battle)
    if battle.state == Battle.State.ENDED:
        return messages.ended(reason=battle.end_reason, message=shown["message"])
    return messages.state(shown)


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
