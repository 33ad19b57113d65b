"""The battle's WebSocket: reads a request, calls one action, and lets a task of its own stream.

Answers are never generated inside a handler: Channels would deliver neither "stop" nor the disconnect until
the answer had ended, and an engine would go on writing for nobody.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from arena.battles import messages
from arena.battles.answers import Claim, claim_both
from arena.battles.blind import picture
from arena.battles.messages import Ask, BlindBattle, Join, Open, Request, Stop
from arena.battles.opening import add_turn, get_battle_for, open_battle
from arena.battles.streaming import stream_turn
from arena.errors import Refused
from arena.interface_languages import choose_language
from arena.models import Battle, Participant, Prompt, Turn

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What a request found: the picture, and the turn that is to be streamed with its claims."""

    shown: BlindBattle
    turn: Turn | None = None
    claims: dict[str, Claim] = field(default_factory=dict)


class BattleConsumer(AsyncJsonWebsocketConsumer):
    """One page of one participant; at most one turn streams on it at a time."""

    participant: Participant
    battle: uuid.UUID | None = None
    session: aiohttp.ClientSession | None = None
    streaming: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.language = _language(self.scope["headers"])
        participant = await database_sync_to_async(_participant)(self.scope["session"])
        await self.accept()
        if participant is None:
            with translation.override(self.language):
                refusal = Refused("consent", _("Please read and accept the conditions first."))
            await self.send_json(messages.error(refusal))
            await self.close(code=4403)
            return
        self.participant = participant
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def disconnect(self, code: int) -> None:
        await self._stop()
        if self.session is not None:
            await self.session.close()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if self.session is None:
            return
        with translation.override(self.language):
            try:
                await self._handle(messages.read_request(text_data or ""))
            except Refused as refusal:
                await self.send_json(messages.error(refusal))
            except DatabaseError:
                logger.exception("A battle could not be written")
                message = _("This could not be saved just now. Please try again in a moment.")
                await self.send_json(messages.error(Refused("database", message, status=503)))

    async def _handle(self, request: Request) -> None:
        if isinstance(request, Open | Join | Stop):
            await self._stop()
        look = await database_sync_to_async(self._act)(request)
        await self.send_json(messages.state(look.shown))
        if look.turn is not None:
            self.streaming = asyncio.create_task(self._stream(look.turn, look.claims))

    def _act(self, request: Request) -> Look:
        """The database's part of a request, in one trip: the time to the first token begins here."""
        match request:
            case Open(text, prompt_id):
                prompt = Prompt.objects.filter(pk=prompt_id, active=True).first() if prompt_id is not None else None
                battle = open_battle(
                    participant=self.participant, text=text, prompt=prompt, interface_language=self.language
                )
            case Join(battle_id):
                battle = get_battle_for(self.participant, battle_id)
            case Ask(text):
                battle = self._joined()
                add_turn(battle=battle, text=text)
            case Stop():
                battle = self._joined()
        self.battle = battle.pk
        return look_at(battle, generate=not isinstance(request, Stop))

    def _joined(self) -> Battle:
        if self.battle is None:
            raise Refused("battle_unknown", _("There is no battle here yet. Please reload the page."), status=404)
        return get_battle_for(self.participant, self.battle)

    async def _stream(self, turn: Turn, claims: dict[str, Claim]) -> None:
        assert self.session is not None, "a stream needs an open connection"
        with translation.override(self.language):
            try:
                await stream_turn(turn, claims, send=self.send_json, session=self.session)
            except Exception:  # Nobody awaits this task: without a word here the page would wait for ever.
                logger.exception("A turn could not be streamed")
                message = _("The answers could not be finished. Please reload the page.")
                await self.send_json(messages.error(Refused("stream", message, status=500)))

    async def _stop(self) -> None:
        if self.streaming is not None:
            self.streaming.cancel()
            await asyncio.gather(self.streaming, return_exceptions=True)
            self.streaming = None


def _participant(session: Any) -> Participant | None:
    return Participant.objects.filter(pk=session.get("participant")).first()


def look_at(battle: Battle, *, generate: bool) -> Look:
    """The picture of a battle that has just been read or made.

    Where `generate` is asked for and the last turn lacks an answer, that turn is claimed.
    """
    shown = picture(battle)
    if not generate or shown["votable"] or battle.state != Battle.State.OPEN:
        return Look(shown)
    turn = list(battle.turns.all())[-1]
    return Look(shown, turn, claim_both(battle, turn))


def _language(raw_headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The interface language of the page: its cookie, else the browser's wish, as Django's middleware reads them."""
    headers = {name: value.decode("latin-1") for name, value in raw_headers}
    cookie = SimpleCookie(headers.get(b"cookie", "")).get(settings.LANGUAGE_COOKIE_NAME)
    return choose_language(cookie.value if cookie else "", headers.get(b"accept-language", ""))
